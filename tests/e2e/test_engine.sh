#!/usr/bin/env bash
# crossover run and sweep: what is launched in which order and when it ends, that nothing measured is
# lost and nothing is left running, whoever kills it and whatever fails, and what is exported.
# SEED=N repeats the moments at which it is killed. No test needs a quiet machine.
. "$(dirname "$0")/lib.sh"
mkdir "$work/tmp"
alone=(--max-foreign 1000)
quick=("${alone[@]}" --observe 0 --no-trace --floors 0)

# ---- Running it. ----

# All processes of a run are found by a variable of their environment.
engine() { # ARGUMENT…: sets status; writes out, err
  status=0
  ENGINE_TEST=$work TMPDIR=$work/tmp timeout 60 "$bin/crossover" "$@" \
    >"$work/out" 2>"$work/err" </dev/null || status=$?
}
start_engine() { # ARGUMENT…: sets pid
  ENGINE_TEST=$work TMPDIR=$work/tmp "$bin/crossover" "$@" >"$work/out" 2>"$work/err" </dev/null &
  pid=$!
  started+=("$pid")
}
await_engine() { # sets status
  status=0
  { wait "$pid" || status=$?; } 2>/dev/null
  unset 'started[-1]'
}
# Ids of the processes of any run, those that are over but for their parent's notice left out.
running() { grep -lsz "^ENGINE_TEST=$work\$" /proc/[0-9]*/environ | sed -E 's/[^0-9]//g'; }
running_as() { # NAME
  local one
  for one in $(running); do ! grep -qsx "$1" "/proc/$one/comm" || echo "$one"; done
}
await_process() { # NAME: of a program of the run
  for _ in $(seq 500); do
    [ -z "$(running_as "$1")" ] || return 0
    sleep 0.02
  done
  echo "Bail out! $1 never ran"
  exit 1
}
all_ended() {
  for _ in $(seq 100); do
    [ -n "$(running)" ] || return 0
    sleep 0.02
  done
  return 1
}
nothing_left() { # NAME
  if ! all_ended; then
    not_ok "$1" "still running: $(running | xargs -I{} sh -c 'tr "\0" " " </proc/{}/cmdline; echo')"
  else
    check "$1" "$(ls "$work/tmp")" ''
  fi
}
until_line() { # PATTERN FILE: waits for it
  for _ in $(seq 500); do
    ! grep -qsE -- "$1" "$2" || return 0
    sleep 0.02
  done
  echo "Bail out! $2 never had a line like $1"
  exit 1
}

# ---- Reading the journal: one JSON object a line. ----

