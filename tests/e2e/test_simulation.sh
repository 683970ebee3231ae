#!/usr/bin/env bash
# The workloads in virtual time: what takes how long to the nanosecond, a deadline that no one waits
# for, downloads from an origin on paper, and that a seed is a run. Whoever simulates says so of itself.
. "$(dirname "$0")/lib.sh"

simulated=$(comm -13 <(models | sort) <(all_models | sort))
is "there is a model that simulates" "$(grep -c . <<<"$simulated")" 'x >= 1'

# Of a record, without what is this machine's: what the run and its tasks were.
essence() {
  jq -S '{ok, failed, outcomes, root, verified, complete, wall_s, latency_s, peak_live_tasks, figures,
    cancel_latency_s, bytes_received}'
}

for model in $simulated; do
  sim() { # WORKLOAD ARGUMENTS…
    "$bin/$1" -m "$model" --json "${@:2}" 2>/dev/null
  }
  wall() { sim "$@" | figure wall_s; }

  # ---- The clock. ----

  is "$model: crawl, all at once" "$(wall crawl --unit 1)" 'x == 4'
  is "$model: crawl, one at a time" "$(wall crawl --unit 1 --width 1)" 'x == 10'
  is "$model: crawl that holds, on a CPU each" "$(wall crawl --unit 1 --blocking)" 'x == 4'
  is "$model: crawl that holds the only CPU" \
    "$(wall crawl --unit 1 --blocking --simulate cpus=1)" 'x == 10'
  one=$(wall squares 10000000)
  is "$model: squares cost what they are said to" "$one" 'x == 0.006'
  for cpus in 1 2 3 7; do
    is "$model: seven squares on $cpus CPUs" \
      "$(wall squares --simulate cpus=$cpus 10000000{,,,,,,})" \
      "int(x * 1e9 + 0.5) == $(((7 + cpus - 1) / cpus)) * int($one * 1e9 + 0.5)"
  done
  # Before url_4 sleeps the root's first two steps and those of all four, behind it its own last one.
  is "$model: each step takes its time" "$(wall crawl --unit 1 --simulate step=1ms)" 'x == 4.007'
  is "$model: a computation takes what it took" \
    "$(wall squares --simulate compute=measured 10000000)" "x > 0 && x != $one"

  # ---- Stopped. ----

  record=$(sim crawl --unit 3600 --deadline 9000)
  check "$model: hours later, at once" \
    "$(jq -c '[.complete, .root, .outcomes, .wall_s]' <<<"$record")" \
    '[false,"cancelled",{"ok":2,"cancelled":2},9000]'
  check "$model: a deadline behind the end" "$(sim crawl --unit 3600 --deadline 20000 | figure complete)" true

  # Steps take time as well: 32 may be in a row, and who is cancelled has some more.
  is "$model: stopped while somebody is always ready" \
    "$(wall switch --handoffs 2000 --simulate step=1ms --deadline 10ms)" 'x < 0.1'
  status=0
  timeout -s INT 1 "$bin/squares" -m "$model" 900000000000 >/dev/null 2>&1 & # takes minutes
  wait $! || status=$?
  check "$model: an interrupt is heard in a computation" "$status" 124
  check "$model: no time is left" \
    "$("$bin/noop" -m "$model" --simulate step=31536000 -N 1000 2>&1 >/dev/null | grep -c 'ends after 584 years')" 1

  # ---- An origin that runs, on paper. ----

  printf '%s\n' 'http://a.test/ 250 1000 chunked' 'https://b.test/ 100 70000' \
    'http://a.test/late 40000 5' 'http://refuses.test/ 0 5 fault=refused' 'http://full.test/ 0 5 fault=full' \
    'http://a.test/closes 1000 5 fault=close' >"$work/sites"
  start_ready ready "$work/log" "$bin/origin" --sites "$work/sites" --dir "$work/$model"
  record=$(sim download --origin "$work/$model" http://a.test/ https://b.test/)
  check "$model: its sites, as the manifest has them" \
    "$(jq -c '[.verified, .bytes_received, .wall_s]' <<<"$record")" '[true,71000,0.25]'
  check "$model: one that is too late" \
    "$(sim download --origin "$work/$model" --idle-timeout 10 http://a.test/late |
      jq -c '[.outcomes, .wall_s]')" '[{"idle_timeout":1},10]'
  ends() { # URL: how its fetch ended, and when
    sim download --origin "$work/$model" --connect-timeout 2 "$1" | jq -c '[.outcomes, .wall_s]'
  }
  check "$model: one that refuses" "$(ends http://refuses.test/)" '[{"refused":1},0]'
  check "$model: one that never accepts" "$(ends http://full.test/)" '[{"connect_timeout":1},2]'
  check "$model: one that closes, late" "$(ends http://a.test/closes)" '[{"truncated":1},1]'
  check "$model: a port where nobody serves it" "$(ends https://a.test/)" '[{"resolve":1},0]'
  kill "${started[-1]}"

  # ---- A seed is a run. ----

  for workload in crawl queue download movies; do
    : >"$work/essences"
    for seed in {1..12}; do
      sim $workload --simulate weather=rough --seed "$seed" | essence >"$work/first"
      sim $workload --simulate weather=rough --seed "$seed" | essence >"$work/second"
      cmp -s "$work/first" "$work/second" || echo "seed $seed" >>"$work/differ"
      jq -c . "$work/first" >>"$work/essences"
    done
    check "$model: $workload, the same seed twice" "$(cat "$work/differ" 2>/dev/null)" ""
    is "$model: $workload, other seeds" "$(sort -u "$work/essences" | wc -l)" 'x >= 4'
  done
done
end_tests
