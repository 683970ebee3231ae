#!/usr/bin/env bash
# All tests: style, unit, operations, contract, seeds and end to end. With --full also more seeds, a
# build by clang and the whole of it under AddressSanitizer with UndefinedBehaviorSanitizer, and under
# ThreadSanitizer.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=bench/common.sh
. bench/common.sh

usage() {
  cat <<'EOF'
Usage: ./run_tests.sh [OPTION…]

      --full         also 10,000 seeds of every workload, clang, and all of it again under ASan
                     with UBSan, and under TSan
      --share M      of what --full runs again, an Mth part beside the unit tests: which one, the
                     commit's own hash decides, so that commits take turns
      --only REGEX   these tests alone, by their CTest names
      --no-install   do not install missing packages: name them, and end with 5
  -h, --help         this text

Ends with a line "N passed, N failed". Exit status: 0 all passed; 1 some failed; 2 usage; 5 something
is missing.
EOF
}

full=no install=yes only=. share=1
while [ $# -gt 0 ]; do
  case $1 in
    --full) full=yes ;;
    --no-install) install=no ;;
    --share)
      share=${2:?--share needs a value}
      [[ $share =~ ^[1-9][0-9]?$ ]] || die "$STATUS_USAGE" "--share takes a number from 1 to 99"
      shift
      ;;
    --only)
      only=${2:?--only needs a value}
      shift
      ;;
    -h | --help)
      usage
      exit 0
      ;;
    *) die "$STATUS_USAGE" "there is no option '$1'; see --help" ;;
  esac
  shift
done
packages=("${BUILD_PACKAGES[@]}" libcmocka-dev nginx-light curl openssl procps shellcheck clang-format
  python3-jsonschema iproute2 jq strace gnuplot-nox)
[ "$full" = no ] || packages+=(clang libclang-rt-14-dev)
need_packages "$install" "${packages[@]}"

passed=0 failed=0
verdict() { # NAME STATUS
  if [ "$2" -eq 0 ]; then
    passed=$((passed + 1))
    say "ok: $1"
  else
    failed=$((failed + 1))
    say "FAILED: $1"
  fi
}

# ---- Style. ----

# The project's own files of a kind, with git or without it.
tracked() { # PATTERN
  git ls-files -co --exclude-standard "$1" 2>/dev/null ||
    find . -path './build*' -prune -o -name "$1" -print
}
style_status=0
tracked '*.[ch]' | xargs clang-format --dry-run --Werror || style_status=1
verdict "clang-format" "$style_status"
style_status=0
tracked '*.sh' | xargs shellcheck .ci/run || style_status=1
verdict "shellcheck" "$style_status"

# ---- Suites. ----

# The tests whose turn it is not, as a regular expression; nothing when all are to run. Unit tests and
# corpora are quick: it is always theirs.
not_our_turn() { # FOLDER
  local turn
  [ "$share" -gt 1 ] || return 0
  turn=$(git rev-parse --short=6 HEAD 2>/dev/null) || turn=$(date +%j | sed 's/^0*//')
  turn=$((16#$turn % share))
  ctest --test-dir "$1" -N -R "$only" 2>/dev/null |
    sed -nE 's/^ *Test +#[0-9]+: (.*)$/\1/p' | { grep -vE '^(unit|fuzz)\.' || true; } |
    awk -v share="$share" -v turn="$turn" 'NR % share != turn {print "^" $1 "$"}' | paste -sd '|'
}

# Builds a preset, runs its tests, counts what they report one by one: TAP lines and cmocka's.
run_suite() { # PRESET [CMAKE_OPTION…]
  local preset=$1 status=0 log folder=build-$1 bad others=
  build_preset "$@" -DCROSSOVER_WERROR=ON -DCROSSOVER_TESTS=ON
  [ "$preset" = dev ] || others=$(not_our_turn "$folder")
  say "Testing (preset $preset)${others:+, but for ${others//[^a-z0-9._|]/}}"
  ctest --test-dir "$folder" -j "$(nproc)" --output-on-failure -R "$only" ${others:+-E "$others"} >&2 || status=1
  log=$folder/Testing/Temporary/LastTest.log
  passed=$((passed + $(grep -c '^ok ' "$log") +
    $(sed -nE 's/^\[  PASSED  \] ([0-9]+) test\(s\)\.$/\1/p' "$log" | awk '{n += $1} END {print n + 0}')))
  bad=$(($(grep -c '^not ok ' "$log" || true) +
    $(sed -nE 's/^ ?([0-9]+) FAILED TEST\(S\)$/\1/p' "$log" | awk '{n += $1} END {print n + 0}')))
  # A test program that died without reporting a case is a failure as well.
  [ "$status" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
  failed=$((failed + bad))
}

run_suite dev
if [ "$full" = yes ]; then
  status=0
  build-dev/bin/test_seeds --seeds 10000 >&2 || status=1
  verdict "10,000 seeds of every workload" "$status"
  status=0
  mkdir -p build-clang
  if ! { CC=clang cmake -S . -B build-clang -G Ninja -DCROSSOVER_WERROR=ON &&
    cmake --build build-clang; } >build-clang/build.log 2>&1; then
    status=1
    tail -n 30 build-clang/build.log >&2
  fi
  verdict "clang builds it without a warning" "$status"
  # The compiler's own check that the loop of squares is not folded is a test: clang would fold it.
  status=0
  bash tests/e2e/test_growth.sh build-clang/bin >&2 || status=1
  verdict "squares' loop survives clang" "$status"
  for preset in asan tsan; do
    # Not by -DCMAKE_C_COMPILER: given again, it makes CMake forget the preset's variables.
    CC=clang run_suite "$preset"
    sanitized=0
    grep -q '^CROSSOVER_SANITIZE:STRING=.' "build-$preset/CMakeCache.txt" || sanitized=1
    verdict "preset $preset is sanitized" "$sanitized"
  done
fi
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
