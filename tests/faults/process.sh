#!/usr/bin/env bash
# Faults of processes and of the machine, under every registered model: workers that are killed or
# stopped, shortage of descriptors, threads and memory, interruption, a clock that steps, an origin
# that dies. SEED=N repeats the random moments.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/e2e/lib.sh
. "$here/../e2e/lib.sh"
group=process
# shellcheck source=tests/faults/runs.sh
. "$here/runs.sh"

no_workers() { # MODEL: says so, and is true
  [ "${workers_of[$1]}" -eq 0 ] && skip "it has no worker processes"
}
declare -A workers_of
for model in "${all_models[@]}"; do
  "$bin/crawl" -m "$model" --blocking -W 4 --unit 1 >/dev/null 2>&1 &
  sleep 0.2
  workers_of[$model]=$(workers $! | wc -l)
  kill -KILL $!
  { wait $!; } 2>/dev/null
done
traced() { strace -o /dev/null -e trace=none true 2>/dev/null; }
# No leak can be looked for where another one traces already.
tracer=(env "ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0" strace -f -qq -o /dev/null)
now_ms() { date +%s%3N; }

# Four at once, long enough to be disturbed in the middle.
four=(-W 4 --unit 500ms url_2 url_2 url_2 url_2)

# ---- A worker is killed. ----

killed_at() { # MODEL INDEX
  no_workers "$1" && return
  launch "$bin/crawl" -m "$1" "${four[@]}" --json
  await_workers "$pid" 4
  sleep 0.1
  kill -KILL "$(workers "$pid" | sed -n "$2p")"
  zombies_of "$pid"
  ended
  must_end 1
  must_count "ok=3 worker_lost=1"
  must_say 'worker_lost'
  nothing_left
}
for index in 1 2 3 4; do
  eval "killed_$index() { killed_at \"\$1\" $index; }"
  each_model "worker $index is killed" killed_$index
done

killed_queue() {
  no_workers "$1" && return
  launch "$bin/queue" -m "$1" --unit 50ms --items 10 --json
  await_workers "$pid" 4
  sleep 0.1
  kill -KILL "$(workers "$pid" | head -n 1)"
  zombies_of "$pid"
  ended
  must_end 1
  must_be_whole
  must_hold "one task is lost" "$(count_of worker_lost)" = 1
  must_hold "the books balance" "$(jq .verified "$at/out")" = true
  must_hold "the others go on" "$(jq '.figures.items_put | floor' "$at/out")" -ge 10
  nothing_left
}
each_model "a worker of a queue is killed" killed_queue

# One of the two is the only consumer, with the producer waiting for room.
killed_pair() { # MODEL VICTIM
  no_workers "$1" && return
  launch "$bin/queue" -m "$1" --producers 1 --consumers 1 --unit 10ms --items 50 --capacity 1 --json
  await_workers "$pid" 2
  sleep 0.1
  kill -KILL "$(workers "$pid" | sed -n "${2}p")"
  ended
  must_end 1
  must_be_whole
  must_hold "one task is lost" "$(count_of worker_lost)" = 1
  nothing_left
}
killed_first() { killed_pair "$1" 1; }
killed_second() { killed_pair "$1" 2; }
each_model "the producer or the only consumer is killed (1)" killed_first
each_model "the producer or the only consumer is killed (2)" killed_second

# The same where one waits for the other's token, or for the lock that went down with it.
killed_switch() { killed_holder "$1" switch --handoffs 1000000000; }
killed_lock() { killed_holder "$1" race --ways lock --increments 1000000000; }
killed_holder() { # MODEL PROGRAM ARGUMENT…
  no_workers "$1" && return
  local model=$1 program=$2
  shift 2
  launch "$bin/$program" -m "$model" "$@"
  await_workers "$pid" 2
  sleep 0.1
  kill -KILL "$(workers "$pid" | head -n 1)"
  ended
  must_end 1
  must_hold "no figure" "$(grep -c 'not measured' "$at/out")" -ge 1
  nothing_left
}
each_model "one of two that hand over is killed" killed_switch
each_model "who may hold a lock is killed" killed_lock
settle

# ---- A worker, or all of us, are stopped. ----

