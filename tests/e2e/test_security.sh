#!/usr/bin/env bash
# What SECURITY.md promises, point by point, as far as a whole program is needed to see it. What the
# parsers promise is the unit tests' and the fuzzers'; faults of TLS and redirects are
# tests/faults/network.txt's.
. "$(dirname "$0")/lib.sh"
root=$(cd "$(dirname "$0")/../.." && pwd)

# ---- Certificates: verified, unless told otherwise, which the record tells on. ----

cat >"$work/sites" <<'EOS'
https://one.test/ 0 100
https://192.0.2.7/ 0 100
http://plain.test/ 0 100
EOS
start_ready ready "$work/origin.log" "$bin/origin" --sites "$work/sites" --dir "$work/o"
check "--insecure is recorded" "$("$bin/download" --origin "$work/o" --insecure --json https://one.test/ 2>/dev/null |
  jq -c '.arguments | map(select(. == "--insecure"))')" '["--insecure"]'

# ---- The origin's authority. ----

text=$(openssl x509 -in "$work/o/ca.pem" -noout -text)
check "the authority speaks for its hosts alone" \
  "$(grep -A 3 'X509v3 Name Constraints: critical' <<<"$text" | tail -n +2 | tr -d ' \n')" \
  'Permitted:DNS:one.testIP:192.0.2.7/255.255.255.255'
check "it is one, and signs no further one" "$(grep -A 1 'Basic Constraints: critical' <<<"$text" | tail -n 1 | tr -d ' ')" \
  'CA:TRUE,pathlen:0'
check "its key is nowhere" "$(grep -rlE 'PRIVATE KEY' "$work/o")" ''
check "its folder is the owner's" "$(stat -c %a "$work/o")" 700
check "the system does not trust it" "$(openssl verify "$work/o/ca.pem" 2>&1 | grep -c 'self-signed certificate')" 1
committed=$(cd "$root" && { git ls-files 2>/dev/null || find . -type f -not -path './build*'; } |
  xargs -d '\n' grep -lE -- '-----BEGIN [A-Z ]*PRIVATE KEY' 2>/dev/null)
check "no key is committed" "$committed" ''

# ---- Who can reach the origin. ----

refused() { # NAME PATTERN OPTION…
  local name=$1 pattern=$2 status=0
  shift 2
  timeout 10 "$bin/origin" --dir "$work/refused" "$@" >"$work/out" 2>"$work/err" || status=$?
  check "$name" "$status $(grep -cE -- "$pattern" "$work/err") $(wc -l <"$work/err")" '2 1 1'
}
echo 'http://a.test/ 0 9 fault=cut' >"$work/faulty"
echo 'http://a.test/ 0 9 drip=5' >"$work/dripping"
echo 'http://a.test/ 0 0 raw=x' >"$work/raw"
for kind in faulty dripping raw; do
  refused "beyond the loopback address no site is $kind" 'loopback address alone' --bind 0.0.0.0 --sites "$work/$kind"
done
refused "--bind takes an address" 'IPv4 address in figures' --bind localhost
refused "a fault that is none" 'there is no such fault' --sites <(echo 'http://a.test/ 0 9 fault=nonsense')
start_ready ready "$work/all.log" "$bin/origin" --bind 127.0.0.3 --sites "$work/faulty" --dir "$work/bound"
check "--bind is heeded" "$(cut -d: -f3 "$work/bound/connect-to")" 127.0.0.3

# ---- Sites that are somebody else's. ----

width() { # OPTION…: of a run over ten sites
  # shellcheck disable=SC2046
  "$bin/download" -m uv --json --max-time 0.2 "$@" $(printf 'http://h%d.test/ ' 0 1 2 3 4 5 6 7 8 9) 2>/dev/null | jq .width
}
for there in 203.0.113.9 elsewhere.invalid 10.0.0.1; do
  check "few requests at once to $there" "$(width --connect-to "::$there:9")" 6
done
check "more when told to" "$(width --connect-to ::203.0.113.9:9 -W 10)" 10
check "on this host all at once" "$(width --connect-to ::127.0.0.1:9)" 10

# ---- What a server said. ----

