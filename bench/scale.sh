#!/usr/bin/env bash
# Ten thousand downloads in flight at once, each on a connection of its own, plain and over TLS, under
# each model: how long, what memory while all of them wait and at the most, what CPU time. Why a model
# cannot is told in its own words.
# Usage: bench/scale.sh [BIN_DIR] [IN_FLIGHT] [MODEL…]     exit 1 when a loop cannot
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${1:-build/bin} in_flight=${2:-10000}
# shellcheck source=bench/held.sh
. bench/held.sh

declare -A named=([http]=plain [https]=TLS)
# How long answers are held back: until all requests are there, or else longer.
holds=(20 40 80)
hold_answers "${holds[@]}"
describe() { # of the record in $work/out: a row of figures
  awk -v live="$(figure peak_live_tasks <"$work/out")" -v wall="$(figure wall_s <"$work/out")" \
    -v kib="$1" -v peak="$(peak_bytes)" -v n="$in_flight" \
    -v user="$(figure user_s <"$work/out")" -v sys="$(figure sys_s <"$work/out")" 'BEGIN {
      printf "%9d %8.2f s %9s %9s %10s %8.0f us\n", live, wall,
        (kib > 0) ? sprintf("%.1f MiB", kib / 1024) : "-",
        (peak > 0) ? sprintf("%.1f MiB", peak / 1048576) : "-",
        (kib > 0) ? sprintf("%.2f KiB", kib / n) : "-", (user + sys) / n * 1e6
    }'
}
models=("${@:3}")
[ ${#models[@]} -gt 0 ] || mapfile -t models < <(models_of download | grep -vx sequential)
printf '%-22s %9s %10s %9s %9s %10s %11s\n' model "in flight" wall memory "at most" "a task" "CPU a task"
for scheme in http https; do
  for model in "${models[@]}"; do
    verdict=
    for seconds in "${holds[@]}"; do
      status=0
      hold "$model" $scheme "$in_flight" "$seconds" || status=$?
      if [ "$status" -ne 0 ] || all_waited "$seconds"; then
        break
      fi
      resident_kib=0
    done
    if [ "$status" -ne 0 ]; then
      verdict="cannot: $(head -n 1 "$work/err")"
    elif [[ $(<"$work/out") != *'"verified":true'* ]] ||
      [ "$(figure peak_live_tasks <"$work/out")" -ne "$in_flight" ]; then
      verdict="cannot: $(figure peak_live_tasks <"$work/out") were in flight at once"
    fi
    printf '%-22s %s\n' "$model, ${named[$scheme]}" "${verdict:-$(describe "$resident_kib")}"
    [ -z "$verdict" ] || [ "$(kind_of "$model")" != loop ] || missed=1
  done
done
exit "$missed"
