#!/usr/bin/env bash
# Which concurrency model wins, where, on this machine: builds the suite, measures every workload
# under every model, checks the results, draws the charts, and prints one table with the verdicts on
# the notes' three rules. What is measured how is in docs/measuring.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export LC_ALL=C.UTF-8
# shellcheck source=bench/common.sh
. bench/common.sh

usage() {
  cat <<'EOF'
Usage: ./run_all.sh [OPTION…]
Measures every workload under every concurrency model and draws the result.

      --quick            measures for at most 60 seconds
      --full             many launches of everything, as long as it takes
                         (default: at most 5 minutes)
      --only NAME,…      these cells alone: download, squares, noop, rules
      --models NAME,…    these models alone (sequential is what the others are compared with)
      --out DIR          where the results go; default results/<time>-<host>
      --no-install       do not install missing packages: name them, and end with 5
  -h, --help             this text

Exit status: 0 fine; 1 a model failed on a workload; 2 usage; 4 nothing could be measured; 5 something
is missing; 6 results could not be written; 130 or 143 interrupted: what was measured stays.
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
[[ ,$only, =~ ^,((download|squares|noop|rules),)*,?$ ]] ||
  die "$STATUS_USAGE" "--only takes download, squares, noop and rules, not '$only'"
wanted() { [[ -z $only || ,$only, == *,$1,* ]]; }

need_packages "$install" "${BUILD_PACKAGES[@]}" hyperfine gnuplot-nox fonts-dejavu-core
build_preset bench -DCROSSOVER_TESTS=OFF
bin=build/bin

# ---- Models and CPUs. ----

mapfile -t available < <("$bin/noop" --model list | awk '$2 != "unavailable:" {print $1}')
# Sequential first: it is what the others are compared with.
mapfile -t available < <(printf '%s\n' "${available[@]}" | sort -s -k1,1 |
  awk '$1 == "sequential" {print; next} {rest = rest $1 "\n"} END {printf "%s", rest}')
if [ -n "$models" ]; then
  IFS=, read -ra chosen <<<"$models"
  for model in "${chosen[@]}"; do
    [[ " ${available[*]} " == *" $model "* ]] ||
      die "$STATUS_USAGE" "there is no model '$model' here; there are: ${available[*]}"
  done
  available=("${chosen[@]}")
fi

mapfile -t cpus < <(taskset -cp $$ | sed 's/.*: //' | tr , '\n' |
  awk -F- '{for (i = $1; i <= (NF > 1 ? $2 : $1); i++) print i}')
origin_cpu=${cpus[-1]}
client_cpus=$(IFS=,; echo "${cpus[*]}")
[ "${#cpus[@]}" -lt 2 ] || client_cpus=$(IFS=,; echo "${cpus[*]::${#cpus[@]}-1}")
all_cpus=$(IFS=,; echo "${cpus[*]}")

# ---- Where the results go. ----

if [ -z "$out" ]; then
  out=results/$(date -u +%Y%m%dT%H%M%SZ)-$(hostname)
fi
# A folder of an earlier run is made anew: its figures are not to stand beside these.
if [ -e "$out/environment.json" ]; then
  rm -rf "$out/hyperfine" "$out/data" "$out/charts" "$out/summary.txt"
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
  local name=$1
  shift
  taskset -c "$origin_cpu" "$bin/origin" --dir "$work/$name" "$@" >"$work/$name.ready" &
  origins+=($!)
  for _ in $(seq 200); do
    grep -q '^ready' "$work/$name.ready" && return
    kill -0 "${origins[-1]}" 2>/dev/null || break
    sleep 0.05
  done
  die "$STATUS_ENVIRONMENT" "the origin did not get ready"
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

failures=0
now_us() { echo "${EPOCHREALTIME//[.,]/}"; }

# Times the given models on one cell with hyperfine, in as many launches as the budget has room for.
# A model that fails its trial is named and left out: a failure is no figure.
measure() { # CELL BUDGET_S COMMAND (MODEL stands for the model)
  local cell=$1 budget=$2 command=$3 model begin trial=0 names=() runs status
  for model in "${cell_models[@]}"; do
    begin=$(now_us)
    status=0
    # shellcheck disable=SC2086  # the command is to be split
    ${command//MODEL/$model} >"$work/trial.out" 2>"$work/trial.err" || status=$?
    trial=$((trial + $(now_us) - begin))
    if [ "$status" -ne 0 ]; then
      failures=$((failures + 1))
      say ""
      say "$cell under $model failed with status $status and is left out: $(head -n 1 "$work/trial.err")"
      continue
    fi
    names+=("$model")
  done
  [ "${#names[@]}" -gt 0 ] || return 0
  runs=$((budget * 1000000 / (trial + 1) - 2))
  [ "$runs" -le "$most_runs" ] || runs=$most_runs
  [ "$runs" -ge 6 ] || runs=6
  local arguments=()
  for model in "${names[@]}"; do
    arguments+=(-n "$model" "${command//MODEL/$model}")
  done
  hyperfine -N --style none --warmup 1 --runs "$runs" --export-json "$out/hyperfine/$cell.json" \
    --export-markdown "$out/hyperfine/$cell.md" "${arguments[@]}" >"$work/hyperfine.log" 2>&1 || {
    failures=$((failures + 1))
    say ""
    say "hyperfine failed on $cell: $(grep -m 1 -i error "$work/hyperfine.log")"
  }
}

pin() { taskset -cp "$1" $$ >/dev/null; } # children inherit it

case $mode in
  quick) scale=1 most_runs=60 bound=4 ;;
  default) scale=5 most_runs=150 bound=10 ;;
  full) scale=30 most_runs=500 bound=120 ;;
