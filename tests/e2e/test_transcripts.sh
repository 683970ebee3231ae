#!/usr/bin/env bash
# What the programs print against the notes' own text (tests/e2e/notes/, copied from them): to the
# byte where it is deterministic, line for line in any order where tasks run beside each other.
. "$(dirname "$0")/lib.sh"
notes=$(dirname "$0")/notes

is_loop() { case $1 in uv*) true ;; *) false ;; esac; }
lines() { sed '/^Wall time/,$d'; } # without the closing lines
drawn() { sed 's/val: .*/val: V/'; }
who() { sed 's/_. \(...\).*/ \1/'; }
peak() { grep -o '"peak_live_tasks":[0-9]*' | cut -d: -f2; }

for model in $(models); do
  # Section 1: crawl.
  at_once=$("$bin/crawl" -m "$model" | lines)
  blocking=$("$bin/crawl" -m "$model" --blocking | lines)
  peak=$("$bin/crawl" -m "$model" --json | peak)
  peak_blocking=$("$bin/crawl" -m "$model" --blocking --json | peak)
  case $model in
    sequential)
      check "$model: crawl, one after another" "$at_once" "$(cat "$notes/crawl-in-turn.txt")"
      check "$model: crawl, one alive at a time" "$peak $peak_blocking" "1 1"
      ;;
    uv*)
      check "$model: crawl, all at once" "$at_once" "$(cat "$notes/crawl-at-once.txt")"
      check "$model: crawl --blocking, the async that isn't" "$blocking" \
        "$(cat "$notes/crawl-in-turn.txt")"
      check "$model: crawl, four alive at once, blocking one" "$peak $peak_blocking" "4 1"
      ;;
    *)
      check "$model: crawl, all at once, in any order" "$(sort <<<"$at_once")" \
        "$(sort "$notes/crawl-at-once.txt")"
      check "$model: crawl, four alive at once, blocking too" "$peak $peak_blocking" "4 4"
      ;;
  esac

  # Section 2: order.
  out=$("$bin/order" -m "$model" --runs 20 --unit 5ms)
  if is_loop "$model"; then
    check "$model: order, every time" "$(lines <<<"$out")" "20 of 20:
$(cat "$notes/order.txt")"
  elif [ "$model" = sequential ]; then
    check "$model: order, what a reader predicts" "$(lines <<<"$out")" "20 of 20:
before await
worker_1 start
worker_1 done
awaited worker_1
worker_2 start
worker_2 done
awaited worker_2"
  else
    check "$model: order, the counts add up" \
      "$(sed -nE 's/^([0-9]+) of 20:$/\1/p' <<<"$out" | awk '{n += $1} END {print n}')" 20
    check "$model: order, every line in each" "$(grep -c '^awaited worker_2' <<<"$out")" \
      "$(grep -c ' of 20:' <<<"$out")"
  fi

  # Section 3: gather.
  check "$model: gather --return-exceptions" \
    "$("$bin/gather" -m "$model" --return-exceptions | lines)" "$(cat "$notes/gather.txt")"
  check "$model: gather, the first error ends it, all are awaited" \
    "$("$bin/gather" -m "$model" | lines)" \
    "ZeroDivisionError: division by zero ended the gathering; all in all:
$(cat "$notes/gather.txt")"
  record=$("$bin/gather" -m "$model" --return-exceptions --json)
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
    if is_loop "$model"; then
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
  # shellcheck disable=SC2086  # the command is to be split
  check "docs/event-loop.md: $command" \
    "$(sed -n "/^\$ build\/bin\/$command\$/,/^\`\`\`/p" docs/event-loop.md | steps)" \
    "$("$bin"/$command 2>&1 >/dev/null | steps)"
done
end_tests
