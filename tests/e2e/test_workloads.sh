#!/usr/bin/env bash
# What the workloads claim beyond their transcripts: who loses updates where, that nothing put in a
# queue gets lost, and what becomes of a crowd that the system refuses.
. "$(dirname "$0")/lib.sh"

sanitized() { grep -qE '__[at]san_init' "$bin/crawl"; }
# shellcheck source=bench/common.sh
. "$(dirname "$0")/../../bench/common.sh"
cpus=$(nproc) cpu=$(own_cpus | head -n 1)

# ---- race ----

# How many of a million updates were lost. Two that never met cannot lose anything, and on a busy
# machine one may be done before the other begins: up to eight goes, until some are.
lost() { # MODEL WAY INCREMENTS
  local found=0.0
  for _ in 1 2 3 4 5 6 7 8; do
    found=$("$bin/race" -m "$1" --ways "$2" --increments "$3" --json |
      figure "${2}_lost_per_million")
    [ "$found" = 0.0 ] || break
    in_one_thread "$1" && break # nobody to meet that has not been met
  done
  echo "$found"
}

simulates() { "$bin/noop" -m "$1" --simulate cpus=1 >/dev/null 2>&1; } # MODEL

for model in $(models); do
  for way in lock atomic; do
    record=$("$bin/race" -m "$model" --ways $way --increments 20000 --json)
    is "$model: $way loses nothing" "$(figure ${way}_lost_per_million <<<"$record")" 'x == 0'
  done
  increments=20000
  ! can "$model" parallel_steps || increments=500000 # each begins by itself: time to meet
  if [ "$model" = sequential ]; then
    is "$model: yield loses nothing" "$(lost "$model" yield $increments)" 'x == 0'
  else
    is "$model: yield loses updates" "$(lost "$model" yield $increments)" 'x > 0'
  fi
  if simulates "$model"; then # where nobody could come between, it says nothing
    record=$("$bin/race" -m "$model" --increments 100 --json)
    check "$model: plain is left out" "$(jq .figures.plain_lost_per_million <<<"$record")" null
    check "$model: and why" "$(jq -r '.missing["figures.plain_lost_per_million"]' <<<"$record")" \
      "in simulated time nothing comes between a read and a write"
  elif in_one_thread "$model"; then
    is "$model: plain loses nothing" "$(lost "$model" plain 100000000)" 'x == 0'
  elif [ "$cpus" -ge 2 ]; then
    is "$model: plain loses updates" "$(lost "$model" plain 100000000)" 'x > 0'
  fi
  record=$("$bin/race" -m "$model" --memory private --ways atomic --increments 1000 --json)
  if [ "$model" = processes ]; then
    is "$model: a private counter loses everything" \
      "$(figure atomic_lost_per_million <<<"$record")" 'x == 1000000'
  else
    is "$model: a private counter is the threads' own" \
      "$(figure atomic_lost_per_million <<<"$record")" 'x == 0'
  fi
done

# ---- queue ----

for model in $(all_models); do
  [ "$model" != sequential ] || continue
  for batch in 1 7 64; do
    record=$("$bin/queue" -m "$model" --unit 0 --items 20000 --producers 3 --consumers 2 \
      --capacity 64 --batch $batch --json)
    is "$model: 60,000 items, $batch at once: all are put" "$(figure items_put <<<"$record")" \
      'x == 60000'
    check "$model: 60,000 items, $batch at once: conserved and in order" \
      "$(figure items_lost <<<"$record") $(figure verified <<<"$record")" "0.0 true"
  done
  lost=0 # a wake-up that went to nobody: in one of a hundred runs, where it can be
  for _ in $(can "$model" parallel_steps && seq "$(sanitized && echo 10 || echo 100)"); do
    timeout 20 "$bin/queue" -m "$model" --unit 0 --items 20000 --producers 3 --consumers 2 --capacity 64 \
      --batch 64 --json >/dev/null || lost=$((lost + 1))
    [ $lost -eq 0 ] || break
  done
  is "$model: batches as large as the queue, again and again" "$lost" 'x == 0'
  record=$("$bin/queue" -m "$model" --consumers 1 --json)
  is "$model: a slow consumer leaves items over" "$(figure items_left_over <<<"$record")" 'x > 0'
done

# ---- crawl ----

for waits in equal heavy-tailed; do
  for model in $(all_models); do
    tasks=500
    [ "$model" != sequential ] || tasks=20
    record=$("$bin/crawl" -m "$model" -N $tasks --width $tasks --waits $waits --unit 1ms --json)
    check "$model: $tasks $waits waits" \
      "$(figure ok <<<"$record") $(figure verified <<<"$record")" "$tasks true"
  done
done
is "a crowd is alive at once on the loop" \
  "$("$bin/crawl" -m uv -N 100000 --unit 2 --json | figure peak_live_tasks)" 'x == 100000'
if sanitized; then
  ok "threads that the system refuses # SKIP a sanitizer needs the address space"