esac
declare -A budgets=([download]=$((12 * scale)) [squares]=$((6 * scale)) [noop]=$((2 * scale))
  [slow]=$((14 * scale + bound)) [fast]=$((4 * scale)))
for cell in download squares noop; do
  ! wanted "$cell" || { steps=$((steps + 1)) budget_total=$((budget_total + budgets[$cell])); }
done
! wanted rules || steps=$((steps + 2)) budget_total=$((budget_total + budgets[slow] + budgets[fast]))
# The third rule is tested on squares.
if wanted rules && ! wanted squares; then
  only+=,squares
  steps=$((steps + 1)) budget_total=$((budget_total + budgets[squares]))
fi

say "Models: ${available[*]}. CPUs: origin on $origin_cpu, clients on $client_cpus. Results: $out"
cell_models=("${available[@]}")

if wanted download; then
  start_origin sites
  begin_step "${budgets[download]}" "download: 12 sites over HTTP and HTTPS"
  pin "$client_cpus"
  measure download "${budgets[download]}" \
    "$bin/download -m MODEL --width 12 --origin $work/sites"
  end_step
fi
if wanted squares; then
  begin_step "${budgets[squares]}" "squares: ten sums, width ${#cpus[@]}"
  pin "$all_cpus"
  measure squares "${budgets[squares]}" "$bin/squares -m MODEL --width ${#cpus[@]}"
  end_step
fi
if wanted noop; then
  begin_step "${budgets[noop]}" "noop: the floor of every model"
  pin "$all_cpus"
  measure noop "${budgets[noop]}" "$bin/noop -m MODEL --width ${#cpus[@]}"
  end_step
fi
if wanted rules; then
  printf 'http://slow.test/ 50 1024\nhttp://fast.test/ 0 1024\n' >"$work/rules.txt"
  start_origin rules --sites "$work/rules.txt"
  pin "$client_cpus"
  begin_step "${budgets[slow]}" "rule 1: 1,000 requests of 50 ms, width 1,000"
  slow="$bin/download -m MODEL -N 1000 --width 1000 --origin $work/rules http://slow.test/"
  # Sequential would take 50 s: it is stopped after a while, which leaves a lower bound.
  for model in "${available[@]}"; do
    [ "$model" = sequential ] || continue
    record=$out/hyperfine/rule-slow-io.bound-$model.json
    # shellcheck disable=SC2086
    ${slow//MODEL/$model} --deadline "$bound" --json >"$record" 2>"$work/trial.err" || true
    if ! grep -q '"outcomes"' "$record"; then
      rm -f "$record"
      failures=$((failures + 1))
      say "rule-slow-io under $model failed: $(head -n 1 "$work/trial.err")"
    fi
  done
  cell_models=()
  for model in "${available[@]}"; do
    [ "$model" = sequential ] || cell_models+=("$model")
  done
  measure rule-slow-io "$((budgets[slow] - bound))" "$slow"
  cell_models=("${available[@]}")
  end_step
  begin_step "${budgets[fast]}" "rule 2: 8 requests of 0 ms, width 8"
  measure rule-fast-io "${budgets[fast]}" \
    "$bin/download -m MODEL -N 8 --width 8 --origin $work/rules http://fast.test/"
  end_step
fi
pin "$all_cpus"

# ---- Pictures and the table. ----

"$bin/crossover" show "$out" --data >"$out/summary.txt" || exit $?
plots=$PWD/plots
(
  cd "$out"
  drawn=()
  for cell in download squares noop rule-slow-io rule-fast-io; do
    [ -e "data/$cell.gp" ] || continue
    name=times-$cell
    case $cell in rule-*) name=$cell ;; esac
    for type in svg png; do
      gnuplot -c "$plots/times.gp" "$plots" "$cell" "charts/$name.$type" "$type"
    done
    case $cell in download | squares) [ ! -s "data/speedup-$cell.dat" ] || drawn+=("$cell") ;; esac
  done
  # Rule 3 is tested on squares: its chart is that cell's, under the rule's name.
  for type in svg png; do
    [ ! -e "charts/times-squares.$type" ] || cp "charts/times-squares.$type" "charts/rule-cpu.$type"
    [ "${#drawn[@]}" -eq 0 ] ||
      gnuplot -c "$plots/speedup.gp" "$plots" "charts/speedup.$type" "$type" "${drawn[@]}"
  done
) || die "$STATUS_OUTPUT" "gnuplot could not draw the charts in '$out/charts'"
case $out in
  results/*) ln -sfn "${out#results/}" results/latest ;;
esac
say ""
cat "$out/summary.txt"
printf '\nCharts: %s/charts   Environment: %s/environment.json\n' "$out" "$out"
[ "$failures" -eq 0 ] || exit 1
