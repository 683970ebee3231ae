#!/usr/bin/env bash
# The ideal beside the figures of run and show: where it comes from, that it is no arm, who is held
# against it, and what is said where there is none. Times are held against each other alone.
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/measured.sh
. "$(dirname "$0")/measured.sh"
table() { "$bin/crossover" show "$work/$1" | grep -E -m 1 -o -- "$2"; } # NAME PATTERN
count_lines() { grep -c "^{\"type\":\"$2\"" "$work/$1/launches.jsonl"; } # NAME TYPE

# ---- What it is. ----

measure crawl "$bin" crawl -m uv,threads -- --unit 10ms
check "crawl: the longest of four sleeps" \
  "$status $(cell '.ideal | [.seconds, .critical_path_s, .computed_s, .width, .launches]')" \
  '0 [0.04,0.04,0,4,1]'
check "crawl: the CPUs that an arm may use" "$(cell .ideal.cpus)" "$(nproc)"
# shellcheck disable=SC2016  # jq's variable
check "each arm is so many times the ideal" \
  "$(cell '.ideal.seconds as $ideal | [.arms[] | .over_ideal / (.median.value / $ideal) | . > 0.999 and . < 1.001]')" \
  '[true,true]'
check "no arm is below it" "$(cell '[.arms[].over_ideal >= 1, (.warnings | any(startswith("FASTER")))]')" \
  '[true,true,false]'
check "it stands above the table" "$(table crawl '^  The ideal: .*')" \
  '  The ideal: 40 ms, the critical path at width 4'
check "it is a column of the table" "$(table crawl '^  uv .* [0-9.]+x ' | grep -c .)" 1
"$bin/crossover" show "$work/crawl" --export-markdown "$work/table.md" >/dev/null
check "it is a column in Markdown" "$(grep -c '95 % interval | times the ideal | times the least' "$work/table.md")" 1
"$bin/crossover" show "$work/crawl" --data >/dev/null
check "the charts know of it" "$(grep -x 'ideal = .*' "$work/crawl/data/crawl.gp")" 'ideal = 40'

# ---- It is no arm, and no launch of one. ----

check "one line tells it, before all launches" \
  "$(jq -r .type "$work/crawl/launches.jsonl" | head -n 4 | tr '\n' ' ')" 'session cell ideal launch '
cp "$work/out" "$work/before"
engine "$bin" show "$work/crawl" --json
check "show tells what run told" "$status $(cmp "$work/out" "$work/before")" '0 '
measure crawl "$bin" crawl -m uv,threads -- --unit 10ms
check "a run that goes on does not simulate again" "$status $(count_lines crawl ideal)" '0 1'
mkdir "$work/older"
grep -v '^{"type":"ideal"' "$work/crawl/launches.jsonl" >"$work/older/launches.jsonl"
engine "$bin" show "$work/older" --json
check "a journal without one is read" "$status $(cell '[.ideal, .arms[0].over_ideal, .arms[0].missing.over_ideal]')" \
  '0 [{"seconds":null,"missing":{"seconds":"it was not simulated"}},null,"it was not simulated"]'

simulated=$("$bin/crossover" list --json | jq -r '[.models[] | select(.simulated)][0].name')
for models in "$simulated" "uv,$simulated"; do
  engine "$bin" run crawl -m "$models" "${quick[@]}" --out "$work/refused"
  check "--models $models" "$status $(cat "$work/err")" \
    "2 crossover: '$simulated' simulates, so that there is nothing to time: leave it out, its ideal is shown beside the models anyway"
done
engine "$bin" sweep crawl -m "$simulated" -L width 4 "${quick[@]}" --out "$work/refused"
check "sweep refuses it too" "$status $(ls "$work/refused" 2>/dev/null)" '2 '
measure all "$bin" noop -- --tasks 3
check "all models are those that can be timed" "$status $(cell '[.arms[].label]')" \
  "0 $("$bin/crossover" list --json | jq -c '[.models[] | select(.simulated | not) | .name]')"
check "no time is nobody's ideal" \
  "$(cell '[.ideal.seconds, (.arms[] | select(.median) | .over_ideal)] | unique')" '[null,0]'
check "… for which there is a reason" "$(cell '.arms[] | select(.median) | .missing.over_ideal' | sort -u)" \
  '"the ideal takes no time"'
measure other "$bin" crawl -m uv --metric cpu_s -- --unit 1ms
check "another figure has no ratio to it" "$status $(cell '.arms[0] | [.over_ideal, .missing.over_ideal]')" \
  '0 [null,"the ideal is of the time of the run, not of this figure"]'

