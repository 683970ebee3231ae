#!/usr/bin/env bash
# Whether crossover's own figures can be trusted, by three trials on this machine:
#   aa     the same model entered twice, again and again: how often is it called separated?
#   load   a busy loop on one CPU for a part of a run: does the order of the models that a quiet run
#          found stay, or does the run say that the machine was unfit?
#   cost   what the engine itself takes while it times a launch, and its medians beside hyperfine's of
#          the same commands, in turns
# Usage: bench/trust.sh [aa|load|cost]… [--bin DIR] [--rounds N]     exit 1 when a bar is missed
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=bench/rounds.sh
. bench/rounds.sh

bin=build/bin rounds='' trials=()
while [ $# -gt 0 ]; do
  case $1 in
    --bin | --rounds)
      [ -n "${2:-}" ] || die "$STATUS_USAGE" "$1 needs a value"
      printf -v "${1#--}" '%s' "$2"
      shift
      ;;
    aa | load | cost) trials+=("$1") ;;
    *) die "$STATUS_USAGE" "it takes aa, load, cost, --bin DIR and --rounds N, not '$1'" ;;
  esac
  shift
done
[ "${#trials[@]}" -gt 0 ] || trials=(aa load cost)
[ -x "$bin/crossover" ] || die "$STATUS_ENVIRONMENT" "'$bin' has no crossover; build the suite first"
fast=(download -L latency 0 -L tasks 8 -L width 8) # the fastest real cell

# ---- The same twice. ----

trial_aa() {
  local count=${rounds:-100} separated=0 unfit=0 cell status line
  for i in $(seq "$count"); do
    case $((i % 2)) in
      0) cell=("${fast[@]}" --models "uv,uv") ;;
      1) cell=(squares --models "threads,threads") ;;
    esac
    status=0
    "$bin/crossover" run "${cell[@]}" --cell aa --out "$work/aa-$i" >"$work/aa.out" \
      2>"$work/aa.err" || status=$?
    case $status in
      0) ;;
      4)
        unfit=$((unfit + 1))
        continue
        ;;
      *) give_up "a run ended with status $status: $(tail -n 1 "$work/aa.err")" ;;
    esac
    line=$("$bin/crossover" show "$work/aa-$i" --ratio "${cell[-1]%,*}:${cell[-1]%,*} (2)" | tail -n 1)
    awk -F '\t' '{exit !($3 > 1 || $4 < 1)}' <<<"$line" || continue
    separated=$((separated + 1))
    echo "  run $i, ${cell[0]}: called separated, ratio $(cut -f 2-4 <<<"$line" | tr '\t' ' ')"
  done
  echo "A/A: $separated of $((count - unfit)) runs called the same model separated from itself; $unfit more were unfit"
  bar "$((count - unfit > 0 ? 100 * separated / (count - unfit) : 100))" "x <= 10" \
    "A/A: at most 10 in 100 separated"
}

# ---- Company. ----

# Pairs of models of which a run says that the first is faster, one a line.
order_of() { # DIR MODEL…
  local dir=$1 a b
  shift
  for a; do
    for b; do
      [ "$a" != "$b" ] || continue
      "$bin/crossover" show "$dir" --ratio "$a:$b" | tail -n 1 |
        awk -F '\t' -v a="$a" -v b="$b" '$4 != "-" && $4 < 1 && $5 > 0.9 {print a, b}'
    done
  done | sort
}

trial_load() {
  local models=(sequential threads processes uv) list status i busy wrong=0 unfit=0 count=${rounds:-5}
  list=$(IFS=,; echo "${models[*]}")
  mapfile -t cpus < <(own_cpus)
  for workload in squares download; do
    local cell=("$workload")
    [ "$workload" = squares ] || cell=("${fast[@]}")
    "$bin/crossover" run "${cell[@]}" --models "$list" --cell load --out "$work/quiet-$workload" \
      --time-budget 15 >/dev/null 2>"$work/load.err" ||
      give_up "the quiet run of $workload: $(tail -n 1 "$work/load.err")"
    order_of "$work/quiet-$workload" "${models[@]}" >"$work/quiet"
    for i in $(seq "$count"); do
      # From a third of the run to two thirds of it, on a CPU that the models use.
      (
        sleep 5
        exec timeout 5 taskset -c "${cpus[0]}" sh -c 'while :; do :; done'
      ) &
      busy=$!
      status=0
      "$bin/crossover" run "${cell[@]}" --models "$list" --cell load --precision 0.01 \
        --out "$work/loaded-$workload-$i" --time-budget 15 >/dev/null 2>"$work/load.err" || status=$?
      kill "$busy" 2>/dev/null || true
      wait "$busy" 2>/dev/null || true
      if [ "$status" -eq 4 ]; then
        unfit=$((unfit + 1))
        echo "  $workload, run $i under load: the run says that the machine was unfit"
        continue
      fi
      [ "$status" -eq 0 ] || give_up "a loaded run of $workload: $(tail -n 1 "$work/load.err")"
      order_of "$work/loaded-$workload-$i" "${models[@]}" >"$work/loaded"
      # Wrong is what contradicts the quiet run: a pair the other way round.
      if awk '{print $2, $1}' "$work/quiet" | sort | comm -12 - "$work/loaded" | grep .; then
        wrong=$((wrong + 1))
      fi
      echo "  $workload, run $i under load: $(grep -c disturbed "$work/loaded-$workload-$i/launches.jsonl") lines of disturbed blocks, $(wc -l <"$work/loaded") pairs separated, $(wc -l <"$work/quiet") on the quiet machine"
    done
  done
  echo "load: of $((2 * count)) runs $wrong contradicted the quiet one, $unfit said that they were unfit"
  bar "$wrong" "x == 0" "load: no order is turned round"
}

