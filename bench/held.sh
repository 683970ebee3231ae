# shellcheck shell=bash
# Requests that all wait at once, for what measures them: an origin that holds its answers back, and a
# look at the client's memory before the first of them comes. Sourced, not run; `bin` is set.
# shellcheck disable=SC2034  # what is set here is read by those who source this
# shellcheck source=bench/rounds.sh
. bench/rounds.sh
ulimit -n "$(ulimit -Hn)" # a connection is a descriptor, and so is its other end
trap 'kill "${origin_pid:-}" 2>/dev/null || true; wait; rm -rf "$work"' EXIT

# http and https://hold-S.test/ for each time: it is answered after so many seconds.
hold_answers() { # SECONDS…
  local seconds
  for seconds; do
    printf '%s://hold-%d.test/ %d 1024\n' http "$seconds" $((seconds * 1000)) \
      https "$seconds" $((seconds * 1000))
  done >"$work/sites"
  launch_origin "$(own_cpus | tail -n 1)" "$bin" "$work/origin" --sites "$work/sites"
}
# KiB resident in a process and its children, shared pages by their share. Kernel memory is not in it.
resident() { # PID
  local pids
  mapfile -t pids < <(echo "$1"; pgrep -P "$1")
  awk '$1 == "Pss:" {sum += $2} END {print sum}' "${pids[@]/%//smaps_rollup}"
}
# Starts a client and looks at it when nine tenths of the time are over: `resident_kib`. What it
# prints is in $work/out and $work/err; its exit status is the function's.
look_at() { # SECONDS COMMAND…
  "${@:2}" >"$work/out" 2>"$work/err" &
  local client=$!
  sleep "$(awk -v s="$1" 'BEGIN {print 0.9 * s}')"
  resident_kib=$(cd /proc && resident $client 2>/dev/null) || resident_kib=0
  wait $client
}
# N requests of a model that all wait at once: `resident_kib` then, and the record in $work/out. False
# when the program failed.
hold() { # MODEL http|https N SECONDS [OPTION…]
  look_at "$4" "$bin/download" -m "$1" --origin "$work/origin" --json -N "$3" -W "$3" \
    --connect-timeout 300 --idle-timeout 300 --max-time 600 "${@:5}" "$2://hold-$4.test/"
}
# The most that was resident, of the record in $work/out; 0 when it is spread over processes.
peak_bytes() {
  if [[ $(<"$work/out") == *'"peak_rss_largest_worker":null'* ]]; then
    figure peak_rss_main <"$work/out"
  else
    echo 0
  fi
}
# Whether all of them waited when they were looked at: the last answer came so long after its request.
all_waited() { # SECONDS
  awk -v wall="$(figure wall_s <"$work/out")" -v s="$1" 'BEGIN {exit !(wall - s < 0.8 * s)}'
}
