#!/usr/bin/env bash
# The study notes' programs at their own scale (a unit is a second), one launch of each under every
# model: the table of docs/notes.md. Takes about two minutes. Figures of single launches: what
# run_all.sh measures has intervals.
# Usage: bench/notes.sh [BIN_DIR]
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${1:-build/bin}
# shellcheck source=bench/rounds.sh
. bench/rounds.sh

mapfile -t models < <(models_of noop)
printf '| | command | notes |'
printf ' %s |' "${models[@]}"
printf '\n| --- | --- | --- |'
printf ' --- |%.0s' "${models[@]}"
printf '\n'

row() { # SECTION NOTES FIGURE UNIT COMMAND…
  local section=$1 notes=$2 name=$3 unit=$4 model record value
  shift 4
  # shellcheck disable=SC2016  # they are Markdown's
  printf '| %s | `%s` | %s |' "$section" "$*" "$notes"
  for model in "${models[@]}"; do
    if record=$("$bin/$1" -m "$model" "${@:2}" --json 2>"$work/err"); then
      value=$(figure "$name" <<<"$record" | awk -v u="$unit" '
        u == "s" {printf $1 < 0.1 ? "%.4f s" : $1 < 1 ? "%.3f s" : "%.2f s", $1}
        u == "ns" {printf $1 < 1000 ? "%.1f ns" : "%.0f ns", $1}
        u == "" {printf "%.0f", $1}')
      [[ $record != *'"verified":false'* ]] || value="WRONG"
    elif grep -q 'cannot run under model' "$work/err"; then
      value=n/a
    else
      value=failed
    fi
    printf ' %s |' "$value"
  done
  printf '\n'
}
row 1 '10 s; 4.01 s' wall_s s crawl --unit 1
row 1 '10 s' wall_s s crawl --unit 1 --blocking
row 2 '2.01 s' wall_s s order --unit 1
row 3 '2 s' wall_s s gather --unit 1 --return-exceptions
row 3 '–' wall_s s gather --unit 1
row 4.1 '10 s' wall_s s queue --unit 1
row 4.2 '18.5 s; 4 s' wall_s s movies --width 25
row 5 'it costs' handoff_ns ns switch --cpus "$(own_cpus | head -n 1)"
row '5, 7' 'lost updates' plain_lost_per_million '' race --ways plain
row '5, 7' '–' yield_lost_per_million '' race --ways yield
row '5, 7' '–' atomic_lost_per_million '' race --ways atomic --memory private
row 8 '3.44 s' wall_s s download --width 12
row 9 '9.35 s' wall_s s squares --width 2
row 9 '0.143 s' wall_s s squares --width 2 10000 10001 10002 10003 10004 10005 10006 10007 10008 10009
