#!/usr/bin/env bash
# Where the time of an arm's tasks went, beside the figures of run and show: one launch an arm behind
# the timed ones, the table and the summary, what is left unexplained, and what is said where there is
# no account. The account itself is test_account.sh's.
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/measured.sh
. "$(dirname "$0")/measured.sh"
arm() { jq -c ".cells[0].arms[] | select(.label == \"$1\") | $2" "$work/out"; } # LABEL JQ_PROGRAM
# The table alone: its caption, its head, a row an arm.
table() { "$bin/crossover" show "$work/$1" | sed -n "/Where the tasks' time went/,/^\$/ p"; } # NAME
lines() { jq -c "select(.type == \"account\") | $2" "$work/$1/launches.jsonl"; } # NAME JQ_PROGRAM
unexplained='[.warnings[] | select(startswith("TIME UNEXPLAINED: "))]'

# ---- What there is. ----

measure crawl "$bin" crawl -m uv,threads,sequential -- --unit 20ms
check "crawl: each arm has an account" "$status $(cell '[.arms[].account.tasks]')" '0 [4,4,4]'
check "its parts are the whole" "$(cell '[.arms[].account.shares | .cpu + .peer + .asleep + .tasks + .turn +
  .startup + .residual | . > 0.999 and . < 1.001] | unique')" '[true]'
check "seconds are the shares of the lives" "$(cell '[.arms[].account | .asleep_s / .life_s / .shares.asleep
  | . > 0.999 and . < 1.001] | unique')" '[true]'
check "tasks that do nothing else were asleep" "$(arm uv '.account.shares | .asleep > .peer + .tasks')" true
check "one after another they wait for their turn" "$(arm sequential '.account.shares.turn > 0.3')" true
check "the lives are all tasks' together" "$(arm uv '.account.life_s >= 0.2')" true
check "too little CPU to tell user and system apart" \
  "$(arm uv '[.account.user_s, .account.shares.user, (.missing["account.user_s"] | test("too little"))]')" \
  '[null,null,true]'
check "the table: one row an arm, in the order of the figures" \
  "$(table crawl | sed -n '4,$ s/^  \([a-z]*\) .*/\1/p' | tr '\n' ' ')" \
  "$("$bin/crossover" show "$work/crawl" | sed -n '/times the least/,/^  Least/ s/^  \([a-z]\{2,\}\) .*/\1/p' | tr '\n' ' ')"
check "… of which lives, of which launch" \
  "$(table crawl | head -n 2 | tr -d '\n' | grep -c 'sums over all tasks (1000 that wait *50 ms each are 50 s), of one launch')" 1
check "… with the columns that there is something in" "$(table crawl | sed -n 3p | grep -oE 'lives|peer|asleep|tasks|unexplained' | tr '\n' ' ')" \
  'lives asleep unexplained '

# ---- When it is launched. ----

check "one launch an arm, behind all others" \
  "$(jq -r .type "$work/crawl/launches.jsonl" | tail -n 4 | tr '\n' ' ')" 'end account account account '
check "its line: the arm's own command, and --account" \
  "$(lines crawl '[.arm, .command[-1], (.command | index("--json"))]' | tr '\n' ' ')" \
  '["uv","--account",null] ["threads","--account",null] ["sequential","--account",null] '
check "no other launch is asked for it" \
  "$(jq -c 'select(.type == "launch") | .record.account' "$work/crawl/launches.jsonl" | sort -u)" null
cp "$work/out" "$work/before"
engine "$bin" show "$work/crawl" --json
check "show tells what run told" "$status $(cmp "$work/out" "$work/before")" '0 '
measure crawl "$bin" crawl -m uv,threads,sequential -- --unit 20ms
check "a run that goes on does not do it again" "$status $(lines crawl .arm | grep -c .)" '0 3'
mkdir "$work/older"
grep -v '^{"type":"account"' "$work/crawl/launches.jsonl" >"$work/older/launches.jsonl"
engine "$bin" show "$work/older" --json
check "a journal without one is read" "$status $(arm uv '[.account, .missing.account]')" \
  '0 [null,"it was not launched for it"]'
check "… and has no table" "$(table older)" ''
sed -i '/"arm":"threads","time"/ d' "$work/crawl/launches.jsonl"
measure crawl "$bin" crawl -m uv,threads,sequential -- --unit 20ms
check "a run that goes on does what is not there yet" "$status $(lines crawl .arm | tr '\n' ' ')" \
  '0 "uv" "sequential" "threads" '

measure without "$bin" crawl -m uv --no-account -- --unit 1ms
check "--no-account" "$status $(lines without .) $(arm uv '[.account, .missing.account]')" \
  '0  [null,"not asked for: --no-account"]'
check "… no table" "$(table without)" ''
measure commands "$bin" '--arm=a=true'
check "another program has none" "$status $(lines commands .) $(arm a '[.account, .missing.account]')" \
  '0  [null,"it is another program: it keeps no account"]'
