#!/usr/bin/env bash
# All faults under all models, in one command: each group of cases by itself, then how many cases,
# models and runs there were.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
case ${1:-} in
  -h | --help | '')
    cat <<'USAGE'
Usage: tests/faults/faults.sh BIN_DIR [REGEX]

Runs every case of faults whose name matches, under every registered model of the programs in BIN_DIR.
Exit status: 0 each ended as it must; 1 one did not; 2 usage.
USAGE
    [ -n "${1:-}" ]
    exit $((2 * $?))
    ;;
esac
status=0 total=0 failed=0
for group in "$here"/*.sh; do
  grep -q '^end_tests$' "$group" || continue # what the groups share
  output=$(bash "$group" "$@") || status=1
  echo "$output"
  total=$((total + $(grep -cE '^(not )?ok ' <<<"$output")))
  failed=$((failed + $(grep -c '^not ok ' <<<"$output")))
done
echo "faults: $total checks, $failed failed"
exit $status