# ---- What the engine costs. ----

# shellcheck disable=SC2317  # these are called by their names, through compare
# One launcher's median over $1 launches of the command in $command; appends to the file $2.
by_engine() {
  rm -rf "$work/cost"
  "$bin/crossover" run --arm "x=$command" --runs "$1" --server "$origin" --max-foreign 1000 \
    --observe 0 --no-trace --no-account --out "$work/cost" --export-csv "$work/cost.csv" >/dev/null \
    2>"$work/cost.err" || give_up "$(tail -n 1 "$work/cost.err")"
  column() { # NAME
    awk -F , -v name="$1" 'NR == 1 {for (i = 1; i <= NF; i++) if ($i == name) at = i; next}
      $3 == "timed" {print $at}' "$work/cost.csv"
  }
  column process_s >"$work/times"
  paste <(column machine.engine_cpu_s) "$work/times" | awk '{print 100 * $1 / $2}' >>"$work/shares"
  median "$work/times" >>"$2"
  echo >>"$2"
}
# shellcheck disable=SC2317
by_hand() {
  # shellcheck disable=SC2086  # the command is to be split
  "$bin/twin_launch" "$1" $command >"$work/times" || give_up "twin_launch failed"
  median "$work/times" >>"$2"
  echo >>"$2"
}
# shellcheck disable=SC2317
by_hyperfine() {
  hyperfine -N --style none --warmup 1 --runs "$1" --export-json "$work/cost.json" "$command" \
    >"$work/cost.err" 2>&1 || give_up "$(tail -n 1 "$work/cost.err")"
  sed -nE 's/^ *"median": ([0-9.e-]+),/\1/p' "$work/cost.json" >>"$2"
}

# The medians of both launchers in turns, mirrored; each round's ratio goes to the file $3.
compare() { # BY A, BY B, FILE, ROUNDS, LAUNCHES
  local i
  for i in $(seq "$4"); do
    rm -f "$work/a" "$work/b"
    "$1" "$5" "$work/a"
    "$2" "$5" "$work/b"
    "$2" "$5" "$work/b"
    "$1" "$5" "$work/a"
    paste "$work/a" "$work/b" | awk '{a += log($1); b += log($2)} END {print exp((a - b) / 2)}' >>"$3"
  done
}

trial_cost() {
  local count=${rounds:-15} launches=30 name cpus
  [ -x "$bin/twin_launch" ] || die "$STATUS_ENVIRONMENT" \
    "'$bin' has no twin_launch; build with -DCROSSOVER_TESTS=ON"
  command -v hyperfine >/dev/null || die "$STATUS_ENVIRONMENT" "hyperfine is not installed"
  printf 'http://fast.test/ 0 1024\n' >"$work/sites"
  mapfile -t cpus < <(own_cpus)
  launch_origin "${cpus[-1]}" "$bin" "$work/origin" --sites "$work/sites"
  origin=$origin_pid
  # shellcheck disable=SC2064  # now
  trap "kill $origin 2>/dev/null || true; wait $origin 2>/dev/null || true; rm -rf '$work'" EXIT
  [ "${#cpus[@]}" -lt 2 ] ||
    taskset -cp "$(IFS=,; echo "${cpus[*]::${#cpus[@]}-1}")" $$ >/dev/null
  declare -A commands=(
    [noop]="$bin/noop -m sequential --json"
    [fastest]="$bin/download -m uv -N 8 --width 8 --json --origin $work/origin http://fast.test/")
  for name in noop fastest; do
    command=${commands[$name]}
    rm -f "$work/shares"
    compare by_engine by_hand "$work/hand-$name" "$count" "$launches"
    compare by_engine by_hyperfine "$work/hyperfine-$name" "$count" "$launches"
    echo "$name: a launch by the engine takes $(median "$work/hand-$name") times one written by hand ($(span "$work/hand-$name")), $(median "$work/hyperfine-$name") times one by hyperfine ($(span "$work/hyperfine-$name")); $count mirrored rounds of $launches launches"
    echo "$name: CPU time of the engine's process meanwhile, the making of the new one included: $(median "$work/shares") % ($(span "$work/shares"))"
  done
  bar "$(median "$work/hand-fastest")" "x <= 1.01" "the engine: at most 1 % of the fastest real cell"
  bar "$(median "$work/hyperfine-fastest")" "x >= 0.98 && x <= 1.02" "fastest real cell: within 2 % of hyperfine"
  bar "$(median "$work/hyperfine-noop")" "x >= 0.98 && x <= 1.02" "noop: within 2 % of hyperfine"
}

for trial in "${trials[@]}"; do
  case $trial in
    aa) trial_aa ;;
    load) trial_load ;;
    cost) trial_cost ;;
  esac
done
exit "$missed"