stopped() {
  no_workers "$1" && return
  launch "$bin/crawl" -m "$1" "${four[@]}" --json
  await_workers "$pid" 4
  sleep 0.1
  kill -STOP "$(workers "$pid" | head -n 1)"
  ended
  must_end 1
  must_count "ok=3 worker_lost=1"
  nothing_left
}
each_model "a worker is stopped" stopped

stopped_short() {
  no_workers "$1" && return
  launch "$bin/crawl" -m "$1" "${four[@]}" --json
  await_workers "$pid" 4
  sleep 0.1
  local victim
  victim=$(workers "$pid" | head -n 1)
  for _ in 1 2 3 4; do # longer than the grace, all in all
    kill -STOP "$victim"
    sleep 0.7
    kill -CONT "$victim"
    sleep 0.05
  done
  ended
  must_end 0
  must_count "ok=4"
}
each_model "a worker is stopped and continued, again and again" stopped_short

stopped_deaf() { # when the root cancels it
  no_workers "$1" && return
  launch "$bin/queue" -m "$1" --producers 1 --consumers 2 --unit 50ms --items 20 --json
  await_workers "$pid" 3
  sleep 0.05
  kill -STOP "$(workers "$pid" | tail -n 1)"
  ended
  must_end 1
  must_be_whole
  must_hold "one task is lost" "$(count_of worker_lost)" = 1
  nothing_left
}
each_model "a worker is stopped and then cancelled" stopped_deaf

stopped_at_the_end() {
  no_workers "$1" && return
  launch "$bin/crawl" -m "$1" "${four[@]}" --deadline 0.5 --json
  await_workers "$pid" 4
  sleep 0.1
  kill -STOP "$(workers "$pid" | head -n 1)"
  ended
  must_end 1
  must_be_whole
  must_hold "one task is lost" "$(count_of worker_lost)" = 1
  must_hold "not complete" "$(jq .complete "$at/out")" = false
  nothing_left
}
each_model "a worker is stopped when the run is" stopped_at_the_end

# ^Z and fg: nobody is killed, whoever is told to continue.
suspended() { # MODEL SIGN: before the id that is continued; "-": the group's
  launch setsid "$bin/crawl" -m "$1" "${four[@]}" --json
  sleep 0.3
  kill -STOP -- "-$pid"
  sleep 2.5
  kill -CONT -- "$2$pid"
  ended
  must_end 0
  must_count "ok=4"
  nothing_left
}
suspended_all() { suspended "$1" -; }
suspended_parent() { suspended "$1" ''; }
each_model "all are stopped and continued" suspended_all
each_model "all are stopped, the program is continued" suspended_parent
settle

# ---- The parent is killed. ----

orphaned() {
  launch "$bin/download" -m "$1" -W 4 -N 1000000
  for _ in $(seq 500); do
    [ -z "$(find "$at/tmp" -name manifest)" ] || break
    sleep 0.01
  done
  sleep 0.2
  must_hold "an origin runs" "$(of_run | wc -l)" -gt 1
  kill -KILL "$pid"
  ended
  must_end 137
  nothing_left 2
}
each_model "the program is killed" orphaned

# ---- The origin dies, or is asked twice. ----

# Its own, in mid-run: what it left is removed.
origin_killed() {
  launch "$bin/download" -m "$1" -W 4 -N 500 --json --idle-timeout 2 --connect-timeout 2
  for _ in $(seq 500); do
    [ -z "$(find "$at/tmp" -name manifest)" ] || break
    sleep 0.01
  done
  sleep 0.3
  kill -KILL "$(workers "$pid" origin)"
  ended
  must_end 1
  must_be_whole
  must_hold "they failed as they must" -z "$(outcomes | tr ' ' '\n' | grep -vE '^(ok|refused|truncated|idle_timeout|connect_timeout|tls_handshake)=')"
  must_hold "some failed" "$(jq .failed "$at/out")" -gt 0
  nothing_left
}
each_model "the origin is killed" origin_killed

origin_asked_twice() {
  [ "$1" = "${all_models[0]}" ] || { skip "it is the origin's alone"; return; }
  traced || { skip "strace is needed"; return; }
  mkdir "$at/mine"
  launch "${tracer[@]}" -e trace=unlink -e inject=unlink:delay_enter=50000 "$bin/origin" --dir "$at/mine"
  until grep -q ready "$at/out"; do sleep 0.02; done
  for _ in 1 2 3; do
    kill -TERM "$(workers "$pid")"
    sleep 0.07
  done
  ended
  must_end 0
  must_hold "its files are gone" -z "$(ls "$at/mine")"
}
each_model "the origin is asked to end, again and again" origin_asked_twice
settle

