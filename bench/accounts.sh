#!/usr/bin/env bash
# Where the time of the tasks goes under each model, in percent of their lives, on the notes' twelve
# sites and their ten sums: the median of some rounds, and the worst that was left unexplained in any of
# them, for which there is a bar of 5 %.
# Usage: bench/accounts.sh [BIN_DIR] [ROUNDS]     exit 1 when the bar is missed
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${1:-build/bin} rounds=${2:-5}
# shellcheck source=bench/rounds.sh
. bench/rounds.sh
mapfile -t cpus < <(own_cpus)
launch_origin "${cpus[-1]}" "$bin" "$work/origin"

command -v jq >/dev/null || die "$STATUS_ENVIRONMENT" "jq is not installed"

# The shares of the tasks' lives, in percent.
parts=(cpu peer turn startup residual)
# shellcheck disable=SC2016  # the variables are jq's
shares='.account | {cpu: (.cpu_in_steps_s + .cpu_around_s), peer: .peer_s,
  turn: (.turn_s + .asleep_s + .tasks_s), startup: .startup_s, residual: .residual_s} as $parts |
  .life_s as $life | $parts | map_values(. * 100 / $life) | to_entries[] | "\(.key) \(.value)"'

measure() { # MODEL WORKLOAD [OPTION…]
  local model=$1 workload=$2 part value
  shift 2
  "$bin/$workload" -m "$model" "$@" --account --json 2>"$work/err" >"$work/record" ||
    give_up "$workload under $model: $(head -n 1 "$work/err")"
  while read -r part value; do
    echo "$value" >>"$work/$workload.$model.$part"
  done < <(jq -r "$shares" "$work/record")
}

mapfile -t models < <(models_of download)
for ((round = 0; round < rounds; round++)); do
  for model in "${models[@]}"; do
    measure "$model" download --origin "$work/origin"
    measure "$model" squares
  done
done

for workload in download squares; do
  printf '%-12s %8s %8s %8s %8s %12s %s\n' "$workload" CPU peer turn start-up unexplained 'worst'
  for model in "${models[@]}"; do
    printf '%-12s' "$model"
    for part in "${parts[@]}"; do
      printf " %$([ "$part" = residual ] && echo 12 || echo 8).2f" "$(median "$work/$workload.$model.$part")"
    done
    worst=$(awk '{x = $1 < 0 ? -$1 : $1} x > most {most = x} END {printf "%.4f", most}' \
      "$work/$workload.$model.residual")
    bar "$worst" 'x < 5' " $worst, at most 5"
  done
done
exit "$missed"
