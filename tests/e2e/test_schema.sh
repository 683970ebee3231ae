#!/usr/bin/env bash
# What the programs write keeps to the schemas that are installed with them: every line of a run's
# and a sweep's journal, the summaries, the record of every workload under every model. Lines that
# are broken on purpose do not.
. "$(dirname "$0")/lib.sh"
schema() { /usr/bin/python3 "$(dirname "$0")/schema.py" "$@" 2>"$work/schema.err"; }
/usr/bin/python3 -c 'from jsonschema import Draft202012Validator, RefResolver' 2>/dev/null ||
  skip_all "python3-jsonschema is not installed, or older than 4.0"

keeps() { # NAME SCHEMA FILE
  local faults
  if faults=$(schema valid "$2" "$3"); then
    ok "$1"
  else
    not_ok "$1" "$faults$(tail -n 1 "$work/schema.err")"
  fi
}
refused() { # SCHEMA FILE
  local verdicts
  verdicts=$(schema broken "$1" "$2") || not_ok "$1 refuses" "$(tail -n 1 "$work/schema.err")"
  while read -r line; do
    case $line in
      'ok '*) ok "refused: ${line#ok }" ;;
      *) not_ok "refused: ${line#not ok }" "the schema did not notice, or was not asked" ;;
    esac
  done <<<"$verdicts"
}
# Whether a journal has lines of a sort; what the schema says of others would not be tried.
has() { # FILE PATTERN…
  local file=$1 pattern
  shift
  for pattern; do
    if grep -q -- "$pattern" "$file"; then
      ok "the journal has lines with $pattern"
    else
      not_ok "the journal has lines with $pattern" "none of $(wc -l <"$file")"
    fi
  done
}
measure() { # NAME STATUS ARGUMENT…: into $work/NAME, the summary into $work/NAME.json
  local name=$1 expected=$2 status=0
  shift 2
  timeout 200 "$bin/crossover" "$1" --json --out "$work/$name" "${@:2}" >"$work/$name.json" \
    2>"$work/$name.err" || status=$?
  check "$name: exit status" "$status" "$expected"
  [ "$status" -eq "$expected" ] || sed 's/^/# /' "$work/$name.err"
}

if faults=$(schema described); then
  ok "the schemas are schemas, and describe every field"
else
  not_ok "the schemas are schemas, and describe every field" "$faults$(tail -n 1 "$work/schema.err")"
fi

# ---- A run: with a model that cannot, and commands that end in every way. ----

quick=(--time-budget 2 --max-foreign 1000 --observe 1 --floors 1)
measure run 1 run switch -m threads,sequential,uv "${quick[@]}" --arm 'bad=false' \
  --arm 'counted=echo 12 done' --count '([0-9]+) done' --arm 'uncounted=echo done' --count '([0-9]+)' \
  --arm "killed=sh -c 'kill -9 \$\$'" --arm 'absent=/nowhere/program' \
  --arm "raw=sh -c 'printf \"\\\\377\" >&2; exit 3'" -- --handoffs 200 --spawns 100
measure bounded 0 run crawl -m uv,sequential --launch-limit 0.3 "${quick[@]}" --no-trace -- --unit 50ms
measure alone 0 run --arm 'a=true' --arm 'b=true' "${quick[@]}" --no-account --runs 2 --precision 50

# ---- A sweep, with an origin; and one that others disturb. ----

measure sweep 0 sweep download -m uv,threads -L tasks 64,128 -L latency 0,1ms "${quick[@]}"
timeout 60 sh -c 'while :; do :; done' &
started+=($!)
measure disturbed 4 run crawl -m uv --runs 2 --max-foreign 0.000001 --observe 0 --no-trace \
  -- --unit 50ms
kill "${started[-1]}"

for name in run bounded alone sweep disturbed; do
  keeps "$name: every line" launches-1.json "$work/$name/launches.jsonl"
  keeps "$name: the summary" summary-1.json "$work/$name.json"
done
cat "$work"/{run,bounded,alone,sweep,disturbed}/launches.jsonl >"$work/all.jsonl"
has "$work/all.jsonl" '"type":"'{session,cell,ideal,launch,block,disturbed,end,account}'"' \
  '"kind":"'{warm-up,timed,floor,observed,observed-half,traced,traced-half}'"' \
  '"not_applicable":' '"bound":true' '"count":12' '"exit_status":null' '"why":"disturbance"' \
  '"failed":"it ended with status 3: \\\\xff"' '"origin_cpu_s":[0-9]'
# ThreadSanitizer makes a fork of vfork: a program that is not there then ends with status 127.
grep -q __tsan_init "$bin/crossover" || has "$work/all.jsonl" '"process_s":null'
status=0
"$bin/crossover" show "$work/sweep" --json >"$work/show.json" 2>"$work/err" || status=$?
check "show tells what the sweep told" "$status:$(cat "$work/show.json")" "0:$(cat "$work/sweep.json")"

refused launches-1.json "$work/all.jsonl"
cat "$work"/{run,bounded}.json >"$work/summaries.json"
refused summary-1.json "$work/summaries.json"

# ---- The environment, and the record of every workload under every model. ----

"$bin/crossover" environment >"$work/environment.json"
keeps "the environment" environment-2.json "$work/environment.json"
refused environment-2.json "$work/environment.json"

start_ready ready "$work/origin.log" "$bin/origin" --dir "$work/o"
declare -A arguments=([crawl]='--unit 1ms' [order]='--unit 1ms --runs 2' [gather]='--unit 1ms'
  [queue]='--unit 1ms' [switch]='--handoffs 100 --spawns 10' [race]='--increments 1000'
  [squares]='1000 2000' [download]="--origin $work/o" [movies]="--origin $work/o")
mapfile -t workloads < <("$bin/crossover" list | sed -n '/^workloads/,$ s/^  \([a-z][a-z-]*\) .*/\1/p')
for workload in "${workloads[@]}"; do
  mapfile -t able < <("$bin/$workload" --model list | awk '$2 !~ /^(unavailable|n\/a):$/ {print $1}')
  for model in "${able[@]}"; do
    # shellcheck disable=SC2086  # words
    "$bin/$workload" -m "$model" --json ${arguments[$workload]:-} >"$work/record.json" 2>/dev/null
    # shellcheck disable=SC2086
    "$bin/$workload" -m "$model" --json --loop-stall --seed 7 --deadline 0.001 \
      ${arguments[$workload]:-} >>"$work/record.json" 2>/dev/null
    check "$workload under $model: two records" "$(wc -l <"$work/record.json")" 2
    # What simulates keeps no accounts.
    # shellcheck disable=SC2086
    "$bin/$workload" -m "$model" --json --account ${arguments[$workload]:-} \
      >>"$work/record.json" 2>/dev/null
    keeps "$workload under $model: whole, stopped, with an account" record-3.json "$work/record.json"
    cat "$work/record.json" >>"$work/records.json"
  done
done
refused record-3.json "$work/records.json"
end_tests
