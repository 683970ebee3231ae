#!/usr/bin/env bash
# What a second CPU is worth to `squares`: the throughput of threads and of processes with width 2,
# against what two sequential programs started at once reach together. The same 20 sums each time, in
# turns, so that the machine's drift meets all alike; medians of the ratios.
# Usage: bench/scaling.sh [BIN_DIR] [ROUNDS]     exit 1 when a model stays below 0.95
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${1:-build/bin} rounds=${2:-15}
read -ra half <<<"$(printf '40000000 %.0s' $(seq 10))"
read -ra all <<<"${half[*]} ${half[*]}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

now_us() { echo "${EPOCHREALTIME//[.,]/}"; }
timed() { # COMMAND…: microseconds
  local begin
  begin=$(now_us)
  "$@" >/dev/null
  echo $(($(now_us) - begin))
}
# shellcheck disable=SC2317  # called by its name, through timed
two_programs() {
  "$bin/squares" -m sequential "${half[@]}" &
  "$bin/squares" -m sequential "${half[@]}"
  wait
}
for _ in $(seq "$rounds"); do
  programs=$(timed two_programs)
  for model in threads processes; do
    took=$(timed "$bin/squares" -m "$model" --width 2 "${all[@]}")
    awk -v p="$programs" -v t="$took" 'BEGIN {printf "%.4f\n", p / t}' >>"$work/$model"
  done
done
status=0
for model in threads processes; do
  median=$(sort -n "$work/$model" | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}')
  range=$(sort -n "$work/$model" | sed -n '1p;$p' | paste -sd ' ')
  verdict=kept
  awk -v m="$median" 'BEGIN {exit !(m < 0.95)}' && verdict=MISSED status=1
  echo "$model, width 2: $median of two programs at once (median of $rounds rounds; from ${range/ / to }); at least 0.95: $verdict"
done
exit "$status"
