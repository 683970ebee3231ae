#!/usr/bin/env bash
# What io_uring is for: `download` under uring beside the libuv loop. System calls a request (strace
# -c) are a slope, the difference between a long and a short run over the difference in requests, so
# that start-up cancels; the CPU time of the client's process is that of one run of mirrored blocks a
# row, uring's over uv's, with the interval of their ratio; the memory of a download that waits is a
# slope, too. Kept-alive plain requests, 64 in flight, decide; the other rows are for information.
# Usage: bench/uring.sh [BIN_DIR] [SECONDS_A_ROW]     exit 1 when a bar is missed
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${1:-build/bin} budget=${2:-20}
# shellcheck source=bench/rounds.sh
. bench/rounds.sh
command -v strace >/dev/null || die "$STATUS_ENVIRONMENT" "strace is not installed"
"$bin/noop" -m uring >/dev/null || exit $?

{
  printf 'http://plain.test/ 0 1024\nhttps://tls.test/ 0 1024\n'
  printf 'http://slow.test/ 60000 1024\nhttps://slow.test/ 60000 1024\n'
} >"$work/sites"
mapfile -t cpus < <(own_cpus)
launch_origin "${cpus[-1]}" "$bin" "$work/origin" --sites "$work/sites"
origin=$origin_pid
trap 'kill $origin 2>/dev/null || true; wait $origin 2>/dev/null || true; rm -rf "$work"' EXIT
[ "${#cpus[@]}" -lt 2 ] ||
  taskset -cp "$(IFS=,; echo "${cpus[*]::${#cpus[@]}-1}")" $$ >/dev/null

# ---- System calls a request. ----

calls() { # MODEL URL TASKS REQUESTS: of one run
  strace -f -c -U calls,name -o "$work/strace" "$bin/download" -m "$1" --origin "$work/origin" -N "$3" -W 64 \
    --requests-per-connection "$4" "$2" >/dev/null
  awk '$2 == "total" {print $1}' "$work/strace"
}
for kind in "plain,kept http://plain.test/ 64 25 64 125" "plain,fresh http://plain.test/ 200 1 1200 1" \
  "TLS,kept https://tls.test/ 64 5 64 55"; do
  read -r what url few few_each many many_each <<<"$kind"
  for model in uring uv; do
    short=$(calls $model "$url" "$few" "$few_each")
    long=$(calls $model "$url" "$many" "$many_each")
    a_request=$(awk -v a="$short" -v b="$long" -v n=$((many * many_each - few * few_each)) \
      'BEGIN {printf "%.3f", (b - a) / n}')
    if [ "$model $what" = "uring plain,kept" ]; then
      bar "$a_request" "x < 0.2" "$model $what: $a_request system calls a request, below 0.2"
    else
      echo "$model $what: $a_request system calls a request"
    fi
  done
done

# ---- CPU time. ----

unfit=0
row() { # NAME URL TASKS REQUESTS
  local status=0 arm=(--origin "$work/origin" -N "$3" -W 64 --requests-per-connection "$4" "$2")
  "$bin/crossover" run --metric cpu_s --observe 0 --no-trace --no-account --server $origin --out "$work/run" \
    --cell "$1" --time-budget "$budget" --arm "uring=$bin/download -m uring ${arm[*]}" \
    --arm "uv=$bin/download -m uv ${arm[*]}" >"$work/out" 2>"$work/err" || status=$?
  case $status in
    0) ;;
    4) unfit=1 ;;
    *) give_up "$1: $(tail -n 1 "$work/err")" ;;
  esac
  IFS=$'\t' read -r _ ratio low high confidence blocks < <("$bin/crossover" show "$work/run" --ratio uring:uv |
    awk -F '\t' -v cell="$1" '$1 == cell')
  told="$1: CPU time $ratio times uv's ($low to $high, $blocks blocks)"
}
row "plain, kept" http://plain.test/ 64 400
awk -v c="${confidence/#-/0}" 'BEGIN {exit !(c >= 0.95)}' ||
  give_up "$blocks blocks are too few for an interval of 95 %; give it more seconds a row"
bar "$ratio" "x <= 1" "$told, at most 1"
row "plain, fresh" http://plain.test/ 4000 1
echo "$told"
row "TLS, kept" https://tls.test/ 64 300
echo "$told"

# ---- Memory of a download that waits for its answer. ----

resident() { # MODEL URL TASKS: KiB, a while after nothing is added any more
  local now=0 before=-1 client
  "$bin/download" -m "$1" --origin "$work/origin" -N "$3" -W "$3" --connect-timeout 60 --idle-timeout 100 "$2" \
    >/dev/null 2>&1 &
  client=$!
  while [ "$now" -ne "$before" ]; do
    before=$now
    sleep 2
    now=$(awk '/^VmRSS/ {print $2}' "/proc/$client/status")
  done
  kill -INT $client
  wait $client || true
  echo "$now"
}
waiting() { # MODEL NAME URL
  local few many
  few=$(resident "$1" "$3" 500)
  many=$(resident "$1" "$3" 1500)
  a_task=$(awk -v a="$few" -v b="$many" 'BEGIN {printf "%.2f", (b - a) / 1000}')
  told="$1: a waiting $2 download takes $a_task KiB"
}
for model in uring uv; do
  waiting $model TLS https://slow.test/
  echo "$told, all begun at once"
  waiting $model plain http://slow.test/
  [ $model = uring ] || echo "$told"
  [ $model = uv ] || bar "$a_task" "x <= 2" "$told, at most 2"
done
if [ $unfit -ne 0 ]; then
  say "others used the CPUs while this was measured: it decides nothing"
  exit 4
fi
exit "$missed"
