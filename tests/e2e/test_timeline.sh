#!/usr/bin/env bash
# Traces and their timelines: of every model on crawl, download and squares the trace keeps to its
# format and to the run's record, and its lanes are what the model is; what is no trace is refused,
# damaged ones too; the picture tells what it leaves out. No time is asserted.
. "$(dirname "$0")/lib.sh"
command -v jq >/dev/null || skip_all "jq is needed"
/usr/bin/python3 -c '' 2>/dev/null || skip_all "python3 is needed"

# ---- Every model. ----

trace_one() { # WORKLOAD MODEL
  local name="$1 under $2" verdicts line can options=(--account)
  mapfile -t can < <(jq -r --arg name "$2" '.models[] | select(.name == $name) |
    .can[], (if .simulated then "simulated" else empty end)' "$work/list")
  [[ " ${can[*]} " != *" simulated "* ]] || options=() # it uses no machine
  if ! "$bin/$1" -m "$2" --workers 2 --json "${options[@]}" --trace "$work/trace.json" >"$work/record" 2>"$work/err"; then
    not_ok "$name" "it failed: $(head -n 1 "$work/err")"
    return
  fi
  if ! "$bin/crossover" timeline --json "$work/trace.json" >"$work/lanes" 2>"$work/err"; then
    not_ok "$name" "its trace is refused: $(cat "$work/err")"
    return
  fi
  verdicts=$(/usr/bin/python3 "$(dirname "$0")/timeline.py" "$work/trace.json" "$work/record" \
    "$work/lanes" "${can[@]}" 2>&1) || true
  while read -r line; do
    case $line in
      'ok '*) ok "$name: ${line#ok }" ;;
      *) not_ok "$name" "${line#not ok }" ;;
    esac
  done <<<"$verdicts"
}
"$bin/crossover" list --json >"$work/list"
for model in $(models); do
  for workload in crawl download squares; do
    why=$(jq -r --arg w "$workload" --arg m "$model" \
      '.workloads[] | select(.name == $w) | .not_applicable[$m] // empty' "$work/list")
    [ -n "$why" ] || trace_one "$workload" "$model"
  done
done

# ---- Where a trace cannot be written. ----

status=0
"$bin/crawl" --trace "$work/nowhere/trace.json" >"$work/out" 2>"$work/err" || status=$?
check "a trace that cannot be written: nothing is run" "$status $(cat "$work/out")" "6 "
check "… and one sentence says why" "$(cat "$work/err")" \
  "crawl: '$work/nowhere/trace.json' cannot be written: No such file or directory"
status=0
"$bin/crawl" --trace /dev/full >"$work/out" 2>"$work/err" || status=$?
check "a disk that is full" "$status $(head -n 1 "$work/err")" \
  "6 crawl: the trace: '/dev/full' cannot be written: No space left on device"

echo before >"$work/kept.json"
(ulimit -v 600000 && exec "$bin/crawl" --trace "$work/kept.json") >/dev/null 2>&1 || :
check "a trace that does not come about leaves the old one" "$(cat "$work/kept.json")" before

# ---- A trace made by hand: who takes which row. ----

event() { # ROW NAME CATEGORY FROM LENGTH PROCESS THREAD
  printf '{"ph":"X","pid":4194305,"tid":%s,"name":"%s","cat":"%s","ts":%s,"dur":%s,"args":{"process":%s,"thread":%s}},\n' "$@"
}
made() { # FILE DROPPED MODEL
  {
    printf '{"traceEvents":[\n'
    event 1 runs running 0 1 70 70
    event 2 runs running 0 10 70 70
    event 3 'has not begun' queued 0 5 70 70
    event 3 'waits: RECV' waiting 5 10 70 70
    event 4 'runs' running 10.001 5 70 70
    event 5 'runs' running 1 1 70 71
    event 5 'computes' computing 2 6 70 72
    event 6 'waits: SLEEP' waiting 3 4 81 81
    printf '{"ph":"X","pid":70,"tid":70,"name":"waits for the kernel","cat":"idle","ts":11,"dur":2}],\n'
    printf '"otherData":{"workload":"crawl","model":"%s","width":5,"tasks":5,"wall_s":0.00002,"events":9,"dropped":%s}}\n' \
      "$3" "$2"
  } >"$1"
}
made "$work/made.json" 7 uv
check "a row that is free is taken again" "$("$bin/crossover" timeline --json "$work/made.json" |
  jq -c '[.timelines[0].in_progress[] | [.task, .lane, .row]]')" '[[0,0,0],[1,0,1],[2,0,0],[3,1,0],[4,3,0]]'
