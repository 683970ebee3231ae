#!/usr/bin/env bash
# What a sleeping task costs: `crawl` with half a million and with a million tasks on a loop, and with
# some hundreds under threads, in turns. Memory is the slope of the peak resident set over the number
# of tasks (one process: the tree's), CPU that of user and system time; then the makespan of a
# million equal waits of 10 s. Threads' kernel stacks are not in it.
# Usage: bench/sleepers.sh [BIN_DIR] [ROUNDS]     exit 1 when a bar is missed
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${1:-build/bin} rounds=${2:-5}
# shellcheck source=bench/rounds.sh
. bench/rounds.sh

slope() { # MODEL FEW MANY: adds to $work/MODEL.bytes and $work/MODEL.us
  local small large
  small=$("$bin/crawl" -m "$1" -N "$2" --unit 3 --json)
  large=$("$bin/crawl" -m "$1" -N "$3" --unit 3 --json)
  [[ $small == *'"verified":true'* && $large == *'"verified":true'* ]] ||
    give_up "crawl under $1 did not verify"
  for size in small large; do
    figure peak_rss_main <<<"${!size}" >"$work/$size.bytes"
    echo "$(figure user_s <<<"${!size}") $(figure sys_s <<<"${!size}")" >"$work/$size.cpu"
  done
  awk -v n=$(($3 - $2)) 'NR == FNR {a = $1; next} {printf "%.2f\n", ($1 - a) / n}' \
    "$work/small.bytes" "$work/large.bytes" >>"$work/$1.bytes"
  awk -v n=$(($3 - $2)) 'NR == FNR {a = $1 + $2; next} {printf "%.4f\n", ($1 + $2 - a) / n * 1e6}' \
    "$work/small.cpu" "$work/large.cpu" >>"$work/$1.us"
}
for _ in $(seq "$rounds"); do
  slope uv 500000 1000000
  slope threads 500 2000
done
for model in uv threads; do
  echo "$model: $(median "$work/$model.bytes") bytes a sleeping task ($(span "$work/$model.bytes")), $(median "$work/$model.us") us of CPU ($(span "$work/$model.us")); medians of $rounds rounds"
done
bar "$(median "$work/uv.bytes")" 'x <= 128' "uv: at most 128 bytes a task"
bar "$(median "$work/uv.us")" 'x <= 1.5' "uv: at most 1.5 us of CPU a task"
for waits in equal heavy-tailed; do
  record=$("$bin/crawl" -m uv -N 1000000 --unit "$([ $waits = equal ] && echo 10 || echo 0.1)" --waits $waits --json)
  wall=$(figure wall_s <<<"$record")
  echo "uv, a million $waits waits: $(figure ok <<<"$record") ended well, $(figure peak_live_tasks <<<"$record") alive at once, $wall s"
  [ $waits != equal ] || bar "$wall" 'x <= 10.5' "uv: at most 5 % over the 10 s of each"
done
exit "$missed"
