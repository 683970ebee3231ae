#!/usr/bin/env bash
# Bad input: one sentence on stderr, the documented exit status, and what is good still done.
. "$(dirname "$0")/lib.sh"

refuses() { # NAME STATUS PATTERN COMMAND…
  local name=$1 status=$2 pattern=$3 got=0
  shift 3
  timeout 20 "$@" >"$work/out" 2>"$work/err" </dev/null || got=$?
  if [ "$got" -ne "$status" ]; then
    not_ok "$name" "exit status $got, expected $status: $(cat "$work/err")"
  elif [ "$(wc -l <"$work/err")" -ne 1 ] || ! grep -qE -- "$pattern" "$work/err"; then
    not_ok "$name" "stderr is not one line like '$pattern': $(cat "$work/err")"
  else
    ok "$name"
  fi
}

for program in crawl download gather movies noop order queue race squares switch; do
  refuses "$program: unknown model" 2 "there is no model 'x'" "$bin/$program" -m x
  for width in 0 -1 1000000000 1e3 '' 99999999999999999999 1048577; do
    refuses "$program: width '$width'" 2 'width takes a whole number from 1 to 1048576' \
      "$bin/$program" --width "$width"
  done
  refuses "$program: tasks 0" 2 'tasks takes|fixed number' "$bin/$program" -N 0
  refuses "$program: unknown option" 2 "there is no option '--nonsense'" "$bin/$program" --nonsense
  refuses "$program: no value" 2 'needs a value' "$bin/$program" --width
  refuses "$program: deadline" 2 'deadline takes' "$bin/$program" --deadline never
  status=0
  "$bin/$program" -m sequential --help >/dev/null || status=$?
  check "$program: --help" "$status" 0
done
for program in crawl download noop squares; do
  for time in 0 -1 1x '' 99999999999999999999; do
    refuses "$program: interarrival '$time'" 2 '--interarrival takes a time above 0' \
      "$bin/$program" --interarrival "$time"
  done
done
for program in gather movies order queue race switch; do
  refuses "$program: interarrival" 2 'come when it says so itself' \
    "$bin/$program" --interarrival 1ms
done
for program in gather noop order queue race switch; do
  refuses "$program: an argument" 2 "$program takes no argument" "$bin/$program" 5
done
for program in crawl order gather; do
  refuses "$program: no unit" 2 '--unit takes a time above 0' "$bin/$program" --unit 0
done
refuses "no CPU" 2 '--cpus takes numbers of CPUs' "$bin/noop" --cpus one
refuses "a range of CPUs that is none" 2 '--cpus takes numbers of CPUs' "$bin/noop" --cpus 1-0
refuses "a CPU that is not there" 2 'may not use' "$bin/noop" --cpus 1000
for words in '' clouds cpus= cpus=0 cpus=1x cpus=4097 step= step=-1ms compute=guessed weather=fine \
  cpus=2,clouds 'cpus=2,,' "weather=rough,$(printf 'x%.0s' {1..300})"; do
  refuses "simulate '${words:0:20}'" 2 '--simulate takes cpus=N from 1 to 1024, step=TIME up to a year, compute=measured and weather=rough' \
    "$bin/crawl" -m sim --simulate "$words"
done
refuses "simulate under a model that does not" 2 \
  '--simulate is for a model that simulates, as -m sim does, not for threads' \
  "$bin/crawl" -m threads --simulate cpus=2
refuses "simulate: no origin there" 2 "'/nowhere/served' cannot be read" \
  "$bin/download" -m sim --origin /nowhere
refuses "crawl: no seconds in the name" 2 "'url_x' does not end in" "$bin/crawl" url_1 url_x
refuses "crawl: negative seconds" 2 "'url_-1' does not end in" "$bin/crawl" url_-1
refuses "crawl: waits" 2 '--waits takes equal or heavy-tailed' "$bin/crawl" -N 5 --waits long
refuses "crawl: waits and a list" 2 '--waits is for --tasks' "$bin/crawl" --waits equal url_1
refuses "order: too narrow" 2 'order needs 2 tasks in progress' "$bin/order" -m threads -W 1
refuses "order: runs" 2 '--runs takes a whole number' "$bin/order" --runs 0
refuses "queue: a batch that never fits" 2 'never fits' "$bin/queue" -m uv --capacity 2 --batch 3
refuses "queue: producers" 2 '--producers takes a whole number from 1 to 256' \
  "$bin/queue" -m uv --producers 0
refuses "queue: too narrow" 2 'queue needs 4 tasks in progress' "$bin/queue" -m processes -W 3
refuses "queue: sequential" 2 'cannot run under model sequential' "$bin/queue"
refuses "race: ways" 2 '--ways takes plain, yield, lock and atomic' "$bin/race" --ways plain,fast
refuses "race: too many ways" 2 '--ways takes' "$bin/race" --ways plain,lock,plain,lock,plain
refuses "race: plain in simulated time" 2 'nothing comes between' "$bin/race" -m sim --ways lock,plain
refuses "race: memory" 2 '--memory takes shared or private' "$bin/race" --memory mine
refuses "switch: hand-offs" 2 '--handoffs takes a whole number' "$bin/switch" -m uv --handoffs 1
refuses "movies: two listings" 2 'one listing page, not of 2' "$bin/movies" http://a/ http://b/
refuses "movies: no films" 2 '--films takes a whole number' "$bin/movies" --films 0
refuses "movies: nobody there" 1 'http://127.0.0.1:1/: Connection refused' \
  "$bin/movies" http://127.0.0.1:1/
