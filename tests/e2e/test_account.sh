#!/usr/bin/env bash
# Where the time of the tasks went, under every model: the parts add up to the whole, which is what the
# records of the tasks say; what a task does shows in its part; and what cannot be told is not.
. "$(dirname "$0")/lib.sh"

account() { # MODEL WORKLOAD [OPTION…]
  local model=$1 workload=$2
  shift 2
  "$bin/$workload" -m "$model" "$@" --account --json 2>"$work/err" >"$work/record" || true
}
part() { jq ".account.$1 // \"null\"" "$work/record"; }

# Each life is from when a task was eligible to its end, which its latency is as well.
adds_up='.account | ((.cpu_in_steps_s + .cpu_around_s + .peer_s + .asleep_s + .tasks_s + .turn_s +
  .startup_s + .residual_s) / .life_s - 1) | fabs'
for model in $(models); do
  for workload in crawl "crawl --blocking" "crawl -N 40 --width 3" queue gather squares movies download; do
    # shellcheck disable=SC2086  # the workload has its options with it
    "$bin/${workload%% *}" --model list | grep -qE "^$model +(n/a|unavailable)" || account "$model" $workload
    is "$model: $workload: the parts add up" "$(jq "$adds_up" "$work/record")" 'x < 1e-6'
  done
  account "$model" crawl -N 8 --width 8 --unit 20ms
  account "$model" crawl -N 1 --unit 20ms
  is "$model: the life is what the task's latency says" \
    "$(jq '.account.life_s / .latency_intended_s.max - 1 | fabs' "$work/record")" 'x < 0.1'
  account "$model" crawl -N 8 --width 8 --unit 20ms
  is "$model: who sleeps is asleep, or waits for those before it" \
    "$(jq '.account | (.asleep_s + .turn_s + .startup_s) / .life_s' "$work/record")" 'x > 0.9'
  account "$model" crawl --blocking --unit 20ms
  is "$model: who holds is asleep, or keeps the others waiting" \
    "$(jq '.account | (.asleep_s + .turn_s + .startup_s) / .life_s' "$work/record")" 'x > 0.9'
  account "$model" squares
  is "$model: who computes is in its steps" \
    "$(jq '.account | .cpu_in_steps_s / (.cpu_in_steps_s + .cpu_around_s)' "$work/record")" 'x > 0.9'
  account "$model" download
  is "$model: who fetches waits for the peer, or for those before it" \
    "$(jq '.account | (.peer_s + .turn_s + .startup_s) / .life_s' "$work/record")" 'x > 0.7'
  is "$model: and is asleep never" "$(part asleep_s)" 'x == 0'
done

# ---- What is said of it. ----

account uv download
check "a short run does not tell user and system apart" "$(part user_s)" '"null"'
check "… and says why" \
  "$(jq -r '.missing["account.user_s"]' "$work/record")" \
  "the run used too little of the CPU to tell them apart"
check "in words on stderr" "$(grep -c 'waiting for the peer' "$work/err")" 1
check "with what is left" "$(grep -c 'unexplained' "$work/err")" 1
check "and what it cost" "$(grep -cE '^trace: [0-9]+ events, about [0-9]+ ns each' "$work/err")" 1
account uv squares -N 400
is "a long one does: most of a computation is the user's" \
  "$(jq '.account | .user_s / (.user_s + .system_s)' "$work/record")" 'x > 0.5'
"$bin/squares" -m uv --json >"$work/record"
check "without --account there is none" "$(jq -r '.missing.account' "$work/record")" \
  "not asked for: --account"
simulated=$("$bin/crossover" list --json | jq -r '.models[] | select(.simulated) | .name' | head -n 1)
"$bin/squares" -m "${simulated:-sim}" --account >/dev/null 2>"$work/err"
check "a simulation uses no machine: exit status" $? 2
check "… and a sentence" "$(grep -c 'tells what the machine did' "$work/err")" 1
end_tests
