# shellcheck shell=bash
# What the end-to-end tests share. Sourced with $1 = the folder of the programs. Reports in the TAP
# form; end_tests gives the exit status.
bin=${1:?the folder of the programs}
work=$(mktemp -d)
started=()
# shellcheck disable=SC2317  # called by the trap
tidy() {
  local pid
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null; done
  wait 2>/dev/null
  rm -rf "$work"
}
trap tidy EXIT
count=0 failed=0

ok() { # NAME
  count=$((count + 1))
  echo "ok $count - $1"
}
not_ok() { # NAME SENTENCE
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
  [ "$failed" -eq 0 ] && [ "$count" -gt 0 ]
}
models() { "$bin/noop" --model list | awk '$2 != "unavailable:" {print $1}'; }

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