refuses "squares: no number" 2 "'ten' is not a whole number" "$bin/squares" 5 ten
refuses "squares: negative" 2 "is not a whole number" "$bin/squares" -- -5
refuses "squares: too large a sum" 2 'the largest whose sum fits 128 bits' \
  "$bin/squares" 10069012961346
refuses "squares: overflow" 2 'is not a whole number' "$bin/squares" 99999999999999999999999

refuses "download: no URL" 2 'does not begin with http' "$bin/download" www.ce.cn
refuses "download: another scheme" 2 'does not begin with http' "$bin/download" ftp://h/
refuses "download: user name" 2 'user name' "$bin/download" http://u:p@h/
refuses "download: blank" 2 'blank or a control' "$bin/download" 'http://h/a b'
refuses "download: escapes are not passed on" 2 '\\x1b' "$bin/download" $'http://h/\e[31m'
refuses "download: port" 2 'port' "$bin/download" http://h:99999/
refuses "download: missing sites file" 2 "'/nowhere/sites' cannot be read: No such file" \
  "$bin/download" --sites /nowhere/sites
refuses "download: missing CA file" 2 'cannot be read as PEM' \
  "$bin/download" --cacert /nowhere/ca.pem http://127.0.0.1:1/
refuses "download: CA file of another kind" 2 'cannot be read as PEM' \
  "$bin/download" --cacert "$0" http://127.0.0.1:1/
refuses "download: resolve" 2 'HOST:PORT:ADDRESS' "$bin/download" --resolve a:b:c http://h/
refuses "download: connect-to" 2 'HOST1:PORT1:HOST2:PORT2' "$bin/download" --connect-to a http://h/
refuses "download: missing origin" 2 'No such file' "$bin/download" --origin /nowhere http://h/
: >"$work/empty"
refuses "download: empty sites file" 2 'the list is empty' "$bin/download" --sites "$work/empty"
refuses "origin: missing sites file" 2 'cannot be read' "$bin/origin" --sites /nowhere/sites
echo 'http://h/ fast 5' >"$work/bad"
refuses "origin: bad sites file" 2 'line 1: the latency' "$bin/origin" --sites "$work/bad"
refuses "origin: unknown option" 2 'no option' "$bin/origin" --nonsense
refuses "crossover: no command" 2 'takes a command' "$bin/crossover"
refuses "crossover: unknown command" 2 'no such command' "$bin/crossover" fly
refuses "crossover: a count without a group" 2 '--count takes' \
  "$bin/crossover" run --arm a=true --count 'x+' --out "$work/run"
refuses "crossover: a label that is no text" 2 'not all UTF-8' \
  "$bin/crossover" run --arm $'\xff=true' --out "$work/run"
refuses "crossover: a seed that JSON cannot tell" 2 '--seed takes' \
  "$bin/crossover" run noop --seed 9223372036854775808 --out "$work/run"
refuses "noop: a seed that JSON cannot tell" 2 '--seed takes' \
  "$bin/noop" --seed 9223372036854775808
refuses "crossover: no run" 4 'holds no measured cell' "$bin/crossover" show "$work"

# A site that refuses, one with a certificate that does not verify, one that is not known: the other
# sites are still read, under every model.
start_ready ready "$work/origin.log" "$bin/origin" --dir "$work/o"
for model in $(models); do
  status=0
  "$bin/download" -m "$model" --origin "$work/o" --connect-to bad.test:443:127.0.0.1:1 \
    --connect-to wrong.test:443:127.0.0.1:"$(grep '^pypi.org:443' "$work/o/connect-to" | sed 's/.*://')" \
    http://www.ce.cn/ https://bad.test/ https://wrong.test/ https://pypi.org/ \
    >"$work/out" 2>"$work/err" || status=$?
  check "$model: exit status when sites fail" "$status" 1
  check "$model: the other sites are read" "$(grep Read "$work/out" | sort)" \
    $'Read 33017 from http://www.ce.cn/\nRead 4373 from https://pypi.org/'
  check "$model: a sentence for each failure" "$(sort "$work/err")" \
    $'download: https://bad.test/: Connection refused\ndownload: https://wrong.test/: the TLS handshake failed'
  status=0
  "$bin/download" -m "$model" --connect-to "pypi.org:443:$(grep '^pypi.org:443' "$work/o/connect-to" | cut -d: -f3-)" \
    https://pypi.org/ >"$work/out" 2>"$work/err" || status=$?
  check "$model: an unknown authority is not trusted" "$status:$(grep -c 'issuer certificate' "$work/err")" 1:1
  status=0
  "$bin/download" -m "$model" --insecure --connect-to "pypi.org:443:$(grep '^pypi.org:443' "$work/o/connect-to" | cut -d: -f3-)" \
    https://pypi.org/ >"$work/out" 2>"$work/err" || status=$?
  check "$model: unless told to, loudly" "$status:$(grep -c 'NOT verified' "$work/err")" 0:1
  status=0
  "$bin/download" -m "$model" --origin "$work/o" --deadline 0.02 >"$work/out" 2>"$work/err" || status=$?
  check "$model: --deadline ends the run" "$status" 1
done
end_tests