check "a pool's thread is a lane" "$("$bin/crossover" timeline --json "$work/made.json" |
  jq -c '[.timelines[0].lanes[] | [.name, .rows, .states_s.computing * 1e6, .idle_s * 1e6]]')" \
  '[["main",2,0,2],["thread 1",1,0,0],["thread 2",1,6,0],["process 1",1,0,0]]'
check "what is missing is told" "$("$bin/crossover" timeline --json "$work/made.json" |
  jq -c '.timelines[0].dropped')" 7

# ---- What is no trace, and damaged ones. ----

refused() { # NAME FILE REGEX
  local status=0
  "$bin/crossover" timeline "$2" >"$work/out" 2>"$work/err" || status=$?
  check "refused: $1" "$status $(cat "$work/out") $(wc -l <"$work/err")" "2  1"
  check "… with the reason" "$(grep -cE -- "$3" "$work/err")" 1
}
refuse_text() { # NAME TEXT REGEX
  printf '%s' "$2" >"$work/bad.json"
  refused "$1" "$work/bad.json" "$3"
}
replace() { # NAME FROM TO REGEX: in the trace made by hand
  sed "s|$2|$3|" "$work/made.json" >"$work/bad.json"
  ! cmp -s "$work/made.json" "$work/bad.json" || not_ok "$1" "nothing was replaced"
  refused "$1" "$work/bad.json" "$4"
}
refused "no such file" "$work/nowhere.json" 'cannot be read: No such file'
refused "a folder" "$work" 'cannot be read: it is a folder'
refuse_text "nothing" '' 'is not JSON'
refuse_text "no JSON" 'no JSON' 'is not JSON'
refuse_text "no trace" '{}' 'no trace of crossover.s: it has no list'
refuse_text "a list" '[]' 'no trace of crossover.s'
refuse_text "another tool's trace" \
  '{"traceEvents":[{"ph":"X","pid":1,"tid":1,"name":"main","cat":"c","ts":0,"dur":5}]}' 'which run it is of'
refuse_text "another tool's, with data of its own" '{"traceEvents":[],"otherData":{"version":"My Application v1.0"}}' \
  'names no workload and model'
refuse_text "a run without tasks" \
  '{"traceEvents":[],"otherData":{"workload":"a","model":"b","width":1,"tasks":1,"wall_s":1,"events":0,"dropped":0}}' \
  'no task has begun'
replace "one whose tasks never begin" '"cat":"[a-z]*"' '"cat":"queued"' 'no task has begun'
# shellcheck disable=SC2016  # nobody is to run it
replace "a model that is a command" '"model":"uv"' '"model":"`id`"' 'names no workload and model'
replace "a model that ends the text" '"model":"uv"' "\"model\":\"u'v\"" 'names no workload and model'
replace "a time that is a text" '"ts":5' '"ts":"5"' 'event 3 has no time'
replace "a time beyond all" '"ts":5' '"ts":1e300' 'event 3 has no time'
replace "a time before all" '"ts":5' '"ts":-1e300' 'event 3 has no time'
replace "a length below 0" '"dur":10' '"dur":-1' 'event 1 has no time'
replace "a task that the run does not have" '"tid":4,' '"tid":4000,' 'event 4 has no task'
replace "a state that there is not" 'computing' 'dreaming' 'event 6 has no state'
replace "no thread" '"process":81,"thread":81' '"process":81' 'event 7 has no process and thread'
replace "no width" '"width":5,' '' 'does not count'
replace "a time of the run below 0" '0.00002' '-1' 'how long the run took'
head -c 500 "$work/made.json" >"$work/bad.json"
refused "half of one" "$work/bad.json" 'is not JSON'
truncate -s 200M "$work/bad.json"
refused "one that is too large" "$work/bad.json" 'too large to be drawn'
rm "$work/bad.json"
status=0
yes '' | "$bin/crossover" timeline /dev/stdin >/dev/null 2>"$work/err" || status=$?
check "a pipe without an end" "$status $(grep -c 'too large to be drawn' "$work/err")" "2 1"
status=0
/usr/bin/python3 -c 'import os, resource, sys
os.closerange(3, 4096) # of whoever runs this test
resource.setrlimit(resource.RLIMIT_NOFILE, (4, 4))
os.execv(sys.argv[1], sys.argv[1:])' "$bin/crossover" timeline "$work/made.json" --out "$work/made.svg" \
  >/dev/null 2>"$work/err" || status=$?
check "no descriptors" "$status $(grep -c 'no room in memory for the timeline: Too many open files' "$work/err")" "5 1"

