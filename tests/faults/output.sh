#!/usr/bin/env bash
# Faults of what is written and read: readers that have had enough, streams that are closed, disks that
# are full, writers that are killed, results that are none. SEED=N repeats what is random.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/e2e/lib.sh
. "$here/../e2e/lib.sh"
group=output
# shellcheck source=tests/faults/runs.sh
. "$here/runs.sh"
bin=$(realpath "$bin") reference=$(realpath "$here/../../results/reference")

mkdir -p "$work/web"
start_ready ready "$work/web/log" "$bin/origin" --dir "$work/web/o"
programs=('noop -N 50' 'crawl --unit 1ms' 'gather --unit 300ms' 'order --unit 30ms' 'queue --unit 1ms'
  'race --increments 1000' 'switch --handoffs 100 --spawns 10' 'squares 1000'
  "download --origin $work/web/o" "movies --origin $work/web/o --films 3")
# Calls a function with the words of each program that the model can run.
each_program() { # MODEL FUNCTION
  local program words
  for program in "${programs[@]}"; do
    read -ra words <<<"$program"
    "$bin/${words[0]}" -m list | grep -qE "^$1 +(n/a|unavailable)" && continue
    "$2" "$bin/${words[0]}" -m "$1" "${words[@]:1}" | sed "s|^|${words[0]}: |"
  done
}
ended_with() { # WHAT STATUS: of $at/status, without a word
  [ "$(cat "$at/status")" = "$2" ] && [ ! -s "$at/err" ] ||
    echo "$1: exit status $(cat "$at/status"), not $2, or a word: $(head -c 200 "$at/err")"
}
complains() { # WHAT STATUS PATTERN: one sentence
  [ "$(cat "$at/status")" = "$2" ] && [ "$(wc -l <"$at/err")" = 1 ] && grep -qE -- "$3" "$at/err" ||
    echo "$1: exit status $(cat "$at/status"), not $2, or no line like '$3': $(head -c 200 "$at/err")"
}
# Runs it with its streams as they are; a limit, for what hangs.
attempt() {
  timeout -k 5 60 "$@"
  echo $? >"$at/status"
}

# ---- A reader that has had enough. ----

cut_short() { # COMMAND…
  attempt "$@" 2>"$at/err" | true
  ended_with "text | true" 0
  attempt "$@" 2>"$at/err" | head -n 1 >/dev/null
  ended_with "text | head -n 1" 0
  attempt "$@" --json 2>"$at/err" | true
  ended_with "--json | true" 0
  : >"$at/err"
  attempt "$@" --log 2>&1 >/dev/null | true
  ended_with "--log | true" 0
}
cut_short_of() { each_program "$1" cut_short; }
each_model "cut short" cut_short_of

# ---- Closed streams. ----

closed() { # COMMAND…
  attempt "$@" --json >&- 2>"$at/err"
  complains "stdout is closed" 6 'standard output could not be written'
  attempt "$@" --json 2>&- >"$at/out"
  [ "$(cat "$at/status")" = 0 ] && [ "$(jq -s length "$at/out" 2>&1)" = 1 ] ||
    echo "stderr is closed: exit status $(cat "$at/status"): $(head -c 200 "$at/out")"
  attempt "$@" --log 2>&- >"$at/out"
  [ "$(cat "$at/status")" = 6 ] || echo "no log, and exit status $(cat "$at/status")"
  attempt "$@" --json >&- 2>&- <&-
  [ "$(cat "$at/status")" = 6 ] || echo "all are closed: exit status $(cat "$at/status")"
}
closed_of() { each_program "$1" closed; }
each_model "a stream is closed" closed_of

numbers() { # no descriptor of ours gets the number of a stream
  # shellcheck disable=SC2016  # expanded by the inner shell
  attempt env "ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0" strace -f -qq -o "$at/trace" -e trace=socket,accept4,epoll_create1,eventfd2,pipe2,memfd_create \
    sh -c 'exec "$@" >&- 2>&- <&-' - "$@" >/dev/null 2>&1
  grep -E '(socket|accept4|epoll_create1|eventfd2|memfd_create)\(.* = [0-2]$|\[[0-2],|, [0-2]\]' "$at/trace" | head -n 2
}
numbers_of() {
  strace -o /dev/null true 2>/dev/null || { skip "strace is needed"; return; }
  each_program "$1" numbers
}
each_model "a stream is closed: nothing takes its number" numbers_of
AT_ONCE=1 settle

# ---- A full disk. ----