# ---- Descriptors. ----

origin_of() { # FOLDER COMMAND-BEFORE… -- SITES…: an origin that lasts
  local folder=$1 before=()
  shift
  while [ "$1" != -- ]; do before+=("$1") && shift; done
  shift
  mkdir -p "$folder"
  printf '%s\n' "$@" >"$folder/sites"
  start_ready ready "$folder/log" "${before[@]}" "$bin/origin" --sites "$folder/sites" --dir "$folder/o"
}
origin_of "$work/slow" prlimit --nofile=20000 -- 'http://slow.test/ 100 1000'
origin_of "$work/fast" -- 'http://fast.test/ 2 1000' 'https://fast.test/ 2 1000'
origin_of "$work/narrow" prlimit --nofile=64 -- 'http://narrow.test/ 2 1000'
# Workers have descriptors of their own, one task needs few: they all fit.
has_its_own() { [ "$1" = sequential ] || [ "${workers_of[$1]}" -gt 0 ]; }

few_descriptors() { # MODEL
  local origin=$work/slow/o
  ! has_its_own "$1" || origin=$work/fast/o
  run prlimit --nofile=48 "$bin/download" -m "$1" -W 200 -N 200 --origin "$origin" --json
  if has_its_own "$1"; then
    must_end 0
    must_count ok=200
    return
  fi
  must_end 5
  must_be_whole
  must_say 'Too many open files'
  must_hold "some fit" "$(count_of ok)" -gt 20
  must_hold "the others are told" $(($(count_of ok) + $(count_of resource))) = 200
}
few_but_enough() {
  run prlimit --nofile=48 "$bin/download" -m "$1" -W 20 -N 200 --origin "$work/fast/o" --json
  must_end 0
  must_count ok=200
}
each_model "out of descriptors" few_descriptors
each_model "few descriptors, and a width that fits" few_but_enough

one_refused() { # the second socket of a thread
  traced || { skip "strace is needed"; return; }
  [ "$1" != threads ] || { skip "strace counts the calls of each thread, which has one task"; return; }
  run "${tracer[@]}" -e trace=socket -e inject=socket:error=EMFILE:when=2 \
    "$bin/download" -m "$1" -W 1 -N 6 --origin "$work/fast/o" --json
  must_end 5
  must_count "ok=5 resource=1"
}
each_model "one socket is refused" one_refused

origin_narrow() {
  local width=300
  [ "${workers_of[$1]}" -eq 0 ] || width=100
  run "$bin/download" -m "$1" -W $width -N 300 --origin "$work/narrow/o" --json
  must_end 0
  must_count ok=300
}
AT_ONCE=1 each_model "the origin is out of descriptors" origin_narrow

crowd() {
  if has_its_own "$1"; then skip "each of its workers has descriptors of its own"; return; fi
  if [ "$1-$sanitized" = threads-yes ]; then skip "under a sanitizer they never begin so fast"; return; fi
  run prlimit --nofile=1000 "$bin/download" -m "$1" -W 10000 -N 10000 --origin "$work/slow/o" --json
  must_end 5
  must_be_whole
  must_hold "some fit" "$(count_of ok)" -gt 500
  must_hold "the others are told" $(($(count_of ok) + $(count_of resource))) = 10000
}
crowd_fits() {
  local width=500
  [ "$1" != sequential ] || { skip "10,000 waits of 100 ms, one after another"; return; }
  [ "$sanitized" = no ] || [ "${workers_of[$1]}" -eq 0 ] || width=50
  run prlimit --nofile=1000 "$bin/download" -m "$1" -W $width -N $((width * 20)) --origin "$work/slow/o" --json
  must_end 0
  must_count ok=$((width * 20))
}
AT_ONCE=1 each_model "10,000 sites at once" crowd
AT_ONCE=1 each_model "10,000 sites, 500 at once" crowd_fits

# ---- Threads and processes. ----

