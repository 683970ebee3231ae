#!/usr/bin/env bash
# The price of the abstraction: `download` against its hand-written twins, per request, as user
# instructions (callgrind) and system calls (strace -c). Each figure is a slope: the difference between
# a long and a short run over the difference in requests, so that start-up cancels.
# Usage: tests/twins/price.sh [BIN_DIR]     exit 1 when a limit is exceeded
set -euo pipefail
cd "$(dirname "$0")/../.."
bin=${1:-build/bin}
for tool in valgrind strace; do
  command -v "$tool" >/dev/null || { echo "price: $tool is not installed" >&2; exit 5; }
done
work=$(mktemp -d)
trap 'kill "$origin" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
printf 'http://plain.test/ 0 1024\nhttps://tls.test/ 0 1024\n' >"$work/sites"
: >"$work/ready"
taskset -c "$(($(nproc) - 1))" "$bin/origin" --sites "$work/sites" --dir "$work/o" >"$work/ready" &
origin=$!
for _ in $(seq 100); do grep -q ready "$work/ready" && break; sleep 0.1; done

# command KIND(ours|twin) MODEL URL TASKS WIDTH REQUESTS
command_line() {
  if [ "$1" = ours ]; then
    echo "$bin/download -m $2 --origin $work/o -N $4 -W $5 --requests-per-connection $6 $3"
  else
    echo "$bin/twin_$2 $work/o $3 $4 $5 $6"
  fi
}
# shellcheck disable=SC2317  # called by its name, through slope
instructions() { # COMMAND…
  taskset -c 0 valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" 2>&1 >/dev/null |
    awk '/Collected/ {print $4}'
}
# shellcheck disable=SC2317
syscalls() { # COMMAND…: the total's calls
  taskset -c 0 strace -f -c -U calls,name -o "$work/strace" "$@" >/dev/null
  awk '$2 == "total" {print $1}' "$work/strace"
}
slope() { # MEASURE KIND MODEL URL FEW MANY WIDTH REQUESTS
  local few many
  # shellcheck disable=SC2046  # a command line is to be split
  few=$("$1" $(command_line "$2" "$3" "$4" "$5" "$7" "$8"))
  # shellcheck disable=SC2046
  many=$("$1" $(command_line "$2" "$3" "$4" "$6" "$7" "$8"))
  awk -v a="$few" -v b="$many" -v n="$((($6 - $5) * $8))" 'BEGIN {printf "%.3f", (b - a) / n}'
}

failed=0
printf '%-8s %-12s %-26s %14s %14s %12s  %s\n' model figure requests download twin difference limit
row() { # MODEL FIGURE REQUESTS OURS TWIN LIMIT
  local verdict
  verdict=$(awk -v o="$4" -v t="$5" -v l="$6" \
    'BEGIN {print l == "none" ? "for information" : (o - t <= l) ? "kept" : "EXCEEDED"}')
  [ "$verdict" != EXCEEDED ] || failed=1
  printf '%-8s %-12s %-26s %14.2f %14.2f %+12.2f  %s (%s)\n' "$1" "$2" "$3" "$4" "$5" \
    "$(awk -v o="$4" -v t="$5" 'BEGIN {print o - t}')" "$6" "$verdict"
}
for model in uv threads; do
  for kind in "plain,fresh http://plain.test/ 200 1200 1" "plain,kept http://plain.test/ 4 24 100" \
    "TLS,fresh https://tls.test/ 20 160 1" "TLS,kept https://tls.test/ 4 24 100"; do
    read -r what url few many requests <<<"$kind"
    ours=$(slope instructions ours "$model" "$url" "$few" "$many" 4 "$requests")
    twin=$(slope instructions twin "$model" "$url" "$few" "$many" 4 "$requests")
    case $what in
      plain,*) limit=500 ;;
      TLS,fresh) limit=$(awk -v t="$twin" 'BEGIN {printf "%.0f", t / 1000}') ;;
      *) limit=none ;;
    esac
    row "$model" instructions "$what" "$ours" "$twin" "$limit"
    ours=$(slope syscalls ours "$model" "$url" "$few" "$many" 4 "$requests")
    twin=$(slope syscalls twin "$model" "$url" "$few" "$many" 4 "$requests")
    row "$model" syscalls "$what" "$ours" "$twin" 0.2
  done
done
exit "$failed"
