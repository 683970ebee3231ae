#!/usr/bin/env bash
# Certificates: the same for the same work, whatever model does it, over a real network too, and
# different for other work. And what did other work is not compared with the rest: the program of a
# workload is doctored, so that under one model it does something else.
. "$(dirname "$0")/lib.sh"

id() { grep -o '"id":"[0-9a-f]*"' | cut -d'"' -f4; }
# Of a run that went well: on a busy machine a cancellation may come when its task is over.
certify() { # WORKLOAD ARGUMENT…
  local record
  for _ in 1 2 3 4 5; do
    ! record=$("$bin/$1" --json "${@:2}" 2>"$work/err") || break
  done
  id <<<"$record" || sed 's/^/# /' "$work/err" >&2
}
# Those that models state of a workload with these words: each id once, and how many models did it.
ids() { # WORKLOAD ARGUMENT…
  local workload=$1 model
  shift
  "$bin/$workload" --model list | awk '$2 !~ /^(unavailable|n\/a):$/ {print $1}' | while read -r model; do
    certify "$workload" -m "$model" "$@"
  done | sort | uniq -c
}
seen=
# Under every model the same, and not that of any work before.
one_of_its_own() { # NAME WORKLOAD ARGUMENT…
  local all one
  all=$(ids "${@:2}")
  one=$(awk '{print $2}' <<<"$all")
  if [ "$(wc -l <<<"$all")" -ne 1 ] || [ "${#one}" -ne 16 ]; then
    not_ok "$1: every model certifies the same" "$(tr '\n' ';' <<<"$all")"
  elif [[ $seen == *"$one"* ]]; then
    not_ok "$1: it is work of its own" "$one was there before"
  else
    ok "$1: every model certifies the same, and nothing else does"
  fi
  seen+=" $one"
}

# ---- The same work, and other work. ----