# What is started by which call, and how many are asked for.
refused() { # CALL WHEN COMMAND…
  run "${tracer[@]}" -e trace="$1" -e inject="$1:error=EAGAIN:when=$2" "${@:3}"
}
fewer_than_asked() { # MODEL
  traced || { skip "strace is needed"; return; }
  [ "$sanitized" = no ] || { skip "a sanitizer has threads of its own"; return; }
  ! in_one_thread "$1" || { skip "it starts nobody but for name look-ups"; return; }
  case $1 in
    threads)
      refused clone3 4+ "$bin/crawl" -m "$1" -N 8 -W 8 --unit 100ms --waits equal --json
      must_end 5
      must_count 'ok=3 resource=5'
      must_say '8 threads asked for, 3 got'
      ;;
    thread-pool) # those that it has do all, unless tasks wait for one another
      refused clone3 4+ "$bin/crawl" -m "$1" -N 8 -W 8 --unit 100ms --waits equal --json
      must_end 5
      must_count 'ok=8'
      must_say '8 threads asked for, 3 got'
      refused clone3 1+ "$bin/crawl" -m "$1" -N 8 -W 8 --unit 100ms --waits equal --json
      must_end 5
      must_say '8 threads asked for, 0 got'
      refused clone3 4+ "$bin/queue" -m "$1" --unit 1ms --json
      must_end 5
      must_say '4 threads asked for, 3 got'
      must_hold "one sentence" "$(wc -l <"$at/err")" = 1
      ;;
    *-per-core) # one loop is enough
      refused clone3 3+ "$bin/crawl" -m "$1" -N 8 --workers 8 --unit 20ms --waits equal --json
      must_end 5
      must_count 'ok=8'
      must_say '8 loops asked for, 3 got'
      ;;
    uv-pool)
      refused clone3 3+ "$bin/squares" -m "$1" --json 1000 1000 1000
      must_end 5
      must_count 'resource=3'
      must_say "4 threads for libuv's pool asked for, 2 got"
      ;;
    *)
      refused clone 3+ "$bin/crawl" -m "$1" -W 4 --unit 100ms --json
      must_end 5
      must_say '4 worker processes asked for, 2 got'
      must_hold "one sentence" "$(wc -l <"$at/err")" = 1
      ;;
  esac
  nothing_left
}
each_model "fewer threads or processes than asked for" fewer_than_asked

gone_meanwhile() { # libuv's own are refused, though they could be had when they were tried
  traced || { skip "strace is needed"; return; }
  [ "$1" = uv-pool ] || { skip "it has no pool of libuv's"; return; }
  [ "$sanitized" = no ] || { skip "a sanitizer has threads of its own"; return; }
  refused clone3 6+ "$bin/squares" -m "$1" --json 1000 1000 1000
  must_end 5
  must_say "4 threads for libuv's pool asked for, fewer got"
  nothing_left
}
each_model "the pool's threads are taken away" gone_meanwhile

look_up_refused() {
  traced || { skip "strace is needed"; return; }
  [ "$sanitized" = no ] || { skip "a sanitizer has threads of its own"; return; }
  refused clone3 1+ "$bin/download" -m "$1" --json --connect-to a.test:80:localhost:1 http://a.test/
  must_end 5
  [ "$1" = thread-pool ] || must_count 'resource=1' # it does not get so far
  must_say 'Resource temporarily unavailable'
  nothing_left
}
each_model "no thread for a name look-up" look_up_refused

# A worker that is lost when no other can be had: its place stays empty, which is told.
not_replaced() {
  no_workers "$1" && return
  traced || { skip "strace is needed"; return; }
  launch "${tracer[@]}" -e trace=clone -e inject=clone:error=EAGAIN:when=5+ \
    "$bin/crawl" -m "$1" -W 4 --unit 2 --json url_1 url_1 url_1 url_1 url_1 url_1 url_1 url_1
  local program
  for _ in $(seq 500); do
    program=$(workers "$pid" crawl)
    [ -z "$program" ] || break
    sleep 0.01
  done
  await_workers "$program" 4
  sleep 0.1
  kill -KILL "$(workers "$program" | head -n 1)"
  ended
  must_end 5
  must_count 'ok=7 worker_lost=1'
  must_say '4 worker processes asked for, 3 left after one was lost'
  nothing_left
}
each_model "a worker that is lost has no successor" not_replaced
settle

