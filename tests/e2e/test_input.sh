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

for program in noop squares download; do
  refuses "$program: unknown model" 2 "there is no model 'x'" "$bin/$program" -m x
  for width in 0 -1 1000000000 1e3 '' 99999999999999999999 1048577; do
    refuses "$program: width '$width'" 2 'width takes a whole number from 1 to 1048576' \
      "$bin/$program" --width "$width"
  done
  refuses "$program: tasks 0" 2 'tasks takes' "$bin/$program" -N 0
  refuses "$program: unknown option" 2 "there is no option '--nonsense'" "$bin/$program" --nonsense
  refuses "$program: no value" 2 'needs a value' "$bin/$program" --width
  refuses "$program: deadline" 2 'deadline takes' "$bin/$program" --deadline never
  status=0
  "$bin/$program" -m sequential --help >/dev/null || status=$?
  check "$program: --help" "$status" 0
done
refuses "noop: an argument" 2 "noop takes no argument" "$bin/noop" 5
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

# Output that cannot be written, and a reader that has had enough.
status=0
"$bin/squares" 5 >/dev/full 2>"$work/err" || status=$?
check "a full disk is told" "$status:$(grep -c 'could not be written' "$work/err")" 6:1
{ "$bin/squares" 5; echo "$?" >"$work/status"; } 2>"$work/err" | true
check "a closed pipe is a quiet end" "$(cat "$work/status"):$(cat "$work/err")" 0:

# Interrupted: it dies of the signal, soon, having said what there is.
for model in $(models); do
  "$bin/squares" -m "$model" --json 100000000000 1 >"$work/out" 2>/dev/null &
  pid=$!
  sleep 0.3
  kill -INT "$pid"
  status=0
  wait "$pid" || status=$?
  check "$model: interrupted" "$status:$(grep -c '"complete":false' "$work/out")" 130:1
done
end_tests
