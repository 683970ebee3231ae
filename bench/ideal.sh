#!/usr/bin/env bash
# How near the models come to the ideal, the time that a simulation says is the least there can be: the
# median of each over it, workload by workload, from one run of mirrored blocks each. Units are long
# enough that libuv's clock, which tells milliseconds, is not what is measured. `uv` is held to 5 %
# where tasks do little but wait, and no launch of any model may be faster than the ideal. What others
# take of the CPUs is in the figures: it wants a quiet machine.
# Usage: bench/ideal.sh [BIN_DIR] [LAUNCHES] [MODEL…]     exit 1 when a bar is missed
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${1:-build/bin} launches=${2:-22}
# shellcheck source=bench/rounds.sh
. bench/rounds.sh

models=("${@:3}")
[ ${#models[@]} -gt 0 ] || mapfile -t models < <(models_of noop)
cells=() unfit=()
measure() { # CELL WORKLOAD [-L NAME VALUE]… [-- OPTION…]
  local status=0
  cells+=("$1")
  "$bin/crossover" run "$2" --models "$(IFS=,; echo "${models[*]}")" --runs "$launches" --json \
    --observe 0 --no-trace --no-account --floors 0 --launch-limit 4 --out "$work/run" --cell "$1" "${@:3}" \
    >"$work/$1.json" 2>"$work/err" || status=$?
  case $status in
    0) ;;
    4) unfit+=("$1") ;;
    *) give_up "$1 could not be measured: $(tail -n 1 "$work/err")" ;;
  esac
}
of_cell() { # CELL JQ_PROGRAM
  jq -r ".cells[0] | $2" "$work/$1.json"
}
fastest() { # CELL: its fastest launch of all, over the ideal
  jq -rs --arg cell "$1" --argjson ideal "$(of_cell "$1" .ideal.seconds)" '
    [.[] | select(.cell == $cell and .kind == "timed" and .failed == null) | .record.wall_s] |
    if $ideal == 0 then "-" else min / $ideal * 10000 | round / 10000 end' "$work/run/launches.jsonl"
}

measure crawl crawl -- --unit 100ms
measure gather gather -- --unit 100ms --return-exceptions
measure plain-12 download -L latency 50ms -L tasks 12 -L width 12
measure plain-100 download -L latency 50ms -L tasks 100 -L width 100
measure slow-100 download -L latency 500ms -L tasks 100 -L width 100
measure notes-12 download -- --width 12
measure movies movies -- --width 25
measure queue queue -- --unit 100ms
measure order order -- --unit 100ms
measure squares squares -- --width "$(own_cpus | wc -l)"
measure switch switch -- --handoffs 20000

printf '%-14s' 'times the ideal'
printf '%11s' "${cells[@]}"
printf '\n'
for model in "${models[@]}"; do
  printf '%-14s ' "$model"
  for cell in "${cells[@]}"; do
    printf '%11s' "$(of_cell "$cell" ".arms[] | select(.label == \"$model\") |
      if .over_ideal then .over_ideal * 1000 | round / 1000
      elif .at_least_s then \"stopped\" elif .median then \"-\" else \"n/a\" end")"
  done
  printf '\n'
done
printf '%-14s ' fastest
for cell in "${cells[@]}"; do
  printf '%11s' "$(fastest "$cell")"
done
printf '\n%-14s ' 'the ideal, ms'
for cell in "${cells[@]}"; do
  printf '%11s' "$(of_cell "$cell" '.ideal.seconds * 100000 | round / 100')"
done
printf '\n\n'
[ ${#unfit[@]} -eq 0 ] || say "others used the CPUs: ${unfit[*]}"

for cell in crawl gather plain-12 slow-100 notes-12; do
  [[ " ${models[*]} " == *' uv '* ]] || break
  bar "$(of_cell "$cell" '.arms[] | select(.label == "uv") | .over_ideal')" 'x <= 1.05' \
    "uv, $cell: within 5 % of the ideal"
done
for cell in "${cells[@]}"; do
  bar "$(of_cell "$cell" '[.warnings[] | select(startswith("FASTER THAN THE IDEAL"))] | length')" \
    'x == 0' "$cell: no launch is faster than the ideal"
done
exit "$missed"
