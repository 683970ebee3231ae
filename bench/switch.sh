#!/usr/bin/env bash
# What a hand-off and a spawn cost under each model, placed on one core and on two, in turns. Then on
# two cores once more, each kept from idling by a loop of the lowest priority (SCHED_IDLE): what a
# hand-off between cores costs less then is the way out of the idle state.
# Usage: bench/switch.sh [BIN_DIR] [ROUNDS]     exit 1 when a bar is missed
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${1:-build/bin} rounds=${2:-15}
# shellcheck source=bench/rounds.sh
. bench/rounds.sh

mapfile -t models < <(models_of switch)
mapfile -t cpus < <(own_cpus)
places=("${cpus[0]}")
[ "${#cpus[@]}" -lt 2 ] || places+=("${cpus[0]},${cpus[1]}")
for _ in $(seq "$rounds"); do
  for place in "${places[@]}"; do
    for model in "${models[@]}"; do
      handoffs=20000
      case $(kind_of "$model")-$model-$place in
        workers-* | *-per-core-*,*) ;;
        *) handoffs=1000000 ;; # short ones would be over in no time
      esac
      record=$("$bin/switch" -m "$model" --cpus "$place" --handoffs $handoffs --spawns 10000 --json)
      figure handoff_ns <<<"$record" >>"$work/$model.handoff.$place"
      figure spawn_ns <<<"$record" >>"$work/$model.spawn.$place"
    done
  done
done
for place in "${places[@]}"; do
  for model in "${models[@]}"; do
    echo "$model, CPU $place: $(median "$work/$model.handoff.$place") ns a hand-off ($(span "$work/$model.handoff.$place")), $(median "$work/$model.spawn.$place") ns a spawn ($(span "$work/$model.spawn.$place")); medians of $rounds rounds"
  done
done
if [ "${#places[@]}" -gt 1 ]; then
  spinners=()
  trap 'kill "${spinners[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT
  for cpu in "${cpus[0]}" "${cpus[1]}"; do
    taskset -c "$cpu" chrt -i 0 sh -c 'while :; do :; done' &
    spinners+=($!)
  done
  sleep 0.1
  kill -0 "${spinners[@]}" || give_up "the CPUs could not be kept awake: chrt was refused"
  for _ in $(seq "$rounds"); do
    for model in threads processes; do
      record=$("$bin/switch" -m "$model" --cpus "${places[1]}" --spawns 0 --json)
      figure handoff_ns <<<"$record" >>"$work/$model.awake"
    done
  done
  kill "${spinners[@]}"
  wait "${spinners[@]}" 2>/dev/null || true
  for model in threads processes; do
    echo "$model, CPU ${places[1]}, kept awake: $(median "$work/$model.awake") ns a hand-off ($(span "$work/$model.awake")); median of $rounds rounds"
  done
fi
one=${places[0]}
bar "$(median "$work/uv.handoff.$one")" 'x <= 15' "uv, one core: at most 15 ns a hand-off"
if [ -e "$work/coroutines.handoff.$one" ]; then
  bar "$(median "$work/coroutines.handoff.$one")" 'x <= 20' \
    "coroutines, one core: at most 20 ns a hand-off"
fi
bar "$(median "$work/threads.handoff.$one")" 'x <= 3000' "threads, one core: at most 3 us a hand-off"
bar "$(median "$work/processes.handoff.$one")" 'x <= 3200' \
  "processes, one core: at most 3.2 us a hand-off"
exit "$missed"
