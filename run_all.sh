#!/usr/bin/env bash
# Which concurrency model wins, where, on this machine: builds the suite, measures every workload
# under every model, checks the results, draws the charts, and prints one table with the verdicts on
# the notes' three rules. What is measured how is in docs/measuring.md.
set -euo pipefail
caller=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")"
export LC_ALL=C.UTF-8
# shellcheck source=bench/common.sh
. bench/common.sh

usage() {
  cat <<'EOF'
Usage: ./run_all.sh [OPTION…]
Measures every workload under every concurrency model and draws the result.

      --quick            measures for at most a minute
      --full             many launches of everything, as long as it takes
                         (default: at most 5 minutes; installing and building are not counted)
      --only NAME,…      these alone: download movies squares crawl order gather queue switch
                         race noop, or rules (with squares, which the third rule is tested on)
      --models NAME,…    these models alone (sequential is what the others are compared with)
      --out DIR          where the results go; default results/<time>-<host>
      --no-install       do not install missing packages: name them, and end with 5
  -h, --help             this text

Exit status: 0 fine; 1 a model failed on a workload; 2 usage; 4 nothing could be measured, or others
used the CPUs all the time; 5 something is missing; 6 results could not be written; 130 or 143 interrupted: what was measured stays.
EOF
}

# ---- Options. ----

mode=default install=yes only='' models='' out=''
while [ $# -gt 0 ]; do
  option=$1
  case $option in
    --quick | --full) mode=${option#--} ;;
    --no-install) install=no ;;
    --only | --models | --out)
      [ -n "${2:-}" ] || die "$STATUS_USAGE" "$option needs a value; see --help"
      printf -v "${option#--}" '%s' "$2"
      shift
      ;;
    -h | --help)
      usage
      exit 0
      ;;
    *) die "$STATUS_USAGE" "there is no option '$option'; see --help" ;;
  esac
  shift
done

# What is measured beside the rules, in this order, and how many seconds each has: by default enough for
# the blocks that nine models take.
cells=(download movies squares crawl order gather queue switch race noop)
declare -A seconds_of=([download]=60 [movies]=43 [squares]=14 [crawl]=14 [order]=7 [gather]=8 [queue]=20
  [switch]=16 [race]=18 [noop]=6 [slow]=60 [fast]=6)