check "… no table, nothing is said of it" "$("$bin/crossover" show "$work/commands" | grep -ci account)" 0
measure bounded "$bin" crawl -m uv,sequential --launch-limit 0.3 -- --unit 50ms
check "an arm that was stopped is not launched for it" \
  "$status $(lines bounded .arm) $(arm sequential '[.account, .missing.account]')" \
  '0 "uv" [null,"its launches do not come to an end within the limit"]'
check "… in the table" "$(table bounded | grep -c '^  sequential .* no account: its launches do not come to an end')" 1
measure cannot "$bin" switch -m uv,sequential -- --handoffs 100 --spawns 10
check "nor one that cannot be" \
  "$status $(lines cannot .arm) $(arm sequential '[.account, .missing.account == .not_applicable]')" '0 "uv" [null,true]'
measure failed "$bin" order -m uv -L width 1 -- --unit 1ms
check "nor one that failed" "$status $(lines failed .) $(arm uv '[.account, .missing.account]')" '1  [null,"it failed"]'

# ---- Programs that are doctored: crawl does what $2 says where it is launched with --account. ----

doctor() { # DIR COMMAND
  mkdir "$1"
  cp "$bin/crossover" "$1"
  # shellcheck disable=SC2016  # the program's own
  printf '#!/bin/sh\nreal=%s\ncase " $* " in\n*" --account "*) %s ;;\n*) exec $real "$@" ;;\nesac\n' \
    "$(realpath "$bin")/crawl" "$2" >"$1/crawl"
  chmod +x "$1/crawl"
}
# Whole seconds of lives, of which `$1` hundredths are unexplained under uv, none under others.
unexplain() { # DIR HUNDREDTHS
  # shellcheck disable=SC2016
  doctor "$1" '$real "$@" | jq -c --argjson left "$([ "$2" = uv ] && echo '"$2"' || echo 0)" ".account |= (
    map_values(if type == \"number\" then 0 else . end) + {life_s: 1, tasks: 4, events: 1, cpu_in_steps_s: 0.25,
    asleep_s: (0.75 - \$left / 100), residual_s: (\$left / 100)})"'
}
unexplain "$work/ten" 10
measure ten "$work/ten" crawl -m uv,threads -- --unit 1ms
check "a tenth is unexplained: that marks the cell" \
  "$status $(cell "$unexplained | map(test(\"over 5 % of the tasks' lives: uv 10 %[.]\"))")" '0 [true]'
check "… and the arm" "$(arm uv '.account | [.shares.residual, .explained]') $(arm threads .account.explained)" \
  '[0.1,false] true'
check "… its row in the table" "$(table ten | grep 'over 5 %$' | tr -s ' ')" ' uv 1 s 25.00 65.00 10.00 over 5 %'
check "… in words" "$("$bin/crossover" show "$work/ten" | grep -c 'Warning: TIME UNEXPLAINED: ')" 1
unexplain "$work/minus" -6
measure minus "$work/minus" crawl -m uv,threads -- --unit 1ms
check "what is explained twice marks it too" \
  "$status $(cell "$unexplained | map(test(\"uv -6 %\"))") $(arm uv .account.explained)" '0 [true] false'
unexplain "$work/four" 4
measure four "$work/four" crawl -m uv,threads -- --unit 1ms
check "less than a twentieth does not" "$status $(cell "$unexplained") $(cell '[.arms[].account.explained]') $(table four | grep -c over\ 5)" \
  '0 [] [true,true] 0'

doctor "$work/broken" 'echo sorry >&2; exit 3'
measure broken "$work/broken" crawl -m uv,threads -- --unit 1ms
check "a launch that fails is a reason, and no error" \
  "$status $(cell '[.arms[] | [.account, .missing.account, .median != null]] | unique')" \
  '0 [[null,"it ended with status 3: sorry",true]]'
check "… in the table" "$(table broken | grep -c '^  [a-z]* .* no account: it ended with status 3: sorry$')" 2
measure broken "$work/broken" crawl -m uv,threads -- --unit 1ms
check "… which is not tried again" "$status $(lines broken .failed | grep -c sorry)" '0 2'
# shellcheck disable=SC2016
doctor "$work/idle" '$real "$@" | jq -c ".account = null | .missing.account = \"no task took any time\""'
measure idle "$work/idle" crawl -m uv -- --unit 1ms
check "a record without one is a reason" "$status $(arm uv '[.account, .missing.account]')" \
  '0 [null,"no task took any time"]'
# shellcheck disable=SC2016
doctor "$work/else" 'exec $real "$@" --unit 2ms'
measure else "$work/else" crawl -m uv -- --unit 1ms
check "a launch that did other work is none" \
  "$status $(arm uv '[.account, (.missing.account | test("^did other work: [0-9]+ slept_ns where the others did [0-9]+$"))]')" \
  '0 [null,true]'
# shellcheck disable=SC2016
doctor "$work/odd" '$real "$@" | jq -c ".account.peer_s += 1"'
measure odd "$work/odd" crawl -m uv -- --unit 1ms
check "parts that are not the whole are none" "$status $(arm uv '[.account, .missing.account]')" \
  "0 [null,\"its parts are not the whole of its tasks' lives\"]"
end_tests