full() { # COMMAND…
  local option
  for option in '' --json --help --version '-m list'; do
    # shellcheck disable=SC2086  # none, one or two
    attempt "$@" $option >/dev/full 2>"$at/err"
    complains "$option >/dev/full" 6 'standard output could not be written: No space left on device'
  done
  for option in --log --account; do
    attempt "$@" "$option" >/dev/null 2>/dev/full
    [ "$(cat "$at/status")" = 6 ] || echo "$option on a full disk: exit status $(cat "$at/status")"
  done
}
full_of() { each_program "$1" full; }
each_model "a full disk" full_of
settle

# ---- The origin and crossover: they know no model. ----

MODELS=("no model")
others() { # FUNCTION: with each of their ways to print
  "$1" "$bin/origin" --help
  "$1" "$bin/origin" --faults
  "$1" "$bin/crossover" --help
  "$1" "$bin/crossover" list
  "$1" "$bin/crossover" show "$reference"
  "$1" "$bin/crossover" show "$reference" --json
  "$1" "$bin/crossover" show "$reference" --costs --histogram
  "$1" "$bin/crossover" environment
}
quick=(noop -m "uv,threads" --max-foreign 1000 --observe 0 --no-trace --floors 0 -r 4)
cut_other() {
  local reader
  for reader in true 'head -n 1'; do
    attempt "$@" 2>"$at/err" | $reader >/dev/null
    ended_with "$* | $reader" 0
  done
}
others_cut_short() {
  others cut_other
  attempt "$bin/crossover" run "${quick[@]}" --out "$at/cut" -- -N 5 2>"$at/err" | true
  [ "$(cat "$at/status")" = 0 ] && tail -n 1 "$at/cut/launches.jsonl" | grep -q '"type":"account"' ||
    echo "run | true: exit status $(cat "$at/status")"
  attempt "$bin/origin" 2>"$at/err" | true
  ended_with "origin | true" 0
}
each_model "origin and crossover: cut short" others_cut_short

close_other() {
  attempt "$@" >&- 2>"$at/err"
  complains "$* >&-" 6 'standard output could not be written'
  attempt "$@" >/dev/full 2>"$at/err"
  complains "$* >/dev/full" 6 'standard output could not be written: No space left on device'
  attempt "$@" 2>&- >"$at/out"
  [ "$(cat "$at/status")" = 0 ] && [ -s "$at/out" ] || echo "$* 2>&-: exit status $(cat "$at/status")"
}
others_closed() {
  others close_other
  mkdir "$at/tmp"
  for stream in '>&-' '>/dev/full'; do
    TMPDIR=$at/tmp attempt sh -c "exec '$bin/origin' $stream" 2>"$at/err"
    complains "origin $stream" 6 'standard output could not be written'
    must_hold "its files are gone" -z "$(ls "$at/tmp")"
  done
  # The journal is not what is written to in place of a stream.
  local want
  for stream in '2>&- <&-' '>&-'; do
    # shellcheck disable=SC2016  # expanded by the inner shell
    attempt sh -c 'streams=$1; shift; eval "exec \"\$@\" $streams"' - "$stream" \
      "$bin/crossover" run "${quick[@]}" --out "$at/closed" -- -N 5 >"$at/out" 2>"$at/err"
    want=0
    [ "$stream" != '>&-' ] || want=6
    [ "$(cat "$at/status")" = $want ] || echo "run $stream: exit status $(cat "$at/status")"
    grep -v '^{.*}$' "$at/closed/launches.jsonl" | sed 's/^/in the journal: /'
    rm -r "$at/closed"
  done
}
each_model "origin and crossover: streams that are closed or full" others_closed

# A small file system, as root or as root of a user namespace.
on_small_disk() { # COMMAND…: in a shell in which $at/disk has 32 KiB
  mkdir -p "$at/disk"
  # shellcheck disable=SC2016  # expanded by the inner shell
  unshare -m sh -c 'mount -t tmpfs -o size=32k none "$1" && shift && exec "$@"' - "$at/disk" "$@"
}
small_disk() {
  on_small_disk true 2>/dev/null || { skip "no tmpfs can be mounted: run it as root"; return; }
  local form
  for form in json csv markdown; do
    # What was there before fills a part of it, and stays.
    attempt_small "$form"
    complains "--export-$form" 6 "disk/file' cannot be written: No space left on device"
    cmp -s "$at/kept" <(yes | head -c 8000) || echo "--export-$form: the old file is not whole"
    must_hold "--export-$form: nothing else is left" "$(cat "$at/listed")" = file
  done
  # shellcheck disable=SC2016
  on_small_disk sh -c 'head -c 32768 /dev/zero >"$1/ballast"; "$2" --dir "$1/o" >/dev/null; echo $? >"$3"; ls "$1/o" >"$4" 2>&1' \
    - "$at/disk" "$bin/origin" "$at/status" "$at/listed" 2>"$at/err"
  complains "origin --dir" 6 "'.*/disk/o/[a-z.-]+' could not be written: No space left on device|directory .* cannot be made: No space"
  grep -q 'No such file' "$at/listed" || echo "origin --dir: left: $(cat "$at/listed")"
}
attempt_small() { # FORM: sets $at/status, kept, listed
  # shellcheck disable=SC2016
  on_small_disk sh -c 'yes | head -c 8000 >"$1/file"; head -c 22000 /dev/zero >"$5"
    "$2" show "$3" "--export-$4" "$1/file" >/dev/null; echo $? >"$6/status"
    cp "$1/file" "$6/kept"; rm -f "$5"; ls -A "$1" >"$6/listed"' \
    - "$at/disk" "$bin/crossover" "$reference" "$1" "$at/disk/ballast" "$at" 2>"$at/err"
}
each_model "a small disk" small_disk

