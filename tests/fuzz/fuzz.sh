#!/usr/bin/env bash
# Fuzzes what reads foreign bytes, each fuzzer for a while, beginning with its committed inputs. What
# it finds stays in a folder; the committed corpus is only changed by --merge.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=bench/common.sh
. bench/common.sh

mapfile -t all < <(basename -s .c tests/fuzz/fuzz_*.c | sed 's/^fuzz_//')
usage() {
  cat <<EOF_USAGE
Usage: tests/fuzz/fuzz.sh [OPTION…] [NAME…]

      --time SECONDS  so long each; default 60
      --runs N        so many executions each, in place of a time
      --merge         add to the committed corpus what reaches more of the code than it does
      --keep DIR      crashes, leaks, timeouts and logs go there; default: a new folder, named at the end
      --no-install    do not install missing packages: name them, and end with 5
  -h, --help          this text

NAME: ${all[*]}; default all. Each input may take 5 s and 1 GiB.
Exit status: 0 nothing was found; 1 something was; 2 usage; 5 something is missing.
EOF_USAGE
}

seconds=60 runs='' merge=no keep='' install=yes names=()
number() { # OPTION VALUE
  [[ ${2-} =~ ^[1-9][0-9]{0,9}$ ]] || die "$STATUS_USAGE" "$1 takes a number above 0"
}
while [ $# -gt 0 ]; do
  case $1 in
    --time)
      number "$@"
      seconds=$2
      shift
      ;;
    --runs)
      number "$@"
      runs=$2
      shift
      ;;
    --keep)
      keep=${2:?--keep needs a folder}
      shift
      ;;
    --merge) merge=yes ;;
    --no-install) install=no ;;
    -h | --help)
      usage
      exit 0
      ;;
    -*) die "$STATUS_USAGE" "there is no option '$1'; see --help" ;;
    *)
      [[ " ${all[*]} " == *" $1 "* ]] || die "$STATUS_USAGE" "there is no fuzzer '$1'; see --help"
      names+=("$1")
      ;;
  esac
  shift
done
[ ${#names[@]} -gt 0 ] || names=("${all[@]}")

need_packages "$install" "${BUILD_PACKAGES[@]}" clang libclang-rt-14-dev
build_preset fuzz
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export TMPDIR=$work # for those that need files
if [ -z "$keep" ]; then
  keep=$(TMPDIR='' mktemp -d -t crossover-fuzz-XXXXXX)
fi
mkdir -p "$keep"

# Longer inputs cost more than they find: pages and requests are parsed several times.
longest() { # NAME
  case $1 in
    html) echo 600 ;;
    sites | request) echo 2000 ;;
    *) echo 4000 ;;
  esac
}
field() { # LOG NAME
  sed -nE "s/^stat::$2: +([0-9]+)\$/\\1/p" "$1" | tail -n 1
}

status=0
for name in "${names[@]}"; do
  program=build-fuzz/bin/fuzz_$name corpus=tests/fuzz/corpus/$name log=$keep/$name.log
  [ -x "$program" ] || die "$STATUS_ENVIRONMENT" "fuzz_$name was not built"
  mkdir -p "$work/$name"
  limit=(-max_total_time="$seconds")
  [ -z "$runs" ] || limit=(-runs="$runs")
  ended=0
  # A smaller quarantine than the usual 256 MiB: what is used after it was freed is found at once.
  ASAN_OPTIONS=detect_leaks=1:quarantine_size_mb=32:malloc_context_size=8 UBSAN_OPTIONS=print_stacktrace=1 \
    "$program" "${limit[@]}" -timeout=5 -rss_limit_mb=1024 -max_len="$(longest "$name")" \
    -dict="tests/fuzz/$name.dict" -artifact_prefix="$keep/$name-" -print_final_stats=1 \
    "$work/$name" "$corpus" >"$log" 2>&1 || ended=$?
  found=$(find "$keep" -maxdepth 1 -name "$name-*" -newer "$program" | wc -l)
  [ "$ended" -eq 0 ] || [ "$found" -gt 0 ] || found=1
  printf '%-10s %10s executions  %7s/s  %5s new entries  crashes, leaks, timeouts: %s\n' "$name" \
    "$(field "$log" number_of_executed_units)" "$(field "$log" average_exec_per_sec)" \
    "$(find "$work/$name" -type f | wc -l)" "$found"
  if [ "$found" -gt 0 ]; then
    status=1
    grep -hE '^(==[0-9]+==ERROR|SUMMARY|.*it does not hold|.*runtime error)' "$log" >&2 || tail -n 5 "$log" >&2
  elif [ "$merge" = yes ]; then
    before=$(find "$corpus" -type f | wc -l)
    "$program" -merge=1 -use_counters=0 -max_len=65536 "$corpus" "$work/$name" >>"$log" 2>&1 ||
      die "$STATUS_ENVIRONMENT" "the merge failed; see $log"
    say "$name: $(($(find "$corpus" -type f | wc -l) - before)) inputs added to $corpus"
  fi
done
if [ "$status" -eq 0 ]; then
  say "The logs are in $keep"
else
  say "What was found is in $keep: build-fuzz/bin/fuzz_NAME FILE shows it again"
fi
exit "$status"
