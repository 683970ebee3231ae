# shellcheck shell=bash
# What the tests of cells share: a run with its summary. Sourced behind lib.sh.
# shellcheck disable=SC2154,SC2034  # `work` is lib.sh's, `status` for those who source this
quick=(--max-foreign 1000 --observe 0 --no-trace --floors 0 --runs 2)

engine() { # BIN_DIR ARGUMENT…: sets status; writes out, err
  status=0
  timeout 60 "$1/crossover" "${@:2}" >"$work/out" 2>"$work/err" </dev/null || status=$?
}
# A run with its summary as JSON in $work/out, its journal in $work/NAME.
measure() { # NAME BIN_DIR WORKLOAD ARGUMENT…
  engine "$2" run "$3" "${quick[@]}" --json --out "$work/$1" "${@:4}"
}
cell() { jq -c ".cells[0] | $1" "$work/out"; } # JQ_PROGRAM
