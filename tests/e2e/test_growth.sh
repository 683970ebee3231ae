#!/usr/bin/env bash
# The sum of squares is computed, not guessed: time grows with n. A compiler that folds the loop into
# its closed form still gives the right sums, and only this finds it.
. "$(dirname "$0")/lib.sh"
user_s() { # N
  "$bin/squares" --json "$1" "$1" "$1" | sed -E 's/.*"user_s":([0-9.e-]+).*/\1/'
}
small=$(user_s 30000000) large=$(user_s 120000000)
if awk -v s="$small" -v l="$large" 'BEGIN {exit !(s > 0 && l / s > 2.5 && l / s < 6)}'; then
  ok "four times the number takes about four times as long ($small s, $large s)"
else
  not_ok "four times the number takes about four times as long" "$small s, $large s"
fi
end_tests