# Whatever bytes are changed in it, it is read or refused.
verdicts=$(/usr/bin/python3 - "$bin/crossover" "$work/made.json" "$work/odd.json" <<'E_ODD'
import pathlib, random, re, subprocess, sys
crossover, made, odd = sys.argv[1:]
text = pathlib.Path(made).read_text()
others = ["null", "-1", "1e308", "99999999999999999999", "{}", "[]", '"x"', "true", "0", '"\\u0000"', ""]
chance = random.Random(1)
for number in range(120):
    tokens = re.split(r'("[^"]*"|[0-9.]+|[\[\]{},:])', text)
    for _ in range(chance.randint(1, 3)):
        tokens[chance.randrange(len(tokens))] = chance.choice(others)
    pathlib.Path(odd).write_text("".join(tokens))
    ran = subprocess.run([crossover, "timeline", "--json", odd], capture_output=True, text=True)
    if ran.returncode not in (0, 2) or (ran.returncode == 2) != (ran.stderr.count("\n") == 1):
        print(number, ran.returncode, ran.stderr[-300:].replace("\n", " "))
E_ODD
)
check "whatever is changed in one, it is read or refused" "$verdicts" ""

line() { # NAME STATUS REGEX ARGUMENT…
  local status=0
  "$bin/crossover" timeline "${@:4}" >"$work/out" 2>"$work/err" || status=$?
  check "$1" "$status $(cat "$work/out") $(grep -cE -- "$3" "$work/err")" "$2  1"
}
line "no trace" 2 'takes from 1 to 32 traces'
line "an unknown option" 2 "does not know '--shape'" --shape
line "a picture of another sort" 2 'ends in .svg or .png' "$work/made.json" --out "$work/made.pdf"
line "several without a name" 2 'needs a name' "$work/made.json" "$work/made.json"
line "both forms" 2 'take one of them' "$work/made.json" --json --out "$work/a.svg"

# ---- The picture. ----

status=0
PATH=/nowhere "$bin/crossover" timeline "$work/made.json" >"$work/out" 2>"$work/err" || status=$?
check "without gnuplot" "$status $(grep -c 'gnuplot, which draws, cannot be started' "$work/err")" "5 1"
if command -v gnuplot >/dev/null; then
  shown() { # REGEX: in how many texts of the picture
    sed -nE 's/.*<text[^>]*>(.*)<.text>.*/>\1</p' "$work/picture.svg" | grep -cE -- "$1"
  }
  draw() { # TRACE…
    "$bin/crossover" timeline "$@" --out "$work/picture.svg" >"$work/out" 2>"$work/err" ||
      echo "crossover timeline failed: $(cat "$work/err")"
    /usr/bin/python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$work/picture.svg"
  }
  check "a picture beside the trace" \
    "$("$bin/crossover" timeline "$work/made.json") $(grep -c '</svg>' "$work/made.svg")" "$work/made.svg 1"
  "$bin/crossover" timeline "$work/made.json" --out "$work/made.png" >"$work/out"
  check "a PNG" "$(head -c 4 "$work/made.png" | tail -c 3)" PNG
  made "$work/second.json" 0 threads
  check "two in one picture" "$(draw "$work/made.json" "$work/second.json")" ""
  check "… each with its model" "$(shown '>(uv|threads):') $(shown '>main')" "2 2"
  check "… one says what is missing" "$(shown '7 events are missing')" 1
  for state in runs computes 'waits for the network' sleeps 'has not begun' 'is computed by another thread' \
    'the loop waits for the kernel'; do
    check "the legend has '$state'" "$(shown ">$state<")" 1
  done
  check "the legend has nothing that is not there" "$(shown 'holding|ready|another task')" 0

  "$bin/crawl" -m threads -N 300 --unit 1ms --trace "$work/many.json" >"$work/out" 2>&1
  check "300 threads are drawn" "$(draw "$work/many.json")" ""
  check "… it says how many of them" "$(shown 'drawn are 150 of 300 rows')" 1
  check "… and what they are, once" "$(shown '300 threads') $(shown 'thread [0-9]')" "1 0"
  cp "$work/made.json" "$work/it's \`touch x\` | a \"name.json"
  (cd "$work" && "$bin/crossover" timeline "it's \`touch x\` | a \"name.json") >"$work/out" 2>"$work/err"
  check "a name that a shell would run" "$(cat "$work/out" "$work/err") $([ -e "$work/x" ] && echo run)" \
    "it's \`touch x\` | a \"name.svg "
  line "a picture that cannot be written" 6 'cannot be written: No such file' "$work/made.json" --out "$work/nowhere/a.svg"
  ln -s /dev/full "$work/full.svg"
  line "a disk that is full" 6 "'/dev/full' cannot be written" "$work/made.json" --out "$work/full.svg"
fi
end_tests
