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
# shellcheck source=bench/rounds.sh
. bench/rounds.sh

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
for model in threads processes; do
  bar "$(median "$work/$model")" 'x >= 0.95' \
    "$model, width 2: $(median "$work/$model") of two programs at once (median of $rounds rounds; $(span "$work/$model")); at least 0.95"
done
exit "$missed"