page='<div id="showing-soon"><div class="item"><a>thumb</a><h3><a href="https://evil.test/1/">%1B]0;owned%07%7F%9B31m</a></h3><ul><li class="dt">soon</li></ul></div></div>'
film='<html><body><img src="https://evil.test/a.png?%1B[2J"></body></html>'
{
  echo "https://evil.test/ 0 0 raw=HTTP/1.1%20200%20OK%0D%0A%0D%0A${page// /%20}"
  echo "https://evil.test/1/ 0 0 raw=HTTP/1.1%20200%20OK%0D%0A%0D%0A${film// /%20}"
} >"$work/evil-sites"
start_ready ready "$work/evil.log" "$bin/origin" --sites "$work/evil-sites" --dir "$work/evil"
"$bin/movies" -m uv --origin "$work/evil" https://evil.test/ >"$work/out" 2>"$work/err"
check "movies shows a hostile page" "$(grep -c 'evil.test/a.png' "$work/out")" 1
check "and none of its control bytes" "$(LC_ALL=C grep -cP '[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' "$work/out" "$work/err" | tr '\n' ' ')" \
  "$work/out:0 $work/err:0 "

# A listing that leads elsewhere, and a film's page that redirects there.
{
  echo "https://lure.test/ 0 0 raw=HTTP/1.1%20200%20OK%0D%0A%0D%0A${page// /%20}"
  echo "https://evil.test/1/ 0 0 redirect=https://lure.test/1/"
  echo "https://evil.test/ 0 0 raw=HTTP/1.1%20200%20OK%0D%0A%0D%0A${page// /%20}"
  echo "https://lure.test/1/ 0 0"
} >"$work/lure-sites"
start_ready ready "$work/lure.log" "$bin/origin" --sites "$work/lure-sites" --dir "$work/lure"
for model in $(all_models); do
  "$bin/movies" -m "$model" --origin "$work/lure" https://lure.test/ >"$work/out" 2>"$work/err"
  check "$model: a crawl does not leave its host for a link" "$(grep -c 'a crawl stays on its host' "$work/err")" 1
  "$bin/movies" -m "$model" --origin "$work/lure" https://evil.test/ >"$work/out" 2>"$work/err"
  check "$model: nor for a redirect" "$(grep -c 'it redirects to another host' "$work/err")" 1
done

# ---- Results that are somebody else's. ----

mkdir "$work/theirs"
# shellcheck disable=SC2016
hostile='x'\''; system(\\"touch pwned\\") #`touch pwned`\\",=1+1'
sed "s/\"threads\"/\"$hostile\"/g" "$root/results/reference/launches.jsonl" >"$work/theirs/launches.jsonl"
status=0
"$bin/crossover" show "$work/theirs" --data >"$work/out" 2>"$work/err" || status=$?
check "gnuplot gets names of models alone" \
  "$status $(grep -c "is not a model's name" "$work/err") $(cat "$work"/theirs/data/*.gp 2>/dev/null | grep -c touch)" '4 1 0'
# Why a model has no figure may be anything: it is data, which gnuplot does not run.
mkdir "$work/reasons"
sed "s/it runs one task at a time/$hostile/g" "$root/results/reference/launches.jsonl" >"$work/reasons/launches.jsonl"
status=0
"$bin/crossover" show "$work/reasons" --data >"$work/out" 2>"$work/err" || status=$?
check "gnuplot gets reasons as data alone, as one field each" \
  "$status $(cat "$work"/reasons/data/*.gp | grep -c touch) $(grep -hv '^#' "$work"/reasons/data/*.reasons.dat | grep -vcE '^[0-9]+ "[^"]*"$')" \
  '0 0 0'
if command -v gnuplot >/dev/null; then
  (cd "$work/reasons" && gnuplot -c "$root/plots/times.gp" "$root/plots" queue chart.svg svg) 2>"$work/err"
  check "… and draws them" "$(grep -c 'touch pwned' "$work/reasons/chart.svg") $(ls "$work"/reasons/pwned 2>/dev/null)" '1 '
fi
"$bin/crossover" show "$work/theirs" --export-csv "$work/theirs.csv" >"$work/out" 2>&1
if command -v python3 >/dev/null; then
  check "in CSV it is one field" "$(python3 - "$work/theirs.csv" <<'PY'
import csv, sys
rows = list(csv.reader(open(sys.argv[1], newline="")))
print(len({len(row) for row in rows}), any("touch" in field and "=1+1" in field for row in rows for field in row))
PY
)" '1 True'
fi

# ---- No shell is ever given data. ----

check "no program of ours starts a shell" \
  "$(cd "$root" && grep -rnE '\b(system|popen|wordexp) *\(|"(/bin/)?(ba|da)?sh"' core models workloads origin bench --include='*.[ch]')" ''
end_tests