# These fields of each line, with blanks between them.
fields() { # NAME…
  awk -v names="$*" '
    BEGIN { count = split(names, name, " ") }
    {
      line = ""
      for (i = 1; i <= count; i++) {
        value = "-"
        if (match($0, "\"" name[i] "\":(\"[^\"]*\"|[^,}]*)")) {
          value = substr($0, RSTART + length(name[i]) + 3, RLENGTH - length(name[i]) - 3)
          gsub(/"/, "", value)
        }
        line = line (i > 1 ? " " : "") value
      }
      print line
    }'
}
lines() { grep "^{\"type\":\"$1\"" "$2/launches.jsonl"; } # TYPE FOLDER
launches() { lines launch "$2" | grep "\"kind\":\"$1\""; } # KIND FOLDER
# Each value that was read with how often it was, sorted.
tally() { sort | uniq -c | awk '{n = $1; $1 = ""; printf "%s%s: %d", (NR > 1 ? ";" : ""), $0, n}' | sed 's/^ //'; }
# Of "cell block position arm": the blocks that are not an order of so many arms and its mirror image.
not_mirrored() { # ARMS
  awk -v arms="$1" '
    {
      block = $1 " " $2
      position = $3
      $1 = $2 = $3 = ""
      if ((block, position) in at) print block ": position " position " twice"
      at[block, position] = $0
      blocks[block]++
    }
    END {
      for (block in blocks) {
        if (blocks[block] != 2 * arms) print block ": " blocks[block] " launches"
        for (i = 0; i < arms; i++) {
          if (at[block, i] != at[block, 2 * arms - 1 - i]) print block ": no mirror at " i
          for (j = 0; j < i; j++) if (at[block, i] == at[block, j]) print block ": one arm twice"
        }
      }
    }'
}
end_of() { lines end "$1" | tail -n 1 | fields why blocks; } # FOLDER
said() { grep -E -m 1 -o -- "$1" "$work/$2"; } # PATTERN out|err

# ---- What is launched. ----

counter=$work/counter
engine run crawl -m sequential,uv,threads --arm "sh=sh -c 'echo x >>$counter'" "${alone[@]}" \
  -r 8 -w 2 --observe 2 --floors 2 --out "$work/run" -- --unit 1ms
check "run: exit status" "$status" 0
check "run: the session, then the cell with its ideal, then launches" \
  "$(fields type <"$work/run/launches.jsonl" | uniq | head -n 4 | tr '\n' ' ')" 'session cell ideal launch '
check "run: both tell their schema" \
  "$(head -n 2 "$work/run/launches.jsonl" | fields schema_version | tr '\n' ' ')" '1 1 '
check "run: warm-ups" "$(launches warm-up "$work/run" | fields arm | tally)" \
  'sequential: 2; sh: 2; threads: 2; uv: 2'
check "run: observed launches" "$(launches observed "$work/run" | fields arm | tally)" \
  'sequential: 2; sh: 2; threads: 2; uv: 2'
check "run: noop as a floor, beside the models alone" \
  "$(launches floor "$work/run" | fields arm workload tasks | tally)" \
  'sequential noop 4: 2; threads noop 4: 2; uv noop 4: 2'
check "run: timed launches" "$(launches timed "$work/run" | fields arm | tally)" \
  'sequential: 8; sh: 8; threads: 8; uv: 8'
check "run: each block is an order and its mirror image" \
  "$(launches timed "$work/run" | fields cell block position arm | not_mirrored 4)" ''
check "run: block by block" \
  "$(launches timed "$work/run" | fields block position | awk '{at = $1 * 8 + $2} at != NR - 1' | wc -l)" 0
check "run: its end" "$(end_of "$work/run")" 'runs 4'
check "run: every launch is in the journal" \
  "$(wc -l <"$counter")" "$(lines launch "$work/run" | fields arm | grep -cx sh)"
check "run: a row of the table for each arm" \
  "$(awk '/times the least/ {on = 1; next} !NF || /Least:/ {on = 0} on {print $1}' "$work/out" | sort | tr '\n' ' ')" \
  'sequential sh threads uv '
nothing_left "run: nothing is left"

engine run noop -m uv "${alone[@]}" -r 2 --observe 1 --out "$work/half"
check "halves: launches with half as many tasks" \
  "$(launches observed-half "$work/half" | fields arm tasks)" 'uv 500'
check "noop is no floor of itself" "$(launches floor "$work/half" | wc -l)" 0
if strace -o /dev/null true 2>/dev/null; then
  check "traced: system calls are counted, whole and by halves" \
    "$(lines launch "$work/half" | grep '"kind":"traced' | fields kind tasks | tr '\n' ' ')" \
    'traced 1000 traced-half 500 '
  is "traced: there are some" "$(launches traced "$work/half" | fields syscalls)" 'x > 20 && x < 1e6'
fi
PATH=/nowhere ENGINE_TEST=$work "$bin/crossover" run noop -m uv "${alone[@]}" -r 2 --observe 0 \
  --out "$work/untraced" >"$work/out" 2>"$work/err" </dev/null
check "no strace: no traced launch" "$(launches traced "$work/untraced" | wc -l)" 0
check "no strace: the journal says why" "$(lines cell "$work/untraced" | fields syscalls)" \
  'strace is not installed'
check "no strace: the table says why" "$(said 'syscalls: strace is not installed' out)" \
  'syscalls: strace is not installed'

engine run noop -m uv,uv "${quick[@]}" -r 2 --out "$work/same"
check "A/A: the labels" "$status $(launches timed "$work/same" | fields arm | tally)" '0 uv: 2; uv (2): 2'

engine run queue -m sequential,uv "${quick[@]}" -r 2 --out "$work/n-a" -- --unit 1ms
check "n/a: is said, and not launched" \
  "$status $(said 'sequential +n/a: it runs one task at a time' out | tr -s ' ') $(lines launch "$work/n-a" | fields arm | tally)" \
  '0 sequential n/a: it runs one task at a time uv: 3'

# Three have three ratios, which takes 7 blocks; these have one.
engine run queue -m sequential,uv,threads "${quick[@]}" --time-budget 0.01 --out "$work/n-a-blocks" -- --unit 1ms
check "n/a: it takes as many blocks as the others take" "$status $(said 'at least [0-9]+' err)" '0 at least 6'

for seed in 0 0 5; do
  rm -rf "$work/seed"
  engine run noop -m sequential,uv,threads "${quick[@]}" -r 12 --seed "$seed" --out "$work/seed" -- --tasks 2
  launches timed "$work/seed" | fields block position arm >"$work/order"
  check "seed $seed: is in the journal" "$(lines session "$work/seed" | fields seed)" "$seed"
  orders+=("$(sha256sum <"$work/order")")
done
check "the same seed gives the same order" "${orders[0]}" "${orders[1]}"
check "another gives another" "$([ "${orders[0]}" != "${orders[2]}" ] || echo the same)" ''

# ---- When it ends. ----

engine run noop -m uv,threads "${quick[@]}" -r 5 --out "$work/odd" -- --tasks 2
check "--runs is rounded up to whole blocks" "$(launches timed "$work/odd" | fields arm | tally)" \
  'threads: 6; uv: 6'
# As many tasks as it was told: a figure without any spread.
engine run noop -m uv,threads "${quick[@]}" --metric tasks --precision 100 --out "$work/precise" -- --tasks 2
check "--precision: ends at the least number of blocks" "$status $(end_of "$work/precise")" \
  "0 precision $(said 'at least [0-9]+' err | grep -o '[0-9]*')"
engine run crawl -m uv,threads "${quick[@]}" --precision 1e-9 --time-budget 0.5 --out "$work/budget" -- \
  --unit 1ms
check "--time-budget: ends the run" "$status $(end_of "$work/budget" | cut -d' ' -f1)" '0 budget'
# In all launches but those of the last block.
spent() { # FOLDER
  local last
  last=$(launches timed "$1" | fields block | tail -n 1)
  lines launch "$1" | fields kind block process_s |
    awk -v last="$last" '$1 != "timed" || $2 < last {s += $3} END {print s}'
}
is "--time-budget: no block begins behind it" "$(spent "$work/budget")" 'x < 0.5'
engine run crawl -m uv,threads "${quick[@]}" --precision 1e-9 --time-budget 0.5 --out "$work/budget" -- \
  --unit 1ms
is "--time-budget: what was spent before is spent" "$(spent "$work/budget")" 'x < 0.5'

# Somebody else on the CPUs: it makes up for disturbed blocks, but not for ever.
bash -c 'while :; do :; done' &
started+=($!)
engine run crawl -m uv "${quick[@]}" --max-foreign 0.001 -r 4 --out "$work/disturbed" -- --unit 20ms
check "others on the CPUs: unfit" "$status $(end_of "$work/disturbed" | cut -d' ' -f1)" '4 disturbance'
check "others on the CPUs: the table says so" "$(said 'No verdict: the machine was unfit' out)" \
  'No verdict: the machine was unfit'
# … unless it is the server; all of its threads count.
"$bin/squares" -m threads 1000000000000 1000000000001 >/dev/null 2>&1 &
server=$!
started+=("$server")
engine run crawl -m uv "${quick[@]}" -r 4 --server "$server" --out "$work/server" -- --unit 20ms
is "--server: its CPU time is told apart" \
  "$(launches timed "$work/server" | fields origin_cpu_s | sort -g | head -n 1)" 'x > 0.001'
kill "${started[@]}"
{ wait "${started[@]}"; } 2>/dev/null
started=()

# ---- Sweeps. ----

engine sweep download -m uv -L tasks 1,10 -L latency 0,1ms "${quick[@]}" -r 6 --out "$work/sweep"
check "sweep: exit status" "$status" 0
cells='download,tasks=1,latency=0 download,tasks=1,latency=1ms download,tasks=10,latency=0 download,tasks=10,latency=1ms '
check "sweep: a cell for each combination" "$(lines cell "$work/sweep" | fields cell | tr '\n' ' ')" "$cells"
check "sweep: the cells take turns block by block" \
  "$(lines block "$work/sweep" | fields cell | tr '\n' ' ')" "$cells$cells$cells"
check "sweep: they are what they are named" \
  "$(launches timed "$work/sweep" | fields cell tasks | sort -u | cut -d' ' -f2 | tr '\n' ' ')" '1 1 10 10 '
is "sweep: latency is what it waits for" \
  "$(launches timed "$work/sweep" | grep 'tasks=1,latency=1ms' | fields wall_s | sort -g | head -n 1)" 'x > 0.001'
nothing_left "sweep: the origin is gone"

engine sweep order -m uv,threads -L width 1,2 "${quick[@]}" -r 2 --out "$work/impossible" -- --unit 1ms
check "sweep: what cannot be has failed, the rest goes on" \
  "$status $(launches timed "$work/impossible" | fields cell | tally)" '1 order,width=2: 4'
check "sweep: in the program's own words" \
  "$(grep -c '"width=1.*"failed":".*order needs 2 tasks in progress' "$work/impossible/launches.jsonl") $(said 'failed: .*' out | head -n 1)" \
  '0 failed: it ended with status 2: order: order needs 2 tasks in progress at once: give --width 2 or more, or leave it out'

# ---- What fails. ----

engine run "${quick[@]}" -r 2 --launch-limit 1 --out "$work/fails" --arm 'good=true' \
  --arm 'three=sh -c "echo sorry >&2; exit 3"' --arm 'crash=sh -c "kill -SEGV $$"' \
  --arm 'none=/nowhere/program' --arm 'name=no-such-program-in-the-path' \
  --arm 'hang=sh -c "sleep 6; true"' --arm 'bytes=sh -c "printf \\351 >&2; exit 3"' \
  --arm 'escape=sh -c "printf \\33[31m >&2; exit 3"' \
  --arm 'count=echo 500 items' --count '([0-9]+) items' --arm 'number=true' --count 20 \
  --arm 'no-count=echo none' --count '([0-9]+) items' \
  --arm "quotes=sh -c 'test \"\$1\" = \"a  b\"' x \"a  b\""
check "failures: exit status" "$status" 1
while IFS='|' read -r arm sentence; do
  check "failure: $arm" "$(grep "^  $arm  *failed" "$work/out" | sed -E 's/.*failed: //')" "$sentence"
  check "failure: $arm is launched once" "$(lines launch "$work/fails" | grep -c "\"arm\":\"$arm\"")" 1
