#!/usr/bin/env bash
# The timelines of docs/timelines.md: crawl, download and squares traced under every model and drawn,
# two pictures a workload, each with one scale of time: the models that a program is usually written
# for, and the others. They are to show what a model does, not how long it takes on a busy machine:
# each is traced several times, and the shortest is drawn. Then order, and crawl --blocking.
# Usage: bench/timelines.sh [BIN_DIR] [OUT_DIR] [RUNS]
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${1:-build/bin} out=${2:-docs/timelines} runs=${3:-20}
# shellcheck source=bench/common.sh
. bench/common.sh
command -v gnuplot >/dev/null || die "$STATUS_ENVIRONMENT" "gnuplot is needed"
command -v jq >/dev/null || die "$STATUS_ENVIRONMENT" "jq is needed"
usual=(sequential threads processes uv)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"

mapfile -t models < <("$bin/crossover" list --json |
  jq -r '.models[] | select(.unavailable == null and (.simulated | not)) | .name')
is_usual() { [[ " ${usual[*]} " == *" $1 "* ]]; }

trace() { # NAME PROGRAM [OPTION…]: the shortest as $work/NAME.json
  local name=$1 run
  shift
  for run in $(seq "$runs"); do
    "$bin/$1" "${@:2}" --trace "$work/$name.$run" >/dev/null 2>"$work/err" ||
      die $? "$1 ${*:2} failed: $(head -n 1 "$work/err")"
    echo "$(jq .otherData.wall_s "$work/$name.$run") $work/$name.$run"
  done | sort -g >"$work/runs"
  mv "$(sed -n '1s/^[^ ]* //p' "$work/runs")" "$work/$name.json"
}
draw() { # NAME TRACE…
  "$bin/crossover" timeline "${@:2}" --out "$out/$1.svg"
}

for workload in crawl download squares; do
  first=() others=()
  for model in "${models[@]}"; do
    trace "$workload-$model" "$workload" -m "$model"
    is_usual "$model" || others+=("$work/$workload-$model.json")
  done
  for model in "${usual[@]}"; do
    [ ! -e "$work/$workload-$model.json" ] || first+=("$work/$workload-$model.json")
  done
  draw "$workload" "${first[@]}"
  [ "${#others[@]}" -eq 0 ] || draw "$workload-others" "${others[@]}"
done

for model in uv threads; do
  trace "blocking-$model" crawl -m "$model" --blocking
done
draw crawl-blocking "$work/blocking-uv.json" "$work/blocking-threads.json"
trace order order -m uv
draw order "$work/order.json"
