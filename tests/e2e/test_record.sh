#!/usr/bin/env bash
# The JSON record as its readers get it: what was not measured says why, whatever became of the run;
# how long the loop stood still; and the program's own memory, not that of who launched it.
. "$(dirname "$0")/lib.sh"

reason() { # PATH: of the record on standard input
  grep -o "\"missing\":{.*" | sed -nE "s/.*[{,]\"$1\":\"([^\"]*)\".*/\1/p"
}

# ---- Nulls. ----

for model in $(all_models); do
  record=$("$bin/crawl" -m "$model" --unit 1 --deadline 0.05 --json 2>/dev/null)
  check "$model: a run that was stopped has no latency, and says why" \
    "$(grep -o '"latency_s":null,"latency_intended_s":null' <<<"$record"), $(reason latency_s <<<"$record")" \
    '"latency_s":null,"latency_intended_s":null, no task ended well'
  check "$model: … and an empty histogram" \
    "$(grep -o '"histograms":{[^}]*}' <<<"$record")" \
    '"histograms":{"latency":[],"latency_intended":[]}'
  record=$("$bin/noop" -m "$model" --json)
  check "$model: what does not apply says why" \
    "$(for of in verified phases_s figures cancel_latency_s bytes_received loop_stall_s; do
      reason $of <<<"$record"
    done)" \
    "its tasks have no phases
the workload has none of its own
no task in progress was cancelled
the workload receives none
not asked for: --loop-stall"
done
record=$("$bin/race" -m threads --ways plain --increments 100000000000 --deadline 0.05 --json 2>/dev/null)
check "a figure that there is none of says why" \
  "$(reason figures.plain_increment_ns <<<"$record")" \
  "not all of its tasks came to their end"

# ---- The loop's stall: url_1 … url_4 hold it for 1 … 4 units, or only wait. ----

for model in $(models); do
  record=$("$bin/crawl" -m "$model" --blocking --unit 100ms --loop-stall --json)
  if ! has_loop "$model"; then
    check "$model: it has no loop" "$(reason loop_stall_s <<<"$record")" "the model has no loop"
    continue
  fi
  is "$model: the loop stands still for those who hold it" "$(figure loop_stall_s <<<"$record")" \
    "x >= 0.4 && x <= $(figure wall_s <<<"$record") + 0.1"
  for _ in 1 2 3 4 5; do # a busy machine makes it stand still, too
    stall=$("$bin/crawl" -m "$model" --unit 100ms --loop-stall --json | figure loop_stall_s)
    awk -v x="$stall" 'BEGIN {exit !(x >= 0.1)}' || break
  done
  is "$model: and goes on turning for those who give way" "$stall" 'x > 0 && x < 0.1'
done

# ---- Memory: of a program whose launcher is large. ----

small=$("$bin/noop" --json | figure peak_rss_main)
ballast=$(head -c 60000000 /dev/zero | tr '\0' x)
large=$("$bin/noop" --json | figure peak_rss_main)
is "its memory is its own, not its launcher's ${#ballast} bytes" "$((large - small))" 'x < 20000000'
end_tests