# The real limit, of a user who has nothing else: of all threads and processes.
as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
limited() {
  local limit=6
  [ "$(id -u)" -eq 0 ] || { skip "only root becomes somebody else"; return; }
  [ "$sanitized" = no ] || { skip "a sanitizer has threads of its own"; return; }
  "${as_nobody[@]}" prlimit --nproc=100 "$bin/crawl" --version >/dev/null 2>&1 ||
    { skip "others may not run programs of this folder"; return; }
  [ -z "$(pgrep -u 65534)" ] || { skip "that user has processes already"; return; }
  case $(in_one_thread "$1" && echo alone)-$1 in
    alone-*)
      run "${as_nobody[@]}" prlimit --nproc=1 "$bin/crawl" -m "$1" --unit 10ms --json
      must_end 0
      must_count ok=4
      ;;
    *-per-core)
      run "${as_nobody[@]}" prlimit --nproc=$limit "$bin/crawl" -m "$1" -N 20 --workers 20 --unit 20ms --json
      must_end 5
      must_count ok=20
      must_say "20 loops asked for, $limit got"
      ;;
    -uv-pool)
      for limit in 5 4; do
        for _ in 1 2 3 4 5 6 7 8 9 10; do
          run "${as_nobody[@]}" prlimit --nproc=$limit "$bin/squares" -m "$1" --json 1000 1000 1000
          must_end $((limit == 5 ? 0 : 5))
          must_count "$([ $limit = 5 ] && echo ok=3 || echo resource=3)"
        done
      done
      ;;
    -threads)
      run "${as_nobody[@]}" prlimit --nproc=$limit "$bin/crawl" -m "$1" -N 20 -W 20 --unit 200ms --json
      must_end 5
      must_count "ok=$((limit - 1)) resource=$((21 - limit))"
      must_say "20 threads asked for, $((limit - 1)) got"
      ;;
    -thread-pool)
      run "${as_nobody[@]}" prlimit --nproc=$limit "$bin/crawl" -m "$1" -N 20 -W 20 --unit 20ms --json
      must_end 5
      must_count ok=20
      must_say "20 threads asked for, $((limit - 1)) got"
      ;;
    *)
      run "${as_nobody[@]}" prlimit --nproc=$limit "$bin/crawl" -m "$1" -N 20 -W 20 --unit 200ms --json
      must_end 5
      must_say "20 worker processes asked for, $((limit - 1)) got"
      ;;
  esac
  nothing_left
}
AT_ONCE=1 each_model "the limit of processes" limited

# ---- Memory. ----

# The least with which the loader brings a program up.
least() { # KIND PROGRAM
  local kib
  for ((kib = 512; kib < 200000; kib += 256)); do
    prlimit "--$1=$((kib * 1024))" "$bin/$2" --version >/dev/null 2>&1 && break
  done
  echo "$kib"
}
declare -A least_of
if [ "$sanitized" = no ]; then
  for kind in as data; do
    for program in squares crawl queue download; do least_of[$kind-$program]=$(least $kind $program); done
  done
fi
starved() {
  local more kind command limit crowd=20000 short=0
  [ "$sanitized" = no ] || { skip "a sanitizer needs the address space"; return; }
  [ "${workers_of[$1]}" -eq 0 ] || crowd=4
  for kind in as data; do
    for command in 'squares 100000 100000' 'crawl --unit 10ms' 'queue --unit 1ms' \
      "download -N 40 -W 40 --origin $work/fast/o" "crawl -N $crowd -W $crowd --unit 1ms"; do
      case $1-$command in sequential-queue* | sequential-crawl\ -N*) continue ;; esac
      for more in 0 128 384 768 1536 4096; do
        limit=$(((${least_of[$kind-${command%% *}]} + more) * 1024))
        # shellcheck disable=SC2086  # several words
        run prlimit --$kind=$limit "$bin/${command%% *}" -m "$1" --json ${command#* }
        [[ " 0 1 5 " == *" $status "* ]] || echo "--$kind=$limit $command: exit status $status: $(head -c 200 "$at/err")"
        [ "$status" -eq 0 ] || [ -s "$at/err" ] || echo "--$kind=$limit $command: not a word"
        [ ! -s "$at/out" ] || must_be_whole
        [ "$status" -eq 0 ] || short=$((short + 1))
      done
    done
  done
  must_hold "memory was short in some" $short -gt 0
  nothing_left
}
each_model "out of memory" starved
settle

