#!/usr/bin/env bash
# A model that the kernel refuses where it runs: it is listed with the reason, asked for it ends with
# one sentence and the environment's exit status, and nothing else runs in its place.
. "$(dirname "$0")/lib.sh"
models | grep -qx uring || skip_all "io_uring is not to be had here"
strace -o /dev/null -e trace=none true 2>/dev/null || skip_all "strace is needed"

# No leak can be looked for where another one traces already.
with() { # CALL:error=ERROR[:when=WHEN] COMMAND…
  ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 strace -f -qq -o /dev/null -e trace="${1%%:*}" \
    -e inject="$1" "${@:2}" 2>"$work/err"
}
is_refused() { # FAULT REASON
  local status=0
  check "$1: it is listed with the reason" "$(with "$1" "$bin/noop" -m list | sed -n 's/^uring *//p')" \
    "unavailable: $2"
  check "$1: so it is by the harness" \
    "$(with "$1" "$bin/crossover" list | sed -n 's/^ *uring *//p')" "unavailable: $2"
  with "$1" "$bin/noop" -m uring >"$work/out" || status=$?
  check "$1: who asks for it is told" "$status $(cat "$work/out" "$work/err")" \
    "5 noop: model uring is unavailable: $2"
  check "$1: the others are there" "$(with "$1" "$bin/noop" -m list | grep -c unavailable:)" \
    "$(($("$bin/noop" -m list | grep -c unavailable:) + 1))"
}
is_refused io_uring_setup:error=EPERM \
  "the kernel refuses io_uring: Operation not permitted (kernel.io_uring_disabled or a container's seccomp filter)"
is_refused io_uring_setup:error=ENOSYS \
  "the kernel refuses io_uring: Function not implemented (it was built without, or a container's seccomp filter)"
is_refused io_uring_register:error=EINVAL:when=2+ \
  "the kernel is too old: its io_uring does not have rings of buffers"

# Flags that only save time are done without; nothing changes.
with io_uring_setup:error=EINVAL:when=1 "$bin/noop" -m uring >"$work/out"
check "a kernel that knows fewer flags" "$? $(cat "$work/err")" "0 "

# What could be had a moment ago: refused when the run begins, and in its midst.
runs_short() { # FAULT PROGRAM REGEX
  local status=0
  with "$1" "$bin/$2" -m uring --json >"$work/out" || status=$?
  check "$1: $2 ends" "$status" 5
  check "$1: $2 says why" "$(head -n 1 "$work/err" | grep -cE "$3")" 1
}
runs_short io_uring_setup:error=ENOMEM:when=2+ noop 'could not be set up: Cannot allocate memory; raise the limits'
runs_short eventfd2:error=EMFILE noop 'could not be set up: Too many open files; raise the limits'
runs_short io_uring_register:error=ENOMEM:when=3+ download 'Cannot allocate memory'
end_tests
