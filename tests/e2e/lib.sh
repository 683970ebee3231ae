# shellcheck shell=bash
# What the end-to-end tests share. Sourced with $1 = the folder of the programs. Reports in the TAP
# form; end_tests gives the exit status.
bin=$(realpath "${1:?the folder of the programs}")
work=$(mktemp -d)
started=()
# shellcheck disable=SC2317  # called by the trap
tidy() {
  local pid
  kill "$watch" 2>/dev/null
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null; done
  wait 2>/dev/null
  rm -rf "$work"
}
trap tidy EXIT
count=0 failed=0

# ---- A program that hangs is a failed case: what it hung in is told, it is killed, the test goes on.

readonly SILENCE_MAX_S=150
descendants() { # PID: but for shells, which only wait for the others
  local pid
  for pid in $(pgrep -P "$1"); do
    [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = bash ] || echo "$pid"
    descendants "$pid"
  done
}
hung() {
  local pid
  echo "not ok - nothing was heard for $SILENCE_MAX_S s; the last case was $(cat "$work/alive")"
  : >"$work/hung"
  for pid in $(descendants $$); do
    echo "# $pid: $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null)"
    grep -E '^(State|PPid|Threads|SigPnd|ShdPnd|SigBlk)' "/proc/$pid/status" 2>/dev/null | sed 's/^/#   /'
    for task in "/proc/$pid/task/"*; do
      echo "#   thread ${task##*/}: $(cat "$task/wchan") in $(cat "$task/syscall")"
    done 2>/dev/null | head -n 12
    ! command -v gdb >/dev/null || gdb -p "$pid" -batch -ex 'thread apply all -s bt 12' 2>/dev/null |
      head -n 80 | sed 's/^/#   /'
  done
  for pid in $(descendants $$); do # but for what the test started to last
    [[ " ${started[*]} " == *" $pid "* ]] || kill -KILL "$pid" 2>/dev/null
  done
}
watch_over() {
  local never
  exec {never}<> <(:) # a wait without a process that would outlive us and hold our output open
  while :; do
    read -rt 5 -u "$never" || true
    [ $(($(date +%s) - $(stat -c %Y "$work/alive"))) -ge $SILENCE_MAX_S ] || continue
    hung
    : >"$work/alive"
  done
}
: >"$work/alive"
watch_over &
watch=$!

ok() { # NAME
  echo "$1" >"$work/alive"
  count=$((count + 1))
  echo "ok $count - $1"
}
not_ok() { # NAME SENTENCE
  echo "$1" >"$work/alive"
  count=$((count + 1)) failed=$((failed + 1))
  echo "not ok $count - $1"
  echo "# $2"
}
check() { # NAME WHAT-IT-IS WHAT-IT-MUST-BE
  if [ "$2" = "$3" ]; then
    ok "$1"
  else
    not_ok "$1" "got: $(head -c 600 <<<"$2")"
    echo "# expected: $(head -c 600 <<<"$3")"
  fi
}
figure() { # NAME: of the record on standard input
  sed -E "s/.*\"$1\":([^,}]*).*/\1/"
}
is() { # NAME VALUE CONDITION (of awk, on x)
  local name=$1 x=$2 condition=$3
  if [[ ! $x =~ ^-?[0-9.]+([eE][-+]?[0-9]+)?$ ]]; then
    not_ok "$name" "no figure: $x"
  elif awk -v x="$x" "BEGIN {exit !($condition)}"; then
    ok "$name"
  else
    not_ok "$name" "$x is not: $condition"
  fi
}
skip_all() {
  echo "1..0 # SKIP $1"
  exit 77
}
end_tests() {
  echo "1..$count"
  [ "$failed" -eq 0 ] && [ "$count" -gt 0 ] && [ ! -e "$work/hung" ]
}
# Those that run here, without those that only simulate, or with them.
listed_models() { "$bin/crossover" list --json | jq -r ".models[] | select(.unavailable == null$1) | .name"; }
models() { listed_models ' and (.simulated | not)'; }
all_models() { listed_models ''; }
# What a model says of itself, so that no test has to know its name.
can() { # MODEL CAPABILITY
  [ -n "${abilities:-}" ] ||
    abilities=$("$bin/crossover" list --json | jq -r '.models[] | ([.name] + .can + [""]) | join(" ")')
  grep -qE "^$1 (.* )?$2 " <<<"$abilities"
}
has_loop() { can "$1" concurrent && ! can "$1" preemptive; }
in_one_thread() { ! can "$1" parallel_steps && ! can "$1" parallel_compute; }

# Starts a program in the background that prints a line beginning with $1 when it is ready.
start_ready() { # WORD LOG COMMAND…
  local word=$1 log=$2
  shift 2
  "$@" >"$log" 2>"$log.err" &
  started+=($!)
  for _ in $(seq 300); do
    ! grep -q "^$word" "$log" || return 0
    sleep 0.02
  done
  echo "Bail out! $1 did not get ready: $(cat "$log.err")"
  exit 1
}