# ---- Interrupted. ----

interrupted() { # MODEL
  local signal number command told=0
  for command in "download -N 100000 -W 4 --origin $work/slow/o" 'queue --unit 20ms --items 50' \
    'squares 100000000000 1 5' 'crawl --unit 500ms'; do
    [ "$1-${command%% *}" != sequential-queue ] || continue
    for signal in INT:130 TERM:143; do
      number=${signal#*:}
      # shellcheck disable=SC2086  # several words
      launch "$bin/${command%% *}" -m "$1" --json ${command#* }
      sleep "$(printf '0.%03d' $((RANDOM % (300 * patience))))"
      kill "-${signal%:*}" "$pid"
      ended
      must_end "$number"
      if [ -s "$at/out" ]; then
        must_be_whole
        must_hold "$command: not complete" "$(jq .complete "$at/out")" = false
        told=$((told + 1))
      fi
      nothing_left
    done
  done
  must_hold "there were records" $told -gt 0
}
each_model "interrupted" interrupted

second_signal() {
  local from
  from=$(now_ms)
  kill -INT "$pid"
  ended
  must_end 130
  must_hold "at once" $(($(now_ms) - from)) -lt $((5000 * patience))
}

# The second signal ends it, wherever it is: here it cannot get rid of its record.
interrupted_twice() {
  [ $tsan = no ] || { skip "ThreadSanitizer holds signals back while it writes"; return; }
  local reader
  mkfifo "$at/pipe"
  exec {reader}<>"$at/pipe"
  head -c 65536 /dev/zero >&"$reader"
  out=$at/pipe launch "$bin/crawl" -m "$1" --unit 1 --json
  sleep $((patience))
  kill -INT "$pid"
  sleep 0.5
  kill -0 "$pid" 2>/dev/null || echo "it did not wait for its reader"
  second_signal
  exec {reader}>&-
  nothing_left
}
each_model "interrupted twice" interrupted_twice

# … or in a drain that waits for a worker that hears nothing.
interrupted_deaf() {
  no_workers "$1" && return
  launch "$bin/crawl" -m "$1" -W 4 --unit 1 --json
  await_workers "$pid" 4
  kill -STOP "$(workers "$pid" | head -n 1)"
  kill -INT "$pid"
  sleep 0.2
  kill -0 "$pid" 2>/dev/null || echo "it did not wait for its worker"
  second_signal
  nothing_left
}
each_model "interrupted twice, a worker is deaf" interrupted_deaf

# ---- The clock on the wall. ----

other_time() { # HOW COMMAND…: see tests/support/wall_clock.c
  run env WALL_CLOCK="$1" LD_PRELOAD="$(realpath "$bin")/wall_clock.so" "${@:2}"
}
clock_steps() { # MODEL
  local how
  [ "$sanitized" = no ] || { skip "a sanitizer is to be the first library"; return; }
  for how in 1000 jump; do
    other_time $how "$bin/crawl" -m "$1" --unit 50ms --json
    must_end 0
    must_count ok=4
    must_hold "clock $how: time is what it is" "$(jq '.wall_s >= 0.2 and .wall_s < 20' "$at/out")" = true
    other_time $how "$bin/download" -m "$1" -N 4 --idle-timeout 2 --connect-timeout 2 --max-time 5 \
      --origin "$work/slow/o" --json
    must_end 0
    must_count ok=4
    must_hold "clock $how: time is what it is" "$(jq '.wall_s >= 0.1 and .wall_s < 20' "$at/out")" = true
    other_time $how "$bin/crawl" -m "$1" --unit 1 --deadline 0.3 --json
    must_end 1
    must_be_whole
    must_hold "clock $how: its deadline is, too" "$(jq '.wall_s >= 0.2 and .wall_s < 20' "$at/out")" = true
  done
  other_time 1000 "$bin/crossover" run crawl -m "$1" -r 2 --observe 0 --no-trace --floors 0 --max-foreign 1000 \
    --time-budget 20 --out "$at/run" -- --unit 20ms
  must_end 0
  must_hold "the journal's times are what they are" \
    "$(jq -s '[.[] | select(.type == "launch") | .process_s | . > 0.05 and . < 20] | all' "$at/run/launches.jsonl")" = true
}
each_model "the clock steps" clock_steps

end_group
end_tests
