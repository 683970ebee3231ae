#!/usr/bin/env bash
# Whether the test engine finds what is planted: each bug within so many seeds; what it says replays
# it, twice the same; and without the bug the same seed is fine.
set -euo pipefail
cd "$(dirname "$0")"
bin=$1
count=0 failed=0

run() { # PROGRAM ARGUMENT…
  "$@" 2>&1 || true
}

# The failure that is told first, and what replays it. From 1 on, one after another, so that it is the
# same every time; few at first, as most bugs need no more.
find_bug() { # PROGRAM
  local seeds told
  for seeds in 100 10000; do
    told=$(run "$1" --seeds "$seeds" --first $((seeds / 2 + 1)))
    line=$(sed -n 's/^# replay: [^ ]* //p' <<<"$told" | head -n 1)
    said=$(grep -m 1 "^# seed " <<<"$told") && return
  done
  false
}

try() { # NAME
  local program=$bin/test_seeds_$1 line="" said="" arguments again
  find_bug "$program" || {
    echo "# $1 is not found"
    return 1
  }
  echo "# $1: $line: ${said#*: }"
  read -ra arguments <<<"$line"
  for _ in 1 2; do
    again=$(run "$program" "${arguments[@]}" | grep -m 1 "^# seed ") || true
    [ "$again" = "$said" ] || {
      echo "# replayed, it says: $again"
      return 1
    }
  done
  "$bin/test_seeds" "${arguments[@]}" >/dev/null || {
    echo "# without the bug that seed fails as well"
    return 1
  }
}

for script in *.sed; do
  name=${script%.sed}
  count=$((count + 1))
  if try "$name"; then
    echo "ok $count - $name is found and replayed"
  else
    echo "not ok $count - $name is found and replayed"
    failed=$((failed + 1))
  fi
done
echo "1..$count"
[ "$failed" -eq 0 ] && [ "$count" -gt 0 ]