done <<'EOF'
three|it ended with status 3: sorry
crash|it was ended by signal 11 (Segmentation fault)
none|it could not be started: No such file or directory
name|it could not be started: No such file or directory
hang|it did not end in time and was killed
bytes|it ended with status 3: \xe9
escape|it ended with status 3: \x1b[31m
no-count|what it printed has no count where --count looks
EOF
check "failures: the others have figures" \
  "$(launches timed "$work/fails" | fields arm | tally)" 'count: 2; good: 2; number: 2; quotes: 2'
check "counts are read" "$(launches timed "$work/fails" | fields arm count | grep -v -- - | sort -u | tr '\n' ' ')" \
  'count 500.0 number 20.0 '
nothing_left "failures: nothing is left of what hung"
engine show "$work/fails" --json
check "failures: no figure in JSON" "$(grep -c '"median": null' "$work/out") $(grep -c '"failed": "' "$work/out")" '8 8'

engine run --arm 'flood=yes' "${quick[@]}" -r 2 --out "$work/flood"
check "an arm that never stops writing is killed" "$status $(said 'wrote more than [0-9]+ MiB' out)" \
  '1 wrote more than 256 MiB'

engine run crawl -m sequential,uv "${quick[@]}" -r 2 --launch-limit 0.5 --out "$work/bound" -- -N 100 --unit 10ms
check "a model that is stopped has a bound" \
  "$status $(said 'sequential +over [0-9.]+ s: stopped with' out | sed -E 's/ +[^s]*over [0-9.]+/ over/') $(launches timed "$work/bound" | fields arm | tally)" \
  '0 sequential over s: stopped with uv: 2'

echo 'http://plain.test/ 0 1000' >"$work/sites"
start_ready ready "$work/origin.log" "$bin/origin" --sites "$work/sites" --dir "$work/o"
cp -r "$work/o" "$work/other"
sed -E 's/[0-9a-f]{64}$/'"$(printf '0%.0s' $(seq 64))"'/' "$work/o/manifest" >"$work/other/manifest"
engine run download -m uv --arm good=true "${quick[@]}" -r 2 --out "$work/wrong" -- --origin "$work/other"
check "wrong bytes: no figure" \
  "$status $(lines launch "$work/wrong" | fields arm verified kind | tally)" \
  '1 good - timed: 2; good - warm-up: 1; uv false warm-up: 1'
engine run download -m uv "${quick[@]}" -r 2 --out "$work/right" -- --origin "$work/o"
check "… and with the right ones there is one" "$status $(launches timed "$work/right" | fields verified | tally)" \
  '0 true: 2'

# ---- Bad input: one sentence, the status, nothing written. ----

refuses() { # STATUS PATTERN SUBCOMMAND ARGUMENT…
  local want=$1 pattern=$2
  shift 2
  engine "$1" --out "$work/none" "${@:2}"
  if [ "$status" -ne "$want" ] || [ "$(wc -l <"$work/err")" -ne 1 ] || ! grep -qE -- "$pattern" "$work/err"; then
    not_ok "refused: $*" "status $status, not $want with a line like '$pattern': $(cat "$work/err")"
  elif [ -s "$work/out" ] || [ -e "$work/none" ]; then
    not_ok "refused: $*" "something was written"
  else
    ok "refused: $*"
  fi
  rm -rf "$work/none"
}
refuses 2 "no workload 'nope'" run nope
refuses 2 "no workload 'nope'" sweep nope -L tasks 1
refuses 2 'takes a workload, or --arm' run
refuses 2 "one workload at a time: 'noop' or 'crawl'" run noop crawl
refuses 2 "no model 'nope'" run noop -m nope
refuses 2 "no model ''" run noop -m uv,
refuses 2 "no model ''" run noop -m ''
refuses 2 '--models takes at most' run noop -m "$(printf 'uv,%.0s' {1..40})uv"
refuses 2 "no option '--nope'" run noop --nope
refuses 2 "no option '--nope'" run noop -- --nope
refuses 2 'takes no argument' run noop -- 5
refuses 2 'cannot be given to noop behind --' run noop -- --deadline 5
refuses 2 'cannot be given to noop behind --' run noop -- -m uv
refuses 2 'takes -L NAME VALUES' sweep noop
refuses 2 'takes one value; crossover sweep takes more' run noop -L tasks 1,2
refuses 2 "no parameter 'nope'" sweep noop -L nope 1
refuses 2 "no parameter 'latency'" sweep noop -L latency 1ms
refuses 2 "no parameter ''" sweep noop -L '' 1
refuses 2 'takes from 1 to 64 values' sweep noop -L tasks ''
refuses 2 'takes from 1 to 64 values' sweep noop -L tasks 1,,2
refuses 2 'takes from 1 to 64 values' sweep noop -L tasks "$(seq -s, 65)"
refuses 2 'takes a name and values' sweep noop -L tasks
refuses 2 'needs a value' sweep noop -L
refuses 2 'tasks is given twice' sweep noop -L tasks 1 -L tasks 2
refuses 2 "tasks has the value '1' twice" sweep noop -L tasks 1,2,1
refuses 2 "whole number from 1 to .*, not 'x'" sweep noop -L tasks x
refuses 2 "not '0'" sweep noop -L tasks 1,0
refuses 2 'whole milliseconds' sweep download -L latency 1.5us
refuses 2 'whole milliseconds' sweep download -L latency 2h
refuses 2 'bytes takes whole numbers' sweep download -L bytes -1
refuses 2 'scheme takes http and https' sweep download -L scheme ftp
refuses 2 'make sites: give download none' sweep download -L latency 0 -- http://127.0.0.1/
refuses 2 "varies a workload's options" sweep --arm a=true -L tasks 1
refuses 2 'more than 4096 cells' sweep noop -L tasks "$(seq -s, 64)" -L width "$(seq -s, 64)" -L seed 1,2
refuses 2 "takes 'LABEL=COMMAND'" run --arm true
refuses 2 "takes 'LABEL=COMMAND'" run --arm =true
refuses 2 'no command behind' run --arm a=
refuses 2 'a quote that is not' run --arm 'a=true "'
refuses 2 'without control characters' run --arm $'a\eb=true'
refuses 2 'not all UTF-8' run --arm $'a\377=true'
refuses 2 'not all UTF-8' run --arm $'a=true \377'
refuses 2 'without control characters' run noop --cell ''
refuses 2 "cell's name '.*' is too long" run noop --cell "$(printf 'x%.0s' {1..200})"
refuses 2 'belongs behind an --arm' run noop --count 1
refuses 2 'a regular expression with a' run --arm a=true --count '('
refuses 2 'it has no group' run --arm a=true --count items
refuses 2 'it has no group' run --arm a=true --count 0
refuses 2 "--models and options behind -- are a workload's" run --arm a=true -m uv
refuses 2 'runs takes a whole number from 1' run noop -r 0
refuses 2 'warmup takes a whole number from 1' run noop -w 0
refuses 2 'seed takes' run noop --seed -1
refuses 2 'seed takes' run noop --seed 18446744073709551615
refuses 2 'precision takes' run noop --precision 0
refuses 2 'precision takes' run noop --precision nan
refuses 2 'time-budget takes' run noop --time-budget 0
refuses 2 'launch-limit takes' run noop --launch-limit never
refuses 2 'max-foreign takes' run noop --max-foreign none
refuses 2 'there is no process 4194304' run noop --server 4194304
refuses 2 'server is for a server of your own' run download --server $$
engine run noop -m uv "${quick[@]}" --metric nope --out "$work/metric"
check "an unknown metric is told before anything is timed" \
  "$status $(said "has a figure 'nope'" err) $(launches timed "$work/metric" | wc -l)" "2 has a figure 'nope' 0"
for command in run sweep; do
  engine "$command" --help
  check "$command --help" "$status $(wc -c <"$work/err") $(said "^Usage: crossover $command" out)" \
    "0 0 Usage: crossover $command"
done

# ---- Folders that will not do. ----

: >"$work/file"
for out in "$work/file" "$work/file/x" /proc/crossover /dev/null ''; do
  engine run noop -m uv "${quick[@]}" -r 2 --out "$out"
  check "--out '${out#"$work"}' cannot be written" "$status $(wc -l <"$work/err") $(said 'cannot be (written|made)' err)" \
    '6 1 cannot be written'
done

keep() { cp "$1/launches.jsonl" "$work/kept"; } # FOLDER
kept() { cmp -s "$1/launches.jsonl" "$work/kept" && echo unchanged; } # FOLDER
refuses_folder() { # NAME STATUS PATTERN FOLDER ARGUMENT…: it stays as it is
  local name=$1 want=$2 pattern=$3 folder=$4
  shift 4
  keep "$folder"
  engine run "${quick[@]}" --out "$folder" "$@"
  check "$name" "$status $(wc -l <"$work/err") $(said "$pattern" err) $(kept "$folder")" \
    "$want 1 $pattern unchanged"
}
tiny=(noop -m uv -r 4)
engine run "${quick[@]}" --out "$work/tiny" "${tiny[@]}" -- --tasks 2
refuses_folder "another number of tasks is another cell" 2 "a cell 'noop' with other arms" \
  "$work/tiny" "${tiny[@]}" -- --tasks 3
refuses_folder "other models are another cell" 2 "a cell 'noop' with other arms" \
  "$work/tiny" noop -m threads -r 4 -- --tasks 2
refuses_folder "another metric is another cell" 2 "a cell 'noop' with other metric" \
  "$work/tiny" "${tiny[@]}" --metric cpu_s -- --tasks 2
cp -r "$work/tiny" "$work/corrupt"
sed -i '4s/.*/{"type":"launch","cell"/' "$work/corrupt/launches.jsonl"
refuses_folder "a corrupt line" 4 'is no JSON object' "$work/corrupt" "${tiny[@]}" -- --tasks 2
engine show "$work/corrupt"
check "… nor is it shown" "$status $(wc -c <"$work/out")" '4 0'
cp -r "$work/tiny" "$work/schema"
sed -i '2s/"schema_version":1/"schema_version":999/' "$work/schema/launches.jsonl"
refuses_folder "another schema" 4 'another schema than version 1' "$work/schema" "${tiny[@]}" -- --tasks 2

mkdir "$work/bin"
cp "$bin"/{crossover,crawl,noop} "$work/bin"
for changed in crawl noop; do
  "$work/bin/crossover" run crawl -m uv "${quick[@]}" -r 2 --out "$work/changed-$changed" -- --unit 1ms \
    >/dev/null 2>&1
  printf x >>"$work/bin/$changed"
  keep "$work/changed-$changed"
  status=0
  "$work/bin/crossover" run crawl -m uv "${quick[@]}" -r 4 --out "$work/changed-$changed" -- --unit 1ms \
    >/dev/null 2>"$work/err" || status=$?
  check "$changed is not what it was: refused" \
    "$status $(said 'with other programs' err) $(kept "$work/changed-$changed")" \
    "2 with other programs unchanged"
done

# ---- Interrupted. ----

printf '{"type":"launch","cell":"no' >>"$work/tiny/launches.jsonl"
keep "$work/tiny"
engine show "$work/tiny"
check "a torn line is passed over" "$status $(kept "$work/tiny")" '0 unchanged'
engine run "${quick[@]}" --out "$work/tiny" noop -m uv -r 8 -- --tasks 2
check "a torn line is cut off, and it goes on" \
  "$status $(said '[0-9]+ bytes were cut off' err) $(launches timed "$work/tiny" | wc -l)" \
  '0 27 bytes were cut off 8'
size=$(($(wc -c <"$work/kept") - 27))
check "… what was before it is there still" "$(cmp -n "$size" "$work/kept" "$work/tiny/launches.jsonl" 2>&1)" ''
engine show "$work/tiny"
check "… and the whole can be read" "$status" 0

signals=(INT:130 TERM:143)
[ -n "$(trap -p HUP)" ] || signals+=(HUP:129) # nohup is for who comes below, too
for signal in "${signals[@]}"; do
  folder=$work/${signal%:*}
  start_engine run crawl -m uv,threads "${quick[@]}" -r 10000 --out "$folder" -- --unit 1ms
  until_line '"block","cell":"crawl","block":2' "$folder/launches.jsonl"
  if [ "${signal%:*}" = INT ]; then
    keep "$folder"
    lines=$(wc -l <"$work/kept")
    cp "$work/err" "$work/err.kept"
    second=0
    timeout 60 "$bin/crossover" run crawl -m uv,threads "${quick[@]}" --out "$folder" -- --unit 1ms \
      >/dev/null 2>"$work/second" </dev/null || second=$?
    check "two in one folder: the second is refused" \
      "$second $(wc -l <"$work/second") $(grep -o 'is in use by another run' "$work/second")" \
      '2 1 is in use by another run'
    check "… the first is unharmed" "$(kill -0 "$pid" && cmp -n "$(wc -c <"$work/kept")" "$work/kept" "$folder/launches.jsonl" 2>&1)" ''
    until_line "\"block\":$((lines + 4))," "$folder/launches.jsonl"
  fi
  kill "-${signal%:*}" "$pid"
  await_engine
  check "SIG${signal%:*}: exit status" "$status" "${signal#*:}"
  check "SIG${signal%:*}: what there is, is told, and marked" \
    "$(said 'blocks; not at its end' out) $(said 'Least: ' out)$(said 'interrupted: what was measured is in' err)" \
    'blocks; not at its end Least: interrupted: what was measured is in'
  nothing_left "SIG${signal%:*}: nothing is left"
  keep "$folder"
  whole=$(lines block "$folder" | wc -l)
  engine run crawl -m uv,threads "${quick[@]}" -r $((2 * whole + 4)) --out "$folder" -- --unit 1ms
  check "SIG${signal%:*}: it goes on" \
    "$status $(end_of "$folder") $(cmp -n "$(wc -c <"$work/kept")" "$work/kept" "$folder/launches.jsonl" 2>&1)" \
    "0 runs $((whole + 2)) "
done

# Who ends all processes of a group may end the launch a moment before the engine, which has seen it end
# but not yet waited for it: the launch has not failed. (Now and then the moment is too long.)
delayed=(strace -o /dev/null -e trace=wait4 -e inject=wait4:delay_enter=1000000)
if "${delayed[@]}" true 2>/dev/null; then
  for attempt in 1 2 3; do
    ENGINE_TEST=$work "${delayed[@]}" "$bin/crossover" run --arm 'long=sleep 100' "${quick[@]}" -r 2 \
      --out "$work/group-$attempt" >"$work/out" 2>"$work/err" </dev/null &
    pid=$!
    started+=("$pid")
    await_process sleep
    launched=$(running_as sleep)
    engine_pid=$(sed -nE 's/^PPid:\t//p' "/proc/$launched/status")
    kill "$launched"
    sleep 0.2
    kill "$engine_pid"
    await_engine
    failures=$(lines launch "$work/group-$attempt" | wc -l)
    [ "$failures" -gt 0 ] || break
  done
  check "SIGTERM for all: the launch is not said to have failed" "$status $failures" '143 0'
fi

# nohup is heeded.
(trap '' HUP && ENGINE_TEST=$work exec "$bin/crossover" run crawl -m uv "${quick[@]}" -r 12 --out "$work/nohup" \
  -- --unit 10ms >"$work/out" 2>"$work/err" </dev/null) &
pid=$!
started+=("$pid")
until_line '"kind":"timed"' "$work/nohup/launches.jsonl"
kill -HUP "$pid"
await_engine
check "nohup: SIGHUP does not end it" "$status $(end_of "$work/nohup")" '0 runs 6'

# ---- Killed: at any moment, what was there is there, nothing runs on, and it goes on to its end. ----

# What an end leaves to be wished: sentences, none when all is well.
unfinished() { # FOLDER ARMS BLOCKS
  [ "$(end_of "$1")" = "runs $3" ] || echo "end: $(end_of "$1")"
  lines block "$1" | fields block | sort -n | uniq -d | sed 's/^/block twice: /'
  # Blocks in which it was killed have no line, and do not count.
  lines block "$1" | fields block >"$work/whole"
  launches timed "$1" | fields cell block position arm | awk 'NR == FNR {whole[$1]; next} $2 in whole' \
    "$work/whole" - | not_mirrored "$2"
  launches warm-up "$1" | fields arm | uniq -d | sed 's/^/warmed up twice: /'
}
kill_loop() { # NAME KILLS MOST_MS ARMS BLOCKS ARGUMENT…
  local name=$1 kills=$2 most_ms=$3 arms=$4 blocks=$5 folder=$work/killed killed=0 runs=0 bad=''
  shift 5
  : >"$work/kept"
  while [ "$killed" -lt "$kills" ] && [ -z "$bad" ]; do
    [ -e "$folder/launches.jsonl" ] || runs=$((runs + 1))
    start_engine "$1" --out "$folder" "${@:2}"
    sleep "$(printf '0.%03d' $((RANDOM % most_ms)))"
    kill -KILL "$pid" 2>/dev/null
    await_engine
    all_ended || bad+="still running: $(running | tr '\n' ' ')"
    [ -z "$(ls "$work/tmp")" ] || bad+="left: $(ls "$work/tmp")"
    [ ! -s "$work/kept" ] || cmp -s -n "$(wc -c <"$work/kept")" "$work/kept" "$folder/launches.jsonl" ||
      bad+="what was there before is not there unchanged; "
    : >"$work/kept"
    [ ! -e "$folder/launches.jsonl" ] || grep -a '}$' "$folder/launches.jsonl" >"$work/kept"
    if [ "$status" -eq 137 ]; then
      killed=$((killed + 1))
      engine show "$folder" --json
      grep -qs '"type":"cell".*}$' "$work/kept" || status=0 # it did not come so far
      [ "$status" -eq 0 ] || bad+="show: $(cat "$work/err"); "
    elif [ "$status" -eq 0 ]; then
      bad+=$(unfinished "$folder" "$arms" "$blocks")
      rm -rf "$folder" "$work/kept"
    else
      bad+="exit status $status: $(cat "$work/err")"
    fi
  done
  check "$name: killed $kills times, in $runs runs" "$bad" ''
  engine "$1" --out "$folder" "${@:2}"
  check "$name: the same command goes on to the end" "$status $(unfinished "$folder" "$arms" "$blocks")" '0 '
  engine "$1" --out "$folder" "${@:2}"
  check "$name: … and then has nothing to do" \
    "$status $(lines session "$folder" | tail -n 1 | cmp -s - <(tail -n 1 "$folder/launches.jsonl") && echo idle)" \
    '0 idle'
  rm -rf "$folder" "$work/kept"
}
seed=${SEED:-$RANDOM}
echo "# SEED=$seed"
RANDOM=$seed
kill_loop noop 40 200 2 10 run noop -m uv,processes "${alone[@]}" -r 20 --observe 1 --floors 2 -- --tasks 64
kill_loop download 10 200 1 10 run download -m uv -L latency 1ms -L tasks 2 "${alone[@]}" -r 20 --observe 1 --floors 2

for kind in warm-up traced; do
  # The traced launch is the second one.
  start_engine run "${alone[@]}" --observe 0 --out "$work/orphan-$kind" \
    --arm "sleep=sh -c 'test $kind = traced -a ! -e $work/again && touch $work/again && exit; sleep 100; true'"
  await_process sleep
  kill -KILL "$pid"
  await_engine
  nothing_left "killed in a $kind launch: what a shell began is gone too"
done

# ---- A full disk. ----

run_full=(run noop -m 'uv,threads' "${quick[@]}" -r 60)
full_verdict() { # NAME: of $work/full, its err and the status
  check "$1: told, with the file" "$status $(wc -l <"$work/full.jsonl" | awk '{print ($1 > 5)}') $(grep -o "launches.jsonl' cannot be written: .*; what was measured before is in it" "$work/err" | cut -d' ' -f2-4)" \
    '6 1 cannot be written:'
  check "$1: lines are whole" "$(tail -c 1 "$work/full.jsonl" | od -An -c | tr -d ' ')" '\n'
  check "$1: the table is told" "$(said 'not at its end' out)" 'not at its end'
}
status=0
(
  ulimit -f 64
  exec timeout 60 "$bin/crossover" "${run_full[@]}" --out "$work/full" -- --tasks 2 >"$work/out" 2>"$work/err"
) || status=$?
cp "$work/full/launches.jsonl" "$work/full.jsonl"
full_verdict "a file that may not grow"
engine "${run_full[@]}" --out "$work/full" -- --tasks 2
check "a file that may not grow: then it goes on" \
  "$status $(end_of "$work/full") $(cmp -n "$(wc -c <"$work/full.jsonl")" "$work/full.jsonl" "$work/full/launches.jsonl" 2>&1)" \
  '0 runs 30 '
mkdir "$work/disk"
# shellcheck disable=SC2016  # expanded by the inner shell
if unshare -m sh -c 'mount -t tmpfs none "$1" && mount -o remount,ro "$1"' - "$work/disk" 2>/dev/null; then
  status=0
  unshare -m sh -c 'cd "$1" && shift && mount -t tmpfs -o size=64k none disk && cd disk &&
    timeout 60 "$@" >../out 2>../err; echo $? >../status; cp full/launches.jsonl ../full.jsonl
    mount -o remount,size=8m . && timeout 60 "$@" >../out.2 2>../err.2; echo $? >../status.2
    cp full/launches.jsonl ../full.2.jsonl' - "$work" "$(realpath "$bin")/crossover" "${run_full[@]}" --out full -- --tasks 2
  status=$(cat "$work/status")
  full_verdict "a full disk"
  check "a full disk: then it goes on" \
    "$(cat "$work/status.2") $(grep -o '"why":"runs","blocks":30' "$work/full.2.jsonl") $(cmp -n "$(wc -c <"$work/full.jsonl")" "$work/full.jsonl" "$work/full.2.jsonl" 2>&1)" \
    '0 "why":"runs","blocks":30 '
  status=0
  unshare -m sh -c 'mount -t tmpfs -o ro none "$1/disk" && shift && exec "$@"' - "$work" "$(realpath "$bin")/crossover" \
    run noop -m uv "${quick[@]}" -r 2 --out "$work/disk/x" >"$work/out" 2>"$work/err" || status=$?
  check "a disk that is read-only" "$status $(said 'Read-only file system' err)" '6 Read-only file system'
fi

# ---- Forms. ----

engine run noop -m uv,threads "${alone[@]}" -r 8 --observe 1 --floors 0 --out "$work/forms" --json \
  --export-json "$work/h.json" --export-csv "$work/all.csv" --export-markdown "$work/table.md" \
  --arm 'a|b, c=true' -- --tasks 100
check "forms: exit status" "$status" 0
if command -v python3 >/dev/null; then
  check "--json is one JSON object" "$(python3 -m json.tool "$work/out" 2>&1 >/dev/null)" ''
  check "--export-json is one" "$(python3 -m json.tool "$work/h.json" 2>&1 >/dev/null)" ''
fi
check "--json begins and ends as one" "$(head -c 1 "$work/out")$(tail -n 1 "$work/out")" '{}'
for key in command mean stddev median user system min max times exit_codes; do
  check "--export-json: $key" "$(grep -c "^ *\"$key\":" "$work/h.json")" 3
