#!/usr/bin/env bash
# The price of the abstraction in CPU time: `download` against its hand-written twins in one run of
# mirrored blocks a row, the CPU time of the client's process over that of its twin, with the interval
# of their ratio. price.sh has the same price in counts.
# Usage: tests/twins/cpu.sh [BIN_DIR] [SECONDS_A_ROW]     exit 1 when an upper bound is above 1.10
set -euo pipefail
cd "$(dirname "$0")/../.."
bin=${1:-build/bin} budget=${2:-20}
# shellcheck source=bench/rounds.sh
. bench/rounds.sh
[ -x "$bin/twin_uv" ] || die "$STATUS_ENVIRONMENT" \
  "'$bin' has no twins; build with -DCROSSOVER_TESTS=ON"

printf 'http://plain.test/ 0 1024\nhttps://tls.test/ 0 1024\n' >"$work/sites"
mapfile -t cpus < <(own_cpus)
launch_origin "${cpus[-1]}" "$bin" "$work/origin" --sites "$work/sites"
origin=$origin_pid
trap 'kill $origin 2>/dev/null || true; wait $origin 2>/dev/null || true; rm -rf "$work"' EXIT
[ "${#cpus[@]}" -lt 2 ] ||
  taskset -cp "$(IFS=,; echo "${cpus[*]::${#cpus[@]}-1}")" $$ >/dev/null

unfit=0
row() { # MODEL NAME URL TASKS REQUESTS
  local cell="$1 $2" status=0
  "$bin/crossover" run --metric cpu_s --observe 0 --no-trace --no-account --server $origin --out "$work/run" \
    --cell "$cell" --time-budget "$budget" \
    --arm "ours=$bin/download -m $1 --origin $work/origin -N $4 -W 16 --requests-per-connection $5 $3" \
    --arm "twin=$bin/twin_$1 $work/origin $3 $4 16 $5" >"$work/out" 2>"$work/err" || status=$?
  case $status in
    0) ;;
    4) unfit=1 ;;
    *) give_up "$cell: $(tail -n 1 "$work/err")" ;;
  esac
  local ratio low high confidence blocks
  IFS=$'\t' read -r _ ratio low high confidence blocks < <("$bin/crossover" show "$work/run" --ratio ours:twin |
    awk -F '\t' -v cell="$cell" '$1 == cell')
  awk -v c="${confidence/#-/0}" 'BEGIN {exit !(c >= 0.95)}' ||
    give_up "$cell: $blocks blocks are too few for an interval of 95 %; give it more seconds a row"
  bar "$high" "x <= 1.10" "$cell: CPU time $ratio times the twin's ($low to $high, $blocks blocks), upper bound at most 1.10"
}
for model in uv threads; do
  row $model "plain, fresh" http://plain.test/ 4000 1
  row $model "plain, kept" http://plain.test/ 64 400
  row $model "TLS, fresh" https://tls.test/ 150 1
  row $model "TLS, kept" https://tls.test/ 64 300
done
if [ $unfit -ne 0 ]; then
  say "others used the CPUs while this was measured: it decides nothing"
  exit 4
fi
exit "$missed"