else
  out=$(prlimit --as=1500000000 "$bin/crawl" -m threads -N 20000 --unit 1 --json 2>"$work/err")
  check "threads that the system refuses: exit status" $? 5
  is "threads that the system refuses: told as resource" \
    "$(grep -o '"resource":[0-9]*' <<<"$out" | head -n 1 | cut -d: -f2)" 'x > 0'
  is "threads that the system refuses: the others end well" \
    "$(sed -E 's/.*"outcomes":\{"ok":([0-9]+).*/\1/' <<<"$out")" 'x > 0'
  check "threads that the system refuses: a sentence" \
    "$(grep -c 'the system refused what it needs to begin' "$work/err")" 10
fi

# ---- being stopped ----

for model in $(all_models); do
  record=$("$bin/crawl" -m "$model" --unit 1 --deadline 0.05 --json 2>/dev/null)
  check "$model: a stopped run says so" \
    "$(grep -o '"outcomes":{"cancelled":4}.*"verified":null,"complete":false' <<<"$record" | wc -l)" 1
done
for model in sequential uv; do # whose only thread is held when the stop comes
  record=$("$bin/crawl" -m $model --blocking -N 4000 --unit 1 --deadline 0.05 --json 2>/dev/null)
  is "$model: none of those that wait begins after a stop" \
    "$(sed -E 's/.*"cancel_latency_s":\{"count":([0-9]+),.*/\1/' <<<"$record")" 'x == 1'
  is "$model: and the one that held is told at once" \
    "$(sed -E 's/.*"cancel_latency_s":\{"count":[0-9]+,"mean":([0-9.e-]+),.*/\1/' <<<"$record")" \
    'x > 0 && x < 1'
done
record=$("$bin/race" -m threads --ways plain --increments 100000000000 --deadline 0.05 --json 2>/dev/null)
check "a race that was stopped has no figures" \
  "$(grep -o '"figures":{[^}]*}' <<<"$record")" \
  '"figures":{"plain_lost_per_million":null,"plain_increment_ns":null}'
worst=0
for _ in 1 2 3 4 5 6; do # the stop may come when all tasks have ended well, and the root has not
  status=0
  "$bin/squares" -m threads -N 4000 --deadline 0.03 1 >/dev/null 2>&1 || status=$?
  [ $status -le $worst ] || worst=$status
done
is "a run that is stopped at its very end does not crash" $worst 'x <= 1'

# ---- switch, placement, the log ----

for model in $(models); do
  [ "$model" != sequential ] || continue
  record=$("$bin/switch" -m "$model" --handoffs 2000 --spawns 500 --cpus "$cpu" --json)
  check "$model: switch on one CPU" \
    "$(figure verified <<<"$record") $(figure placed <<<"$record") $(figure cpus <<<"$record")" \
    "true true [$cpu]"
  if simulates "$model"; then # a step takes none, unless told to
    check "$model: a hand-off takes no time" "$(jq .figures.handoff_ns <<<"$record")" null
    record=$("$bin/switch" -m "$model" --handoffs 2000 --spawns 500 --simulate step=5ns --json)
  fi
  is "$model: a hand-off takes time" "$(figure handoff_ns <<<"$record")" 'x > 0'
  is "$model: a spawn takes time" "$(figure spawn_ns <<<"$record")" 'x > 0'
done
# Two workers that sleep, on two CPUs: each may run on its own alone, soon after it has begun, as a
# worker places itself. A sanitizer's own thread is bound to none.
workers() { pgrep -P "$1" | sort -n; }
allowed() { # PID: the CPUs that its threads and its workers are bound to
  local status
  for status in /proc/"$1"/task/*/status $(workers "$1" | sed 's|.*|/proc/&/status|'); do
    [ "$status" = "/proc/$1/task/$1/status" ] ||
      sed -nE 's/^Cpus_allowed_list:\t([0-9]+)$/\1/p' "$status" 2>/dev/null
  done | sort
}
if [ "$cpus" -ge 2 ]; then
  two=$(own_cpus | head -n 2)
  for model in threads thread-pool processes; do
    "$bin/crawl" -m $model --cpus "$(paste -sd , <<<"$two")" --unit 1 url_1 url_1 >/dev/null &
    pid=$!
    for _ in $(seq 80); do
      [ "$(allowed $pid)" != "$two" ] || break
      sleep 0.01
    done
    check "$model: --cpus deals the workers out" "$(allowed $pid)" "$two"
    wait $pid
  done
fi
"$bin/switch" -m sequential 2>"$work/err"
check "switch under sequential: usage" $? 2
check "switch under sequential: the reason" \
  "$(grep -c 'cannot run under model sequential: it runs one task at a time; --model list' "$work/err")" 1
for model in $(all_models); do
  "$bin/order" -m "$model" --log >"$work/out" 2>"$work/err"
  check "$model: --log has a line a step" "$(wc -l <"$work/err")" 9
  check "$model: --log changes nothing else" "$(grep -c worker "$work/out")" 6
done
end_tests