done
check "--export-json: each launch's time" "$(sed -n '/"times"/,/]/p' "$work/h.json" | grep -cE '^ *[0-9.e-]+,?$')" 24
check "--export-csv: a row for each launch" "$(wc -l <"$work/all.csv")" \
  $((1 + $(lines launch "$work/forms" | wc -l)))
column() { # NAME ARM KIND: its values in the CSV; "a|b, c" is the one label that is quoted
  sed 's/"a|b, c"/abc/' "$work/all.csv" | awk -F, -v name="$1" -v arm="$2" -v kind="$3" '
    NR == 1 {for (i = 1; i <= NF; i++) if ($i == name) at = i; width = NF}
    NR > 1 && NF != width {print "a row of another width"}
    NR > 1 && $2 == arm && $3 == kind {print at ? "<" $at ">" : "no such column"}'
}
check "--export-csv: what was not measured is empty" \
  "$(column record.tasks abc timed | tally) $(column tree.pss_bytes uv timed | tally) $(column machine.origin_cpu_s uv timed | tally)" \
  '<>: 8 <>: 8 no such column: 8'
check "--export-csv: what was is there" "$(column record.tasks threads timed | tally)" '<100>: 8'
check "--export-markdown: a row for each arm that is compared" \
  "$(grep -c '^|' "$work/table.md") $(grep -cE '^\| .(uv|threads). ' "$work/table.md")" '4 2'