# ---- Killed while writing. ----

killed_writing() {
  local i form took left=0 old slowed=()
  # Writing is over in a moment: each call is made to take longer.
  ! strace -o /dev/null true 2>/dev/null ||
    slowed=(env "ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0" strace -qq -o /dev/null -e trace="write,fsync"
      -e inject="write,fsync:delay_exit=400")
  echo old >"$at/old"
  for form in json csv markdown; do
    took=$(date +%s%3N)
    timeout 60 "${slowed[@]}" "$bin/crossover" show "$reference" "--export-$form" "$at/whole" >/dev/null
    took=$(($(date +%s%3N) - took + 2))
    old=0
    for ((i = 0; i < 10 || (old == 0 && i < 40); i++)); do # on a machine that is now fast, now slow
      cp "$at/old" "$at/file"
      "${slowed[@]}" "$bin/crossover" show "$reference" "--export-$form" "$at/file" >/dev/null 2>&1 &
      sleep "$(awk -v t=$took -v r=$RANDOM -v i=$i 'BEGIN {print t * (i < 10 ? 0.3 + 0.75 * r / 32768 : r / 65536) / 1000}')"
      kill -KILL "$(workers $! | head -n 1)" 2>/dev/null || kill -KILL $! 2>/dev/null
      { wait $!; } 2>/dev/null
      if cmp -s "$at/file" "$at/old"; then
        old=$((old + 1))
      elif ! cmp -s "$at/file" "$at/whole"; then
        echo "--export-$form: neither the old file nor the new one: $(wc -c <"$at/file") bytes"
      fi
    done
    left=$((left + $(find "$at" -name '*.part' | wc -l)))
    must_hold "some were killed before the end" "$old" -gt 0
  done
  must_hold "hardly anything is left over" "$left" -le 2
}
each_model "killed while writing" killed_writing
[ "$sanitized" = no ] || settle # or too long nothing would be heard

# ---- Results that are none. ----

journal_of() { # FILE: a short run's
  "$bin/crossover" run noop -m uv --max-foreign 1000 --observe 0 --no-trace --floors 0 -r 2 --out "$at/short" \
    -- -N 5 >/dev/null 2>&1
  cp "$at/short/launches.jsonl" "$1"
}
shows() { # sets status; writes $at/out, $at/err
  status=0
  timeout -k 5 20 "$bin/crossover" show "$at/run" >"$at/out" 2>"$at/err" || status=$?
}
# What is torn is passed over: it is shown as what is whole of it.
cut_journal() { # JOURNAL STEP
  local size at_byte lines last=-1 want torn
  size=$(stat -c %s "$1")
  for ((at_byte = size; at_byte >= 0; at_byte -= (size - at_byte < 40 ? 1 : $2))); do
    head -c "$at_byte" "$1" >"$at/run/launches.jsonl"
    lines=$(wc -l <"$at/run/launches.jsonl")
    shows
    [ $status -eq 0 ] || [ $status -eq 4 ] || [ $status -eq 1 ] || echo "cut at byte $at_byte: exit status $status"
    [ $status -ne 4 ] || [ "$(wc -l <"$at/err")" = 1 ] || echo "cut at byte $at_byte: $(wc -l <"$at/err") sentences"
    if [ "$lines" != "$last" ]; then
      head -n "$lines" "$1" >"$at/run/launches.jsonl"
      mv "$at/out" "$at/torn"
      torn=$status
      shows
      cp "$at/out" "$at/whole"
      [ "$torn" = "$status" ] && cmp -s "$at/torn" "$at/whole" || echo "cut at byte $at_byte: not as its $lines whole lines"
      last=$lines want=$status
    else
      [ "$status" = "$want" ] && cmp -s "$at/out" "$at/whole" || echo "cut at byte $at_byte: not as its $lines whole lines"
    fi
  done
}
torn() {
  mkdir "$at/run"
  journal_of "$at/journal"
  cut_journal "$at/journal" 61
  [ "$sanitized" = no ] || return 0 # which takes minutes
  cut_journal "$reference/launches.jsonl" $(($(stat -c %s "$reference/launches.jsonl") / 12))
}
each_model "a journal that is cut at any byte" torn
[ "$sanitized" = no ] || settle # or too long nothing would be heard