# ---- Computing: measured, three times, and shared out over the CPUs. ----

measure squares "$bin" squares -m threads,sequential
check "squares: it was simulated three times" "$status $(cell .ideal.launches) $(count_lines squares ideal)" '0 3 3'
check "squares: the greater of its two bounds" \
  "$(cell '.ideal | .seconds == ([.critical_path_s, .computed_s / .cpus] | max)')" true
first=$(taskset -cp $$ | sed -E 's/.*: ([0-9]+).*/\1/')
status=0
taskset -c "$first" timeout 60 "$bin/crossover" run squares -m threads "${quick[@]}" --json --out "$work/one" \
  >"$work/out" 2>"$work/err" || status=$?
check "squares, one CPU: it is all computing" "$status $(cell '.ideal | [.cpus, .seconds == .computed_s]')" '0 [1,true]'
check "… in words" "$(table one '^  The ideal: .*, all computing shared out over 1 CPU$' | wc -l)" 1
check "a simulated run tells what was computed" \
  "$("$bin/squares" -m "$simulated" --json 1000 3000 | jq -c '[.computed_s, .wall_s] == [2.4e-6, 1.8e-6]')" true
check "another run does not" "$("$bin/squares" -m uv --json 1000 | jq -c '[.computed_s, .missing.computed_s]')" \
  '[null,"the model does not simulate"]'

# ---- An origin. ----

measure download "$bin" download -m uv -L latency 20ms -L tasks 3
check "the origin's own latency" "$status $(cell '.ideal | [.seconds, .width]')" '0 [0.02,3]'
start_ready ready "$work/origin.log" "$bin/origin" --dir "$work/o"
measure named "$bin" download -m uv -- --origin "$work/o" http://www.ce.cn/
check "of an origin that was named" "$status $(cell '.ideal.seconds > 0')" '0 true'

# ---- Where there is none, it is no error. ----

rm "$work/o/served"
measure none "$bin" download -m uv -- --origin "$work/o" http://www.ce.cn/
check "a simulation that cannot be" "$status $(cell '[.ideal.seconds, (.ideal.missing.seconds | test("^it ended with status 2: ")), .arms[0].median != null]')" \
  '0 [null,true,true]'
check "… in words" "$(table none '^  No ideal: it ended with status 2: ' | wc -l)" 1

# Programs that are doctored: crawl under $simulated does what $1 says, all others what $2 says.
doctor() { # DIR SIMULATED OTHERS
  mkdir "$1"
  cp "$bin/crossover" "$1"
  # shellcheck disable=SC2016  # the program's own
  printf '#!/bin/sh\nreal=%s\ncase "$2" in\n%s) %s ;;\n*) %s ;;\nesac\n' "$(realpath "$bin")/crawl" \
    "$simulated" "$2" "$3" >"$1/crawl"
  chmod +x "$1/crawl"
}
# shellcheck disable=SC2016  # the doctored program's
doctor "$work/fast" 'exec $real "$@"' 'exec $real "$@" --unit 5ms'
measure fast "$work/fast" crawl -m uv,threads -- --unit 10ms
check "arms that are faster than can be are warned of" \
  "$status $(cell '[.warnings[] | select(startswith("FASTER THAN THE IDEAL: ")) | test("0.04 s .* uv .*, threads ")]')" '0 [true]'
check "… in words" "$(table fast 'Warning: FASTER THAN THE IDEAL')" 'Warning: FASTER THAN THE IDEAL'
# shellcheck disable=SC2016
doctor "$work/broken" 'echo sorry >&2; exit 3' 'exec $real "$@"'
measure broken "$work/broken" crawl -m uv -- --unit 1ms
check "a simulation that fails" "$status $(cell .ideal)" \
  '0 {"seconds":null,"missing":{"seconds":"it ended with status 3: sorry"}}'
# shellcheck disable=SC2016
doctor "$work/wrong" '$real "$@" | sed "s/\"verified\":true/\"verified\":false/"' 'exec $real "$@"'
measure wrong "$work/wrong" crawl -m uv -- --unit 1ms
check "a simulation that does not verify" "$status $(cell .ideal.missing.seconds)" '0 "a result did not verify"'
measure commands "$bin" '--arm=a=true'
check "commands alone have none, and nothing is said of it" \
  "$status $(cell .ideal.seconds) $("$bin/crossover" show "$work/commands" | grep -ci ideal)" '0 null 0'
end_tests