engine run --arm 'a|b, c=true' --arm 'plain=true' "${quick[@]}" -r 2 --out "$work/labels" \
  --export-markdown "$work/labels.md"
check "--export-markdown: a row for each arm, and nothing breaks it" \
  "$status $(grep '^|' "$work/labels.md" | sed 's/\\|//g' | awk -F'|' '{print NF}' | uniq) $(grep -c '^|' "$work/labels.md")" '0 8 4'
engine sweep noop -m uv -L tasks 1,2 "${quick[@]}" -r 2 --out "$work/parameters" --export-json "$work/h.json"
check "--export-json: parameters of a sweep" "$(grep -oE '"tasks": "[0-9]+"' "$work/h.json" | tr '\n' ' ')" \
  '"tasks": "1" "tasks": "2" '
engine show "$work/forms" --metric cpu_s
check "show --metric" "$status $(said '^ +cpu_s' out | tr -d ' ')" '0 cpu_s'
engine show "$work/forms" --metric nope
check "show --metric: unknown" "$status $(wc -l <"$work/err") $(said "no launch of cell 'noop' has a figure 'nope'" err)" \
  "2 1 no launch of cell 'noop' has a figure 'nope'"
for form in json csv markdown; do
  engine show "$work/forms" "--export-$form" /nowhere/file
  check "--export-$form that cannot be written" "$status $(said "'/nowhere/file' cannot be written" err) $(said 'Least:' out)" \
    "6 '/nowhere/file' cannot be written Least:"
  engine show "$work/forms" "--export-$form" /dev/full
  check "--export-$form on a full disk" "$status $(said "'/dev/full' cannot be written" err)" "6 '/dev/full' cannot be written"
