#!/usr/bin/env bash
# A worker is killed at a random moment, again and again, over several workloads, under every model
# that has worker processes: kills.sh BIN_DIR [REGEX] [RUNS]. SEED=N repeats the moments.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/e2e/lib.sh
. "$here/../e2e/lib.sh"
group=kills
# shellcheck source=tests/faults/runs.sh
. "$here/runs.sh"
wanted=${3:-30}

mkdir "$work/o"
printf '%s\n' 'http://a.test/ 5 1000' 'https://a.test/ 2 1000' >"$work/sites"
start_ready ready "$work/log" "$bin/origin" --sites "$work/sites" --dir "$work/o/o"
programs=("download -N 250 -W 4 --origin $work/o/o" 'queue --unit 5ms --items 30 --capacity 4'
  'squares -W 4 6000000 7000000 8000000 9000000 10000000 11000000 12000000 13000000' 'crawl -N 200 -W 4 --waits equal --unit 6ms'
  'queue --unit 0 --items 200000') # whose locks are never free for long
usual_ms=(300 150 60 300 300) # they take about as long: the moment is one of these

hit=0 idle=0 late=0
# A kill under one model, and what is wrong with the end.
kill_one() { # MODEL MOMENT-MS VICTIM COMMAND…
  local model=$1 moment=$2 victim=$3 of=() lost killed=no
  shift 3
  launch "$bin/$1" -m "$model" --json "${@:2}"
  sleep "$(printf '0.%03d' "$moment")"
  read -ra of 2>/dev/null <"/proc/$pid/task/$pid/children"
  [ -n "${of[victim]:-}" ] && kill -KILL "${of[victim]}" 2>/dev/null && killed=yes
  ended
  lost=$(count_of worker_lost)
  must_be_whole
  if [ "$1" = queue ]; then # whatever was put was taken or is left, or went down with its taker
    jq -e '.verified == true and .figures.items_lost <= (.outcomes.worker_lost // 0)' "$at/out" >/dev/null ||
      echo "items are lost: $(jq -c .figures "$at/out")"
  fi
  if [ "${lost:-0}" -gt 0 ]; then
    must_end 1
    must_hold "one task is lost" "$lost" = 1
    echo hit >"$at/what"
  else
    must_end 0
    if [ $killed = yes ]; then echo idle >"$at/what"; else echo late >"$at/what"; fi
  fi
  nothing_left 2
}

# Who runs in processes of his own.
killable=()
for model in "${all_models[@]}"; do
  "$bin/crawl" -m "$model" --blocking -W 4 --unit 1 >/dev/null 2>&1 &
  sleep 0.3
  [ -z "$(workers $!)" ] || killable+=("$model")
  kill -KILL $!
  { wait $!; } 2>/dev/null
done
RANDOM=$seed
bad=0
for ((i = 0; i < wanted; i++)); do
  for model in "${killable[@]}"; do
    which=$((RANDOM % ${#programs[@]}))
    moment=$((RANDOM % (usual_ms[which] * patience)))
    victim=$((RANDOM % 4))
    at=$work/kill
    rm -rf "$at"
    mkdir "$at"
    read -ra command <<<"${programs[which]}"
    wrong=$(kill_one "$model" "$moment" "$victim" "${command[@]}")
    runs=$((runs + 1))
    case $(cat "$at/what") in
      hit) hit=$((hit + 1)) ;;
      idle) idle=$((idle + 1)) ;;
      *) late=$((late + 1)) ;;
    esac
    : >"$work/alive"
    if [ -n "$wrong" ]; then
      bad=$((bad + 1))
      echo "# run $i, $model, worker $victim after $moment ms, ${programs[which]}: ${wrong//$'\n'/; }" | head -c 1500
      echo
    fi
  done
done
check "$group: a worker is killed at a random moment" "$bad runs ended otherwise than they must" \
  "0 runs ended otherwise than they must"
is "$group: some of them had a task" "$hit" 'x > 0'
echo "# kills: $runs runs under ${killable[*]}: $hit kills hit a task, $idle an idle worker, $late came too early or too late; $bad wrong (SEED=$seed)"
end_tests
