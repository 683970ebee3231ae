# shellcheck shell=bash
# What the measuring scripts beside this one share: figures out of records, medians over rounds. A
# figure that is none is an error, not a 0. Sourced, not run.
# shellcheck disable=SC2154  # `bin` is set by those who source this
# shellcheck source=bench/common.sh
. bench/common.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
missed=0 # read by those who source this
export missed

# The models that can be timed with a program here, one a line; why others cannot goes to standard error.
models_of() { # PROGRAM
  local model what timed
  timed=$(timed_models "$bin")
  "$bin/$1" -m list | while read -r model what; do
    grep -qx -- "$model" <<<"$timed" || continue
    case $what in
      'unavailable: '* | 'n/a: '*) say "$model is $what" ;;
      *) echo "$model" ;;
    esac
  done
}
# How a model's tasks wait: one by one, each in a thread or process of its own, each on a stack, or
# all in a loop, which is what a model that is not named here is held for.
kind_of() { # MODEL
  case $1 in
    sequential) echo alone ;;
    threads | thread-pool | processes) echo workers ;;
    coroutines) echo stacks ;;
    *) echo loop ;;
  esac
}
give_up() { # SENTENCE
  echo "${0##*/}: $1" >&2
  exit 4
}
figure() { # NAME: of the record on standard input
  local value
  value=$(sed -E "s/.*\"$1\":([^,}]*).*/\1/")
  [[ $value =~ ^-?[0-9.]+([eE][-+]?[0-9]+)?$ ]] || give_up "a record has no figure '$1'"
  echo "$value"
}
median() { # FILE of numbers, one a line
  [ -s "$1" ] || give_up "nothing was measured for $(basename "$1")"
  sort -g "$1" | awk '{v[NR] = $1} END {printf "%.4g", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'
}
span() { # FILE: from the least to the greatest
  sort -g "$1" | awk 'NR == 1 {low = $1} {high = $1} END {printf "%.4g to %.4g", low, high}'
}
bar() { # VALUE CONDITION TEXT: says whether a bar is kept; `missed` becomes 1 when one is not
  if [[ ! $1 =~ ^[0-9.]+([eE][-+]?[0-9]+)?$ ]]; then
    missed=1
    echo "$3: NOT MEASURED"
  elif awk -v x="$1" "BEGIN {exit !($2)}"; then
    echo "$3: kept"
  else
    missed=1
    echo "$3: MISSED"
  fi
}