done
status=0
"$bin/crossover" show "$work/forms" >/dev/full 2>"$work/err" || status=$?
check "a table that cannot be written" "$status $(wc -l <"$work/err")" '6 1'

# A journal from elsewhere cannot speak to the terminal.
sed -E 's/"(label|arm)":"uv"/"\1":"u\\u001b[31mv"/' "$work/forms/launches.jsonl" >"$work/seed/launches.jsonl"
engine show "$work/seed"
check "a label with control characters is refused" "$status $(grep -c $'\e' "$work/out" "$work/err" | tr '\n' ' ')" \
  "4 $work/out:0 $work/err:0 "

colours() { tr -d '\r' | grep -c $'\e\\[[0-9;]*m'; }
check "no colours where there is no terminal" "$("$bin/crossover" show "$work/forms" | colours)" 0
if command -v script >/dev/null; then
  on_terminal() { script -qec "$*" /dev/null </dev/null; }
  is "colours on a terminal" "$(NO_COLOR='' on_terminal "$bin/crossover" show "$work/forms" | colours)" 'x > 0'
  check "NO_COLOR" "$(NO_COLOR=1 on_terminal "$bin/crossover" show "$work/forms" | colours)" 0
  on_terminal "$bin/crossover" run noop -m uv "${quick[@]}" -r 4 --out "$work/terminal" >"$work/screen"
  check "progress: one line, taken away before the table" \
    "$(tr '\r' '\n' <"$work/screen" | grep -A1 'the ideal' | tail -n 1 | cut -c 1-7)" $'\e[Knoop'
fi

# Nothing is written between a launch's beginning and its end. (A sanitizer may make no vfork of it.)
strace -o "$work/strace" -e trace=vfork,wait4,write,writev,pwrite64,sendto \
  "$bin/crossover" run noop -m uv "${quick[@]}" -r 6 --out "$work/silent" >/dev/null 2>&1
if grep -qs '^vfork' "$work/strace"; then
  check "nothing is written while a launch runs" \
    "$(awk '/^vfork/ {on = 1; n++} on && /^(p?write|sendto)/ {print} /^wait4/ {on = 0} END {print n " launches"}' "$work/strace")" \
    '9 launches' # with the ideal's, and that of the account
fi
nothing_left "nothing is left of all this"
end_tests