refuses() { # NAME: what is in $at/run
  shows
  [ "$status" -eq 4 ] && [ "$(wc -l <"$at/err")" = 1 ] && [ ! -s "$at/out" ] ||
    echo "$1: exit status $status, not 4 with one sentence: $(head -c 200 "$at/err")"
  [ "$1" != "an empty file" ] || return 0
  timeout -k 5 20 "$bin/crossover" run noop -m uv --max-foreign 1000 --observe 0 --no-trace --floors 0 -r 2 \
    --out "$at/run" -- -N 5 >"$at/out" 2>"$at/err" </dev/null
  case $? in 4 | 6) ;; *) echo "$1: run ends with it as if it were its own" ;; esac
}
refuses_journal() { # NAME: standard input is the journal
  rm -rf "$at/run/launches.jsonl"
  cat >"$at/run/launches.jsonl"
  refuses "$1"
}
garbage() {
  local name
  mkdir "$at/run"
  journal_of "$at/journal"
  head -c 20000 "$bin/noop" | refuses_journal "a program"
  head -c 5000 /dev/urandom | sed 's/$/\n/' | refuses_journal "noise"
  echo '[]' | refuses_journal "a list"
  echo '1' | refuses_journal "a number"
  echo '{}' | refuses_journal "an object without a type"
  echo '{"type":"launch"}' | refuses_journal "a launch of nothing"
  echo '{"type":null}' | refuses_journal "a type that is null"
  printf '{"type":"session","a":1}\n\n{"type":"end"}\n' | refuses_journal "an empty line"
  sed 's/"schema_version":1/"schema_version":2/' "$at/journal" | refuses_journal "another schema"
  sed 's/"schema_version":1/"schema_version":"1"/' "$at/journal" | refuses_journal "a schema that is a text"
  sed -E '1s/"type"/"type":"cell","type"/' "$at/journal" | refuses_journal "a key twice"
  sed -E 's/("label":")uv/\1u\\u0000v/' "$at/journal" | refuses_journal "a label with a zero byte"
  sed -E 's/"process_s":[0-9.e-]+/"process_s":1e999/' "$at/journal" | refuses_journal "a figure beyond all figures"
  { head -n 2 "$at/journal"; head -c 100000 /dev/zero | tr '\0' '['; echo; } | refuses_journal "brackets without end"
  printf '{"type":"launch"\0}\n' | refuses_journal "a zero byte"
  : | refuses_journal "an empty file"
  rm "$at/run/launches.jsonl"
  mkdir "$at/run/launches.jsonl"
  refuses "a folder"
  rmdir "$at/run/launches.jsonl"
  mkfifo "$at/run/launches.jsonl"
  refuses "a pipe"
  rm "$at/run/launches.jsonl"
  ln -s /dev/zero "$at/run/launches.jsonl"
  refuses "a device"
  rm "$at/run/launches.jsonl"
  # One byte is another: it is refused, or read as something that can be; never a crash.
  local size i
  size=$(stat -c %s "$at/journal")
  for ((i = 0; i < 150; i++)); do
    cp "$at/journal" "$at/run/launches.jsonl"
    printf '%b' "\\x$(printf %x $((RANDOM % 256)))" |
      dd of="$at/run/launches.jsonl" bs=1 seek=$((RANDOM * 32768 % size + RANDOM % 100)) conv=notrunc status=none
    shows
    case $status in
      0 | 1) ;;
      4) [ "$(wc -l <"$at/err")" = 1 ] || echo "change $i: $(wc -l <"$at/err") sentences" ;;
      *) echo "change $i: exit status $status" && cp "$at/run/launches.jsonl" "$work/change-$i" ;;
    esac
  done
}
each_model "results that are none" garbage

second_run() {
  local first second=0
  "$bin/crossover" run crawl -m uv --max-foreign 1000 --observe 0 --no-trace --floors 0 -r 1000 --out "$at/two" \
    -- --unit 10ms >/dev/null 2>&1 &
  first=$!
  until [ -s "$at/two/launches.jsonl" ]; do sleep 0.02; done
  timeout 20 "$bin/crossover" run crawl -m uv --out "$at/two" >"$at/out" 2>"$at/err" </dev/null || second=$?
  kill -INT $first
  { wait $first; } 2>/dev/null
  must_hold "it is refused" $second = 2
  must_hold "in one sentence" "$(wc -l <"$at/err")" = 1
  must_say "two/launches.jsonl' is in use by another run, process $first; wait for it, or name another folder"
}
each_model "two runs in one folder" second_run
settle

MODELS=()
end_group
end_tests
