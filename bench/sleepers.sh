#!/usr/bin/env bash
# What a sleeping task costs under each model that can have many: `crawl` with half a million and with
# a million tasks where they wait in a loop, with a tenth of that where each has a stack, with some
# hundreds where each has a thread. Memory is the slope of the peak resident set over the number of
# tasks, CPU that of user and system time; then a million equal waits of 10 s and as many heavy-tailed
# ones, and threads as many as the system gives. Threads' kernel stacks are not in it; what a process
# takes is bench/waiting.sh's.
# Usage: bench/sleepers.sh [BIN_DIR] [ROUNDS]     exit 1 when a bar is missed
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${1:-build/bin} rounds=${2:-5}
# shellcheck source=bench/rounds.sh
. bench/rounds.sh

many_of() { # MODEL: the larger of the two numbers of tasks
  case $(kind_of "$1") in
    loop) echo 1000000 ;;
    stacks) echo 100000 ;;
    workers) echo 2000 ;;
  esac
}
few_of() { # MODEL: the other one
  case $(kind_of "$1") in
    workers) echo 500 ;;
    *) echo $(($(many_of "$1") / 2)) ;;
  esac
}
slope() { # MODEL FEW MANY: adds to $work/MODEL.bytes and $work/MODEL.us
  local size number record
  for size in small:$2 large:$3; do
    number=${size#*:}
    record=$("$bin/crawl" -m "$1" -N "$number" -W "$number" --unit 3 --json) ||
      give_up "$number sleepers under $1 did not end well"
    [[ $record == *'"verified":true'* && $(figure peak_live_tasks <<<"$record") -eq $number ]] ||
      give_up "$number sleepers under $1 did not all sleep at once"
    echo "$(figure peak_rss_main <<<"$record") $(figure user_s <<<"$record") $(figure sys_s <<<"$record")"
  done | awk -v n=$(($3 - $2)) -v name="$work/$1" '
    NR == 1 {bytes = $1; cpu = $2 + $3}
    NR == 2 {
      printf "%.2f\n", ($1 - bytes) / n >>(name ".bytes")
      printf "%.4f\n", ($2 + $3 - cpu) / n * 1e6 >>(name ".us")
    }'
}
mapfile -t models < <(models_of crawl | grep -vxE 'sequential|processes')
for _ in $(seq "$rounds"); do
  for model in "${models[@]}"; do
    slope "$model" "$(few_of "$model")" "$(many_of "$model")"
  done
done
loops=()
for model in "${models[@]}"; do
  echo "$model: $(median "$work/$model.bytes") bytes a sleeping task ($(span "$work/$model.bytes")), $(median "$work/$model.us") us of CPU ($(span "$work/$model.us")); up to $(many_of "$model") at once; medians of $rounds rounds"
  [ "$(kind_of "$model")" != loop ] || loops+=("$model")
done
for model in "${loops[@]}"; do
  bar "$(median "$work/$model.bytes")" 'x <= 128' "$model: at most 128 bytes a task"
  bar "$(median "$work/$model.us")" 'x <= 1.5' "$model: at most 1.5 us of CPU a task"
done
for model in "${models[@]}"; do
  [ "$(kind_of "$model")" != stacks ] ||
    bar "$(median "$work/$model.bytes")" "x <= $(getconf PAGESIZE) + 256" \
      "$model: at most a page of stack and 256 bytes a task"
done
for waits in equal heavy-tailed; do
  for model in "${loops[@]}"; do
    record=$("$bin/crawl" -m "$model" -N 1000000 --unit "$([ $waits = equal ] && echo 10 || echo 0.1)" --waits $waits --json)
    wall=$(figure wall_s <<<"$record")
    echo "$model, a million $waits waits: $(figure ok <<<"$record") ended well, $(figure peak_live_tasks <<<"$record") alive at once, $wall s"
    [ $waits != equal ] || bar "$wall" 'x <= 10.5' "$model: at most 5 % over the 10 s of each"
  done
done
# More than a system gives, as a rule: then the program says so.
record=$("$bin/crawl" -m threads -N 100000 --unit 10 --json 2>"$work/err") || true
echo "threads, 100000 asked for: $(figure peak_live_tasks <<<"$record") alive at once, $(awk -v rss="$(figure peak_rss_main <<<"$record")" 'BEGIN {printf "%.0f", rss / 1048576}') MiB"
head -n 1 "$work/err"
exit "$missed"
