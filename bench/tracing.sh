#!/usr/bin/env bash
# What a trace costs: the instructions of an operation without one, with --trace and with --account, as
# slopes, so that start-up cancels; and that without one no function of it is called at all. Then what
# an event takes, as the programs themselves say, and the time of a run with and without, in turns.
# Usage: bench/tracing.sh [BIN_DIR] [ROUNDS] [MODEL…]     exit 1 when it costs something that is off
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${1:-build/bin} rounds=${2:-7}
# shellcheck source=bench/rounds.sh
. bench/rounds.sh
command -v valgrind >/dev/null || die "$STATUS_ENVIRONMENT" "valgrind is not installed"
models=("${@:3}")
[ ${#models[@]} -gt 0 ] || mapfile -t models < <(models_of switch)

# ---- Instructions. ----

few=1000 many=6000
ways=("" --trace --account)
run_once() { # HANDOFFS MODEL WAY
  local options=()
  case $3 in
    --trace) options=(--trace "$work/trace.json") ;;
    --account) options=(--account) ;;
  esac
  valgrind --tool=callgrind --callgrind-out-file="$work/calls" "$bin/switch" -m "$2" --spawns 10 \
    --handoffs "$1" "${options[@]}" 2>&1 >/dev/null | awk '/Collected/ {print $4}'
}
# Events are written and sorted behind the run: of a traced one that is in the slope as well.
per_handoff() { # MODEL WAY
  local a b
  a=$(run_once $few "$@") b=$(run_once $many "$@")
  awk -v a="$a" -v b="$b" -v n=$((many - few)) 'BEGIN {printf "%.0f", (b - a) / n}'
}
printf '%-14s %10s %10s %10s   %s\n' "instructions" off trace account "calls into a trace that is off"
for model in "${models[@]}"; do
  printf '%-14s' "$model"
  for way in "${ways[@]}"; do
    [ -n "$way" ] || { run_once $few "$model" "" >/dev/null; calls=$(grep -cE '^c?fn=.* (trace_|watch_child|record_now)' "$work/calls" || true); }
    printf ' %10s' "$(per_handoff "$model" "$way")"
  done
  bar "$calls" 'x == 0' "   $calls, none"
done

# ---- Time. ----

sides=(off trace account)
for ((round = 0; round < rounds; round++)); do
  for model in "${models[@]}"; do
    for side in "${sides[@]}"; do
      options=()
      [ "$side" != trace ] || options=(--trace "$work/trace.json")
      [ "$side" != account ] || options=(--account)
      "$bin/switch" -m "$model" --spawns 10 --handoffs 20000 --json "${options[@]}" 2>"$work/err" |
        figure handoff_ns >>"$work/$model.$side"
      [ "$side" = off ] || sed -nE 's/^trace: .* about ([0-9]+) ns.*/\1/p' "$work/err" >>"$work/$side.event"
    done
  done
done
printf '\n%-14s %10s %10s %10s\n' "ns a hand-off" off trace account
for model in "${models[@]}"; do
  printf '%-14s' "$model"
  for side in "${sides[@]}"; do
    printf ' %10s' "$(median "$work/$model.$side")"
  done
  printf '\n'
done
printf '\nan event: %s ns in a trace, %s ns in an account\n' "$(median "$work/trace.event")" \
  "$(median "$work/account.event")"
exit "$missed"
