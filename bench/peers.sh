#!/usr/bin/env bash
# What a request costs the client: our models beside wrk, h2load, curl, Go and aiohttp, in one run of
# mirrored blocks a situation, against the same origin: plain and TLS, connections fresh and kept,
# sessions full and resumed, certificates verified or not. The figure is the CPU time of the client's
# whole process tree over the requests that it did. And OpenMP beside our models for squares.
# What the peers are and what each cannot do is prepare.sh's; the measuring is crossover's.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=bench/common.sh
. bench/common.sh

usage() {
  cat <<'EOT'
Usage: bench/peers.sh [OPTION…] [SITUATION…]
Situations, default all: plain-fresh plain-kept tls-fresh tls-fresh-unverified tls-kept
tls-kept-unverified tls-resumed tls-resumed-unverified squares

      --arms REGEX       only peers whose labels match; default all that are there
      --time-budget S    of a situation; default 120
      --requests N       of each launch; default 4096 plain and fresh, 768 fresh
                         TLS, 6144 resumed, 16384 kept
      --bin DIR          our own programs; default build/bin
      --out DIR          where the observations go; default results/<time>-peers
  -h, --help             this text

Exit status: 0 fine; 1 a bar is missed or a peer failed; 2 usage; 4 the machine was unfit; 5 something
is missing.
EOT
}

arms=. budget=120 requests='' bin=build/bin out=results/$(date -u +%Y%m%dT%H%M%SZ)-peers chosen=()
while [ $# -gt 0 ]; do
  case $1 in
    --arms | --time-budget | --requests | --bin | --out)
      [ -n "${2:-}" ] || die "$STATUS_USAGE" "$1 needs a value; see --help"
      case $1 in
        --time-budget) budget=$2 ;;
        *) printf -v "${1#--}" '%s' "$2" ;;
      esac
      shift
      ;;
    -h | --help)
      usage
      exit 0
      ;;
    -*) die "$STATUS_USAGE" "there is no option '$1'; see --help" ;;
    *) chosen+=("$1") ;;
  esac
  shift
done
all=(plain-fresh plain-kept tls-fresh tls-fresh-unverified tls-kept tls-kept-unverified tls-resumed
  tls-resumed-unverified squares)
[ "${#chosen[@]}" -gt 0 ] || chosen=("${all[@]}")
for situation in "${chosen[@]}"; do
  [[ " ${all[*]} " == *" $situation "* ]] ||
    die "$STATUS_USAGE" "there is no situation '$situation'; there are: ${all[*]}"
done
[ -x "$bin/crossover" ] || die "$STATUS_ENVIRONMENT" "'$bin' has no crossover; build the suite first"

mapfile -t cpus < <(own_cpus)
client_cpus=${cpus[0]}
[ "${#cpus[@]}" -lt 2 ] || client_cpus=$(IFS=,; echo "${cpus[*]::${#cpus[@]}-1}")
all_cpus=$(IFS=,; echo "${cpus[*]}")
work=$(mktemp -d /tmp/crossover-XXXXXX)
server=
stop_server() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  wait 2>/dev/null || true
  server=
}
trap 'stop_server; rm -rf "$work"' EXIT
printf 'http://plain.test/ 0 1024\nhttps://tls.test/ 0 1024\n' >"$work/sites"

start_server() { # TICKETS
  launch_origin "${cpus[-1]}" "$bin" "$work/origin" --sites "$work/sites" --tls-tickets "$1"
  server=$origin_pid
}

# The commands of a situation as options of crossover; those that are not there are told.
read_arms() { # OPTION… of prepare.sh
  local label command count
  arguments=()
  bench/peers/prepare.sh --bin "$bin" "$@" >"$work/arms"
  while IFS=$'\t' read -r label command count; do
    [[ $label =~ $arms ]] || continue
    if [[ $command == n/a:* ]]; then
      say "$situation: $label is $command"
    else
      arguments+=(--arm "$label=$command" --count "$count")
    fi
  done <"$work/arms"
}

worst=0
measure() { # METRIC OPTION… of crossover
  local status=0
  if [ "${#arguments[@]}" -eq 0 ]; then
    say "$situation: no peer's label matches '$arms'"
    return
  fi
  "$bin/crossover" run "${arguments[@]}" --metric "$1" --out "$out" --cell "$situation" \
    --time-budget "$budget" --observe 0 --no-trace --no-account "${@:2}" || status=$?
  [ "$status" -le 4 ] || exit "$status"
  [ "$status" -le "$worst" ] || worst=$status
}

run_situation() {
  local tickets=0 options=() scheme=${situation%%-*} connection=fresh
  if [ "$situation" = squares ]; then
    read_arms "$work" squares
    measure process_s
    return
  fi
  [[ $situation != *-kept* ]] || connection=kept options=(--requests 16384)
  [[ $situation != *-unverified ]] || options+=(--unverified)
  # The first connections have nothing to resume: among many they do not show.
  [[ $situation != *-resumed* ]] || tickets=1 options+=(--session resume --requests 6144)
  [ -z "$requests" ] || options+=(--requests "$requests")
  start_server "$tickets"
  taskset -cp "$client_cpus" $$ >/dev/null # for what prepare.sh tries out, and for the clients
  read_arms "${options[@]}" "$work" "$work/origin" "$scheme" "$connection"
  measure cpu_per_task_s --server "$server"
  taskset -cp "$all_cpus" $$ >/dev/null
  stop_server
}
for situation in "${chosen[@]}"; do
  run_situation
done

# ---- The bars. ----

missed=0
bar() { # SITUATION OURS THEIRS LIMIT
  local line ratio low high confidence blocks
  [[ " ${chosen[*]} " == *" $1 "* ]] || return 0
  line=$("$bin/crossover" show "$out" --metric cpu_per_task_s --ratio "$2:$3" |
    awk -F '\t' -v cell="$1" '$1 == cell')
  IFS=$'\t' read -r _ ratio low high confidence blocks <<<"$line"
  if [ "${ratio:--}" = - ]; then
    printf '%-24s %-4s over %-28s NOT MEASURED\n' "$1" "$2" "$3"
    missed=1
    return
  fi
  if awk -v c="$confidence" 'BEGIN {exit !(c < 0.95)}'; then
    printf '%-24s %-4s over %-28s %s blocks are too few; raise --time-budget\n' "$1" "$2" "$3" "$blocks"
    missed=1
    return
  fi
  local verdict=kept
  awk -v r="$ratio" -v l="$4" 'BEGIN {exit !(r <= l)}' || verdict=MISSED missed=1
  printf '%-24s %-4s over %-28s %s (%s to %s), at most %s: %s\n' "$1" "$2" "$3" "$ratio" "$low" \
    "$high" "$4" "$verdict"
}
printf '\nCPU a request of our loop over that of others, by blocks:\n'
bar plain-fresh uv "wrk, bodies unchecked" 1
bar plain-kept uv "wrk, bodies unchecked" 1
bar plain-kept uv "h2load, bodies unchecked" 0.9
bar tls-kept-unverified uv "wrk, bodies unchecked" 1
bar tls-kept-unverified uv "h2load, bodies unchecked" 0.9
bar tls-resumed-unverified uv "wrk, bodies unchecked" 1
say "Observations: $out"
[ "$worst" -eq 0 ] || exit "$worst"
exit "$missed"