for name in ${only//,/ }; do
  [[ " ${cells[*]} rules " == *" $name "* ]] ||
    die "$STATUS_USAGE" "--only takes ${cells[*]} and rules, with commas between them, not '$name'"
done
wanted() { [[ -z $only || ,$only, == *,$1,* ]]; }

need_packages "$install" "${BUILD_PACKAGES[@]}" hyperfine gnuplot-nox fonts-dejavu-core strace jq
build_preset bench -DCROSSOVER_TESTS=OFF
bin=build/bin

# ---- Models and CPUs. ----

# All that are registered and do not simulate: those that cannot run here are shown with the reason.
# Sequential first: it is what the others are compared with.
mapfile -t registered < <(timed_models "$bin" | sort -s -k1,1 |
  awk '$1 == "sequential" {print $1; next} {rest = rest $1 "\n"} END {printf "%s", rest}')
chosen=("${registered[@]}")
[ -z "$models" ] || IFS=, read -ra chosen <<<"$models"
for model in "${chosen[@]}"; do
  [[ " ${registered[*]} " == *" $model "* ]] ||
    die "$STATUS_USAGE" "there is no model '$model'; there are: ${registered[*]}"
done

# The models that can run a workload; why the others cannot, crossover tells.
applicable() { # WORKLOAD
  local model list
  list=$("$bin/$1" --model list)
  names=()
  for model in "${chosen[@]}"; do
    grep -qE "^$model +(n/a|unavailable):" <<<"$list" || names+=("$model")
  done
}
applicable noop
[ "${#names[@]}" -gt 0 ] || die "$STATUS_ENVIRONMENT" \
  "$("$bin/noop" --model list | grep -m 1 "^${chosen[0]} " | sed -E 's/ +/ is /')"

mapfile -t cpus < <(own_cpus)
origin_cpu=${cpus[-1]}
client_cpus=$(IFS=,; echo "${cpus[*]}")
[ "${#cpus[@]}" -lt 2 ] || client_cpus=$(IFS=,; echo "${cpus[*]::${#cpus[@]}-1}")
all_cpus=$(IFS=,; echo "${cpus[*]}")

# ---- Where the results go. ----

case $out in
  '') out=results/$(date -u +%Y%m%dT%H%M%SZ)-$(hostname) ;;
  /*) ;;
  *) out=$(realpath -m --relative-to "$PWD" "$caller/$out") ;;
esac
# A folder of an earlier run is made anew: its figures are not to stand beside these.
if [ -e "$out/environment.json" ]; then
  rm -rf "$out/launches.jsonl" "$out/hyperfine" "$out/data" "$out/charts" "$out/summary.txt"
elif [ -n "$(ls -A "$out" 2>/dev/null)" ]; then
  die "$STATUS_USAGE" "the folder '$out' is not empty and no run's; name another with --out"
fi
mkdir -p "$out/hyperfine" "$out/charts" 2>/dev/null ||
  die "$STATUS_OUTPUT" "the folder '$out' cannot be made"
"$bin/crossover" environment >"$out/environment.json" ||
  die "$STATUS_OUTPUT" "'$out/environment.json' cannot be written"

work=$(mktemp -d /tmp/crossover-XXXXXX) # a path that can stand in a command line
origins=()
# shellcheck disable=SC2317  # called by the trap
clean_up() {
  local pid
  [ -z "${ticker:-}" ] || kill "$ticker" 2>/dev/null || true
  for pid in "${origins[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT
trap 'say "interrupted: what was measured is in $out"; trap - INT; kill -INT $$' INT
trap 'say "interrupted: what was measured is in $out"; trap - TERM; kill -TERM $$' TERM

start_origin() { # NAME [OPTION…]: its directory is $work/NAME
  launch_origin "$origin_cpu" "$bin" "$work/$1" "${@:2}"
  origins+=("$origin_pid")
}

# ---- Progress: what runs, how far, how long still. ----

steps=0 step=0 budget_total=0 budget_done=0
begin_step() { # BUDGET_S TEXT
  step=$((step + 1))
  local left=$((budget_total - budget_done))
  budget_done=$((budget_done + $1))
  step_text="[$step/$steps] $2"
  if [ -t 2 ]; then
    local from=$SECONDS
    {
      while :; do
        printf '\r\e[K%s · about %d s to go' "$step_text" \
          "$((left - SECONDS + from > 0 ? left - SECONDS + from : 0))" >&2
        sleep 1
      done
    } &
    ticker=$!
  else
    say "$step_text, about $left s to go"
  fi
}
end_step() {
  [ -n "${ticker:-}" ] || return 0
  kill "$ticker" 2>/dev/null || true
  wait "$ticker" 2>/dev/null || true
  ticker=
  printf '\r\e[K%s · done\n' "$step_text" >&2
}

# ---- Measuring. ----

failures=0 unfit=0 fit=0

# Measures a cell with our own engine, the models in mirrored blocks.
measure() { # CELL BUDGET_S WORKLOAD ENGINE_OPTION… -- WORKLOAD_OPTION…
  local cell=$1 budget=$2 workload=$3 status=0
  shift 3
  "$bin/crossover" run "$workload" --models "$model_list" --out "$out" --cell "$cell" \
    --time-budget "$budget" --precision "$precision" "${beside[@]}" "$@" \
    >"$work/run.out" 2>"$work/run.err" || status=$?
  case $status in
    0) fit=$((fit + 1)) ;;
    1)
      failures=$((failures + 1))
      say ""
      say "$(tail -n 1 "$work/run.err")"
      ;;
    4)
      unfit=$((unfit + 1))
      say ""
      say "$(tail -n 1 "$work/run.err")"
      ;;
    *) die "$status" "$cell could not be measured: $(tail -n 1 "$work/run.err")" ;;
  esac
}

# A minute is too short to measure everything twice.
is_compared() { # CELL
  [ "$mode" != quick ] || [[ " squares noop rule-fast-io " == *" $1 "* ]]
}
# What hyperfine has of a cell's seconds, and what our own engine has.
other_share() { # CELL SECONDS
  if is_compared "$1"; then echo $(($2 / 7)); else echo 0; fi
}
engine_share() { # CELL SECONDS
  echo $(($2 - $(other_share "$@")))
}

# Times the same commands as whole processes with hyperfine, one model after another.
compare() { # CELL BUDGET_S COMMAND (MODEL stands for the model)
  local cell=$1 command=$3 model arguments=() begin took_us=1 runs
  is_compared "$cell" || return 0
  for model in "${names[@]}"; do
    begin=${EPOCHREALTIME//[.,]/}
    # shellcheck disable=SC2086  # the command is to be split
    ${command//MODEL/$model} >/dev/null 2>&1 || continue # the engine has told why
    took_us=$((took_us + ${EPOCHREALTIME//[.,]/} - begin))
    arguments+=(-n "$model" "${command//MODEL/$model}")
  done
  [ "${#arguments[@]}" -gt 0 ] || return 0
  runs=$(($2 * 1000000 / took_us))
  [ "$runs" -le "$most_runs" ] || runs=$most_runs
  [ "$runs" -ge 6 ] || runs=6
  hyperfine -N --style none --runs "$runs" --export-json "$out/hyperfine/$cell.json" \
    --export-markdown "$out/hyperfine/$cell.md" "${arguments[@]}" >"$work/hyperfine.log" 2>&1 || {
    failures=$((failures + 1))
    say ""
    say "hyperfine failed on $cell: $(grep -m 1 -i error "$work/hyperfine.log")"
  }
}

# A cell of a workload's own wall time: by our engine, then by hyperfine.
both() { # CELL BUDGET_S WORKLOAD WORKLOAD_OPTION…
  local cell=$1 budget=$2 workload=$3
  shift 3
  measure "$cell" "$(engine_share "$cell" "$budget")" "$workload" -- "$@"
  compare "$cell" "$(other_share "$cell" "$budget")" "$bin/$workload -m MODEL $* --json"
}

# Where the figure is the workload's own, it is all that the time is for.
alone=(--observe 0 --no-trace --no-account --floors 0)

pin() { taskset -cp "$1" $$ >/dev/null; } # children inherit it

case $mode in
  # In a minute there is time for what is timed, not for what is looked at beside it.
  quick) sixths=1 most_runs=60 bound=4 precision=5 beside=(--observe 0 --no-trace --no-account --floors 1) ;;
  default) sixths=6 most_runs=150 bound=10 precision=2 beside=(--observe 1) ;;
  full) sixths=36 most_runs=500 bound=120 precision=1 beside=(--observe 5) ;;
esac
budget() { echo $((${seconds_of[$1]} * sixths / 6)); }
# The third rule is tested on squares.
! wanted rules || [ -z "$only" ] || wanted squares || only+=,squares
for cell in "${cells[@]}"; do
  ! wanted "$cell" || steps=$((steps + 1)) budget_total=$((budget_total + $(budget "$cell")))
done
! wanted rules ||
  steps=$((steps + 2)) budget_total=$((budget_total + bound + $(budget slow) + $(budget fast)))
model_list=$(IFS=,; echo "${chosen[*]}")

say "Models: ${chosen[*]}. CPUs: origin on $origin_cpu, clients on $client_cpus. Results: $out"

run_cell() { # CELL
  local cell=$1 seconds width=${#cpus[@]}
  seconds=$(budget "$cell")
  applicable "$cell"
  case $cell in
    download | movies)
      width=12 text="12 sites over HTTP and HTTPS"
      [ "$cell" = download ] || width=25 text="a listing and 25 films' pages"
      begin_step "$seconds" "$cell: $text"
      measure "$cell" "$(engine_share "$cell" "$seconds")" "$cell" -- --width "$width"
      [ -e "$work/sites.ready" ] || start_origin sites
      pin "$client_cpus"
      compare "$cell" "$(other_share "$cell" "$seconds")" \
        "$bin/$cell -m MODEL --width $width --json --origin $work/sites"
      pin "$all_cpus"
      ;;
    squares | noop)
      begin_step "$seconds" "$cell: width $width"
      both "$cell" "$seconds" "$cell" --width "$width"
      ;;
    crawl | order)
      begin_step "$seconds" "$cell: the notes' own program, 10 ms for a second"
      both "$cell" "$seconds" "$cell"
      ;;
    gather)
      begin_step "$seconds" "gather: the notes' own program, 10 ms for a second"
      both gather "$seconds" gather --return-exceptions
      ;;
    queue)
      begin_step "$seconds" "queue: the notes' own program, then without pauses"
      both queue $((seconds - seconds / 3)) queue
      measure queue-item $((seconds / 3)) queue "${alone[@]}" --metric item_ns -- --unit 0 --items 50000
      ;;
    switch)
      begin_step "$seconds" "switch: hand-offs and spawns, on one core and on two"
      measure switch-one-core $(((seconds + 1) / 2)) switch "${alone[@]}" --metric handoff_ns -- \
        --handoffs 5000 --spawns 1000 --cpus "${cpus[0]}"
      [ "$width" -lt 2 ] || measure switch-two-cores $((seconds / 2)) switch "${alone[@]}" --metric handoff_ns -- \
        --handoffs 3000 --spawns 0 --cpus "${cpus[0]},${cpus[1]}"
      ;;
    race)
      begin_step "$seconds" "race: two tasks, one counter"
      measure race-plain $((seconds / 2)) race "${alone[@]}" --metric plain_lost_per_million -- --ways plain
      measure race-yield $((seconds / 2)) race "${alone[@]}" --metric yield_lost_per_million -- \
        --ways yield --increments 100000
      ;;
  esac
  end_step
}
for cell in "${cells[@]}"; do
  ! wanted "$cell" || run_cell "$cell"
done

if wanted rules; then
  applicable download
  printf 'http://slow.test/ 50 1024\nhttp://fast.test/ 0 1024\n' >"$work/rules.txt"
  start_origin rules --sites "$work/rules.txt"
  slow=$(budget slow) fast=$(budget fast)
  begin_step $((bound + slow)) "rule 1: 1,000 requests of 50 ms, width 1,000"
  # Sequential would take 50 s: it is stopped after a while, which leaves a lower bound.
  measure rule-slow-io $((bound + $(engine_share rule-slow-io "$slow"))) download --launch-limit "$bound" \
    -L latency 50ms -L tasks 1000 -L width 1000
  mapfile -t names < <(printf '%s\n' "${names[@]}" | grep -vx sequential)
  pin "$client_cpus"
  compare rule-slow-io "$(other_share rule-slow-io "$slow")" \
    "$bin/download -m MODEL -N 1000 --width 1000 --json --origin $work/rules http://slow.test/"
  pin "$all_cpus"
  end_step
  begin_step "$fast" "rule 2: 8 requests of 0 ms, width 8"
  applicable download
  measure rule-fast-io "$(engine_share rule-fast-io "$fast")" download -L latency 0 -L tasks 8 -L width 8
  pin "$client_cpus"
  compare rule-fast-io "$(other_share rule-fast-io "$fast")" \
    "$bin/download -m MODEL -N 8 --width 8 --json --origin $work/rules http://fast.test/"
  pin "$all_cpus"
  end_step
fi

# ---- Pictures and the table. ----

"$bin/crossover" show "$out" --data >"$out/summary.txt" || exit $?
plots=$PWD/plots
draw() { # in the run's folder; `set -e` does not hold inside a condition
  local file cell name type drawn=()
  for file in data/*.gp; do
    cell=$(basename "$file" .gp)
    name=times-$cell
    case $cell in rule-* | switch-* | race-* | queue-*) name=$cell ;; esac
    for type in svg png; do
      gnuplot -c "$plots/times.gp" "$plots" "$cell" "charts/$name.$type" "$type" || return
    done
  done
  for cell in download movies squares; do
    [ ! -s "data/speedup-$cell.dat" ] || drawn+=("$cell")
  done
  # Rule 3 is tested on squares: its chart is that cell's, under the rule's name.
  for type in svg png; do
    [ ! -e "charts/times-squares.$type" ] ||
      cp "charts/times-squares.$type" "charts/rule-cpu.$type" || return
    [ "${#drawn[@]}" -eq 0 ] ||
      gnuplot -c "$plots/speedup.gp" "$plots" "charts/speedup.$type" "$type" "${drawn[@]}" || return
  done
}
(cd "$out" && draw) || die "$STATUS_OUTPUT" "gnuplot could not draw the charts in '$out/charts'"
case $out in
  results/*) ln -sfn "${out#results/}" results/latest ;;
esac
say ""
cat "$out/summary.txt"
printf '\nCharts: %s/charts   Environment: %s/environment.json\n' "$out" "$out"
[ "$failures" -eq 0 ] || exit 1
[ "$unfit" -eq 0 ] || [ "$fit" -gt 0 ] ||
  die "$STATUS_INCOMPARABLE" "others used the CPUs all the time: stop them and run it again"
