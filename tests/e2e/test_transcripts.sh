#!/usr/bin/env bash
# What the programs print against the notes' own text (tests/e2e/notes/, copied from them): to the
# byte where it is deterministic, line for line in any order where tasks run beside each other.
. "$(dirname "$0")/lib.sh"
notes=$(dirname "$0")/notes

[ -n "$(models)" ] || {
  echo 'Bail out! no model'
  exit 1
}
in_turn() { has_loop "$1" && ! can "$1" parallel_steps; } # a loop, and only one
lines() { sed '/^Wall time/,$d'; } # without the closing lines
drawn() { sed 's/val: .*/val: V/'; }
who() { sed 's/_. \(...\).*/ \1/'; }
peak() { grep -o '"peak_live_tasks":[0-9]*' | cut -d: -f2; }

for model in $(models); do
  # Section 1: crawl.
  at_once=$("$bin/crawl" -m "$model" --unit 50ms | lines)
  blocking=$("$bin/crawl" -m "$model" --blocking --unit 50ms | lines)
  peak=$("$bin/crawl" -m "$model" --unit 50ms --json | peak)
  peak_blocking=$("$bin/crawl" -m "$model" --blocking --unit 50ms --json | peak)
  case $(has_loop "$model" && echo loop)-$model in
    -sequential)
      check "$model: crawl, one after another" "$at_once" "$(cat "$notes/crawl-in-turn.txt")"
      check "$model: crawl --blocking is the same" "$blocking" "$at_once"
      check "$model: crawl, one alive at a time" "$peak $peak_blocking" "1 1"
      ;;
    loop-*)
      check "$model: crawl, all at once" "$(sort <<<"$at_once")" "$(sort "$notes/crawl-at-once.txt")"
      blocked=1 # those that hold, at once: one a loop
      ! can "$model" parallel_steps || blocked=$(nproc)
      check "$model: crawl, four alive at once, blocking as many as loops" "$peak $peak_blocking" \
        "4 $((blocked < 4 ? blocked : 4))"
      ! in_turn "$model" || check "$model: crawl, in the order of their waits" "$at_once" \
        "$(cat "$notes/crawl-at-once.txt")"
      ! in_turn "$model" || check "$model: crawl --blocking, the async that isn't" "$blocking" \
        "$(cat "$notes/crawl-in-turn.txt")"
      ;;
    *)
      check "$model: crawl, all at once, in any order" "$(sort <<<"$at_once")" \
        "$(sort "$notes/crawl-at-once.txt")"
      check "$model: crawl --blocking, at once as well" "$(sort <<<"$blocking")" \
        "$(sort "$notes/crawl-at-once.txt")"
      check "$model: crawl, four alive at once, blocking too" "$peak $peak_blocking" "4 4"
      ;;
  esac

  # Section 2: order.
  status=0
  out=$("$bin/order" -m "$model" --runs 10 --unit 50ms) || status=$?
  check "$model: order verifies" "$status" 0
  if in_turn "$model"; then
    check "$model: order, every time" "$(lines <<<"$out")" "10 of 10:
$(cat "$notes/order.txt")"
  elif [ "$model" = sequential ]; then
    check "$model: order, what a reader predicts" "$(lines <<<"$out")" "10 of 10:
before await
worker_1 start
worker_1 done
awaited worker_1
worker_2 start
worker_2 done
awaited worker_2"
  else
    check "$model: order, the counts add up" \
      "$(sed -nE 's/^([0-9]+) of 10:$/\1/p' <<<"$out" | awk '{n += $1} END {print n}')" 10
    check "$model: order, every line in each" "$(lines <<<"$out" | grep -v ' of 10:' | sort | uniq -c | awk 'NF > 1 {print $1}' | sort -u)" \
      "$(grep -c ' of 10:' <<<"$out")"
  fi

  # Section 3: gather.
  check "$model: gather --return-exceptions" \
    "$("$bin/gather" -m "$model" --return-exceptions --unit 100ms | lines)" \
    "$(cat "$notes/gather.txt")"
  check "$model: gather, the first error ends it, all are awaited" \
    "$("$bin/gather" -m "$model" --unit 100ms | lines)" \
    "ZeroDivisionError: division by zero ended the gathering; all in all:
$(cat "$notes/gather.txt")"
  record=$("$bin/gather" -m "$model" --return-exceptions --unit 100ms --json)
  check "$model: gather's ends are the expected ones" \
    "$(grep -o '"ok":3,"failed":0,"outcomes":{"ok":1,"cancelled":1,"task_error":1}' <<<"$record")" \
    '"ok":3,"failed":0,"outcomes":{"ok":1,"cancelled":1,"task_error":1}'
  if [ "$model" = sequential ]; then
    check "$model: no task in progress was cancelled" \
      "$(grep -o '"cancel_latency_s":null' <<<"$record")" '"cancel_latency_s":null'
  else
    check "$model: the cancellation was observed and timed" \
      "$(sed -E 's/.*"cancel_latency_s":\{"count":1,"mean":([0-9.e-]+),.*/\1/' <<<"$record" |
        awk '$1 > 0 && $1 < 2 {print "yes"}')" yes
  fi

  # Section 4: queue. The values are drawn, the notes' as ours: they stand for "V".
  if [ "$model" != sequential ]; then
    out=$("$bin/queue" -m "$model" --unit 50ms | sed '/^10 items/,$d')
    if in_turn "$model"; then
      check "$model: queue" "$(drawn <<<"$out")" "$(drawn <"$notes/queue.txt")"
    else
      check "$model: queue, in any order" "$(who <<<"$out" | sort)" \
        "$(who <"$notes/queue.txt" | sort)"
    fi
    check "$model: queue, what is put is got" "$(sed -n 's/.*put a//p' <<<"$out" | sort)" \
      "$(sed -n 's/.*get a//p' <<<"$out" | sort)"
  fi

  # Section 4: movies.
  check "$model: movies" "$("$bin/movies" -m "$model" | lines)" "$(cat "$notes/movies.txt")"
done
# docs/event-loop.md: what it shows was recorded, and comes out again, times apart.
steps() { sed -nE 's/^ +[0-9]+\.[0-9]+  //p'; }
for command in "order -m uv --log" "crawl -m uv --log" "crawl -m uv --blocking --log"; do
  page=$(sed -n "/^\$ build\/bin\/$command\$/,/^\`\`\`/p" docs/event-loop.md | steps)
  for _ in 1 2 3 4 5; do # a machine that stalls for 10 ms makes two deadlines come up together
    # shellcheck disable=SC2086  # the command is to be split
    got=$("$bin"/$command 2>&1 >/dev/null | steps)
    [ "$got" != "$page" ] || break
  done
  check "docs/event-loop.md: $command" "$got" "$page"
done
end_tests