cat >"$work/sites" <<'EOF'
http://plain.test/ 1 20000
https://secure.test/ 1 30000
http://plain.test/again 0 0
EOF
start_ready ready "$work/origin.log" "$bin/origin" --sites "$work/sites" --tls-tickets 2 --dir "$work/o"
start_ready ready "$work/films.log" "$bin/origin" --dir "$work/films"
at=(--origin "$work/o")
one_of_its_own "download, plain" download "${at[@]}" -N 20 -W 4 http://plain.test/
one_of_its_own "download, over TLS" download "${at[@]}" -N 20 -W 4 https://secure.test/
one_of_its_own "download, all sites" download "${at[@]}"
one_of_its_own "download, one request more" download "${at[@]}" -N 4
one_of_its_own "download, kept alive" download "${at[@]}" --requests-per-connection 5
one_of_its_own "download, kept alive for longer" download "${at[@]}" --requests-per-connection 6
secure=("${at[@]}" -N 6 -W 1 https://secure.test/)
check "download: resumed sessions are the same work" \
  "$(ids download "${secure[@]}" --tls-session resume | awk '{print $2}')" \
  "$("$bin/download" "${secure[@]}" --json | id)"
check "download: so is any width" "$("$bin/download" -m threads -W 1 "${at[@]}" --json | id)" \
  "$("$bin/download" -m threads -W 3 "${at[@]}" --json | id)"
one_of_its_own "movies" movies --origin "$work/films"
one_of_its_own "movies, fewer films" movies --origin "$work/films" --films 7
one_of_its_own "movies, parsed twice" movies --origin "$work/films" --parse-cost 2
one_of_its_own "crawl" crawl --unit 1ms
one_of_its_own "crawl, longer" crawl --unit 2ms
one_of_its_own "crawl, of all lengths" crawl --unit 1ms -N 20 --waits heavy-tailed
one_of_its_own "gather" gather --unit 20ms --return-exceptions
one_of_its_own "gather, longer" gather --unit 21ms --return-exceptions
one_of_its_own "order" order --unit 1ms
one_of_its_own "order, twice" order --unit 1ms --runs 2
one_of_its_own "queue" queue --unit 1ms
one_of_its_own "queue, without pauses" queue --unit 0 --items 2000 --capacity 8 --batch 4
one_of_its_own "queue, more items" queue --unit 0 --items 2001 --capacity 8 --batch 4
one_of_its_own "race" race --increments 3000 --ways yield,lock,atomic # simulations have no plain one
one_of_its_own "race, further" race --increments 3001 --ways yield,lock,atomic
one_of_its_own "race, one way" race --increments 3000 --ways plain
one_of_its_own "squares" squares 1000 2000
one_of_its_own "squares, other numbers" squares 2000 1000
one_of_its_own "switch" switch --handoffs 100 --spawns 10
one_of_its_own "switch, once more" switch --handoffs 102 --spawns 10
one_of_its_own "noop" noop -N 10
one_of_its_own "noop, one more" noop -N 11

"$bin/download" "${at[@]}" --json http://plain.test/ >"$work/record"
check "download: requests, connections and bytes are counted" \
  "$(grep -o '"requests":[0-9]*}' "$work/record") $(grep -o '"bytes":[0-9]*,"connections":[0-9]*' "$work/record")" \
  '"requests":1} "bytes":20000,"connections":1'
"$bin/download" "${at[@]}" --json --requests-per-connection 3 http://plain.test/ >"$work/record"
check "download: … of each request, on one connection" \
  "$(grep -o '"requests":[0-9]*}' "$work/record") $(grep -o '"bytes":[0-9]*,"connections":[0-9]*' "$work/record")" \
  '"requests":3} "bytes":60000,"connections":1'

"$bin/movies" --origin "$work/films" --parse-cost 3 --json >"$work/record"
check "movies: pages are counted, and how often they were parsed" \
  "$(grep -o '"operations":{[^}]*}' "$work/record")" '"operations":{"requests":26,"parses":78}'
"$bin/queue" -m threads --unit 1ms --producers 4 --consumers 1 --json >"$work/record"
check "queue: what was left over counts as what was taken" \
  "$(grep -o '"items_put":[0-9]*,"items_taken_or_left":[0-9]*' "$work/record")" \
  '"items_put":20,"items_taken_or_left":20'

# ---- What did other work is not compared. ----

mkdir "$work/bin"
cp "$bin"/{crossover,noop} "$work/bin"
real=$(realpath "$bin")
# In place of crawl: the same, but under these models it goes on in another way.
doctor() { # MODEL… -- ARGUMENT…
  local models=
  while [ "$1" != -- ]; do
    models+="${models:+|}*\"-m $1 \"*"
    shift
  done
  printf '#!/bin/sh\ncase "$* " in\n%s) exec "%s/crawl" "$@" %s ;;\nesac\nexec "%s/crawl" "$@"\n' \
    "$models" "$real" "${*:2}" "$real" >"$work/bin/crawl"
  chmod +x "$work/bin/crawl"
}
run() { # NAME MODELS [ARGUMENT…]: sets status; writes out, err, NAME.json
  local name=$1
  status=0
  timeout 60 "$work/bin/crossover" run crawl -m "$2" "${@:3}" --max-foreign 1000 --observe 0 --no-trace --no-account \
    --floors 0 --runs 4 --out "$work/$name" -- --unit 1ms >"$work/out" 2>"$work/err" || status=$?
  "$work/bin/crossover" show "$work/$name" --json >"$work/$name.json" 2>/dev/null
}
told() { jq -r "$1" "$work/$2.json"; } # FILTER NAME

doctor uv -- url_1 url_2 url_3
run other sequential,uv,threads
check "other work: the rest is compared" "$status" 0
check "other work: the table says what was done instead" \
  "$(grep -E '^  uv  ' "$work/out" | sed -E 's/ +/ /g')" \
  ' uv n/a: did other work: 3 tasks where the others did 4'
check "other work: a warning says so" "$(grep -c 'Warning: uv did other work: 3 tasks' "$work/out" | tr '\n' ' ')" '1 '
check "other work: no figure, no ratio, no rank in JSON" \
  "$(told '.cells[0].arms[] | select(.label == "uv") | [.median, .ratio_to_least, .wins, .other_work] | map(tostring) | join("; ")' other)" \
  'null; null; false; did other work: 3 tasks where the others did 4'
check "other work: it is not the least, though it takes least" \
  "$(told '.cells[0] | [.least, .next] | sort | join(" ")' other)" 'sequential threads'
check "other work: its launches are kept" \
  "$(grep -c '"arm":"uv","kind":"timed"' "$work/other/launches.jsonl")" 4
check "other work: no ratio of it" \
  "$("$work/bin/crossover" show "$work/other" --ratio uv:threads | tail -n 1 | cut -f2)" -

doctor uv threads -- --unit 2ms
run most sequential,uv,threads
check "of most arms the work counts" \
  "$status $(told '[.cells[0].arms[] | select(.other_work) | .label] | join(" ")' most)" '0 sequential'
check "… and what differs is named" \
  "$(told '.cells[0].arms[] | select(.other_work) | .other_work' most)" \
  'did other work: 10000000 slept_ns where the others did 20000000'

doctor threads -- --unit 2ms
run pair uv,threads
check "two that did different work: status 4" "$status" 4
check "… with a sentence" "$(grep -c "nothing is left to compare in cell 'crawl'" "$work/err")" 1
check "… the first one's work counts" \
  "$(told '[.cells[0].arms[] | select(.other_work) | .label] | join(" ")' pair)" threads
run single threads
check "one arm alone is compared with nobody" "$status" 0

# Every other launch does something else.
# shellcheck disable=SC2016 # for the program
printf '#!/bin/sh\nif mkdir "%s/odd" 2>/dev/null; then exec "%s/crawl" "$@"; fi\nrmdir "%s/odd"\nexec "%s/crawl" "$@" url_1\n' \
  "$work" "$real" "$work" "$real" >"$work/bin/crawl"
run torn uv
check "launches that differ from each other" \
  "$status $(told '.cells[0].arms[0].other_work' torn | sed -E 's/(1 tasks .* 4|4 tasks .* 1)$/4 and 1/')" \
  '4 not all the same: a launch did other work: 4 and 1'

# ---- What has none: other programs, and records of before. ----

cp "$bin/crawl" "$work/bin/crawl"
run beside uv,threads --arm 'sh=true'
check "another program is not compared with what is certified" \
  "$status $(told '[.cells[0].arms[] | select(.other_work) | .label] | join(" ")' beside)" '0 sh'
mkdir "$work/old"
jq -c 'if .record then del(.record.certificate) else . end' "$work/beside/launches.jsonl" \
  >"$work/old/launches.jsonl"
"$bin/crossover" show "$work/old" --json >"$work/old.json" 2>"$work/err"
check "records of before are compared with their like" \
  "$(told '[.cells[0].arms[] | select(.other_work)] | length' old)" 0
end_tests
