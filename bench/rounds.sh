# shellcheck shell=bash
# What the measuring scripts beside this one share: figures out of records, medians over rounds.
# Sourced, not run.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
missed=0 # read by those who source this
export missed

figure() { # NAME: of the record on standard input; "null" when it was not measured
  sed -E "s/.*\"$1\":([^,}]*).*/\1/"
}
median() { # FILE of numbers, one a line
  sort -g "$1" | awk '{v[NR] = $1} END {printf "%.4g", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'
}
span() { # FILE: from the least to the greatest
  sort -g "$1" | awk 'NR == 1 {low = $1} {high = $1} END {printf "%.4g to %.4g", low, high}'
}
bar() { # VALUE CONDITION TEXT: says whether a bar is kept; `missed` becomes 1 when one is not
  if awk -v x="$1" "BEGIN {exit !($2)}"; then
    echo "$3: kept"
  else
    missed=1
    echo "$3: MISSED"
  fi
}
