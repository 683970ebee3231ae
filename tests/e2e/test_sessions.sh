#!/usr/bin/env bash
# --tls-session: which connections resume, under every model, against the origin and against openssl
# s_server; and that it does not make up for a certificate of another host.
. "$(dirname "$0")/lib.sh"
command -v openssl >/dev/null || skip_all "openssl is not installed"

figures() { # ARGUMENTS…: of download, with exit status and what it says
  local status=0
  "$bin/download" --json "$@" >"$work/record" 2>"$work/err" || status=$?
  echo "$status $(sed -E 's/.*"figures":(null|\{[^}]*\}).*/\1/; s/"|\.0//g' "$work/record")$(cat "$work/err")"
}
outcomes() { sed -E 's/.*"outcomes":\{([^}]*)\}.*"verified":(null|true|false).*/\1 \2/; s/"//g' "$work/record"; }

# ---- The origin. ----

printf 'https://one.test/ 0 3000\nhttps://two.test/ 3 9000\nhttp://plain.test/ 0 10\n' >"$work/sites"
start_ready ready "$work/log" "$bin/origin" --sites "$work/sites" --dir "$work/o" --tls-tickets 1
start_ready ready "$work/log2" "$bin/origin" --sites "$work/sites" --dir "$work/without"
for model in $(models); do
  one=(-m "$model" --origin "$work/o" -N 50 https://one.test/)
  check "$model: all but the first connection resume" "$(figures "${one[@]}" -W 1 --tls-session resume)" \
    "0 {tls_full:1,tls_resumed:49}"
  check "$model: what they read verifies" "$(outcomes)" "ok:50 true"
  check "$model: sites have sessions of their own" \
    "$(figures "${one[@]}" -W 1 --tls-session resume https://two.test/)" \
    "0 {tls_full:2,tls_resumed:48}"
  full=$(figures "${one[@]}" -W 4 --tls-session resume | sed -nE 's/^0 .*tls_full:([1-4]),.*/\1/p')
  check "$model: four at once resume all but their first ones" \
    "${full:+at most four full,} $(outcomes)" "at most four full, ok:50 true"
  check "$model: full is the default" "$(figures "${one[@]}" -W 1) $(figures "${one[@]}" -W 1 \
    --tls-session full)" "0 {tls_full:50,tls_resumed:0} 0 {tls_full:50,tls_resumed:0}"
  check "$model: a server without tickets, told as it is" \
    "$(figures -m "$model" --origin "$work/without" -N 50 -W 1 --tls-session resume \
      https://one.test/) $(outcomes)" "0 {tls_full:50,tls_resumed:0} ok:50 true"
  check "$model: kept alive there is one connection" \
    "$(figures "${one[@]}" -W 1 --tls-session resume -N 1 --requests-per-connection 9)" \
    "0 {tls_full:1,tls_resumed:0}"
  check "$model: without TLS there are no figures" \
    "$(figures -m "$model" --origin "$work/o" --tls-session resume http://plain.test/)" "0 null"
  check "$model: its own origin lets it resume" \
    "$(figures -m "$model" -W 1 -N 24 --tls-session resume)" "0 {tls_full:7,tls_resumed:7}"
  "$bin/movies" -m "$model" -W 1 --json --tls-session resume >"$work/record"
  # A worker process has not seen the listing.
  check "$model: movies resume the listing's session" \
    "$(grep -oE '"verified":true|"tls_(full|resumed)":[0-9]+' "$work/record" | tr '\n' ' ')" \
    "\"verified\":true \"tls_full\":$([ "$model" = processes ] && echo '2 "tls_resumed":24' ||
      echo '1 "tls_resumed":25') "
done

# ---- openssl s_server. ----

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj '/CN=site.test' \
  -addext subjectAltName=DNS:site.test -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
mkdir "$work/www"
head -c 1000 /dev/urandom >"$work/www/page"
serve() { # LOG OPTION…: sets $port
  local log=$1
  shift
  start_ready ACCEPT "$log" env -C "$work/www" openssl s_server -WWW -accept 127.0.0.1:0 \
    -cert "$work/cert.pem" -key "$work/key.pem" "$@"
  port=$(sed -n 's/^ACCEPT .*://p' "$log")
}
for options in '-tls1_2 1:9' '-tls1_3 1:9' '-tls1_3 -num_tickets 0 10:0'; do
  # shellcheck disable=SC2086  # options are to be split
  serve "$work/s_server" ${options% *}
  made=${options##* } site=(--cacert "$work/cert.pem" -W 1 --tls-session resume)
  for host in site.test other.test; do site+=(--resolve "$host:$port:127.0.0.1"); done
  for model in $(models); do
    check "$model: s_server ${options% *}" \
      "$(figures -m "$model" "${site[@]}" -N 10 "https://site.test:$port/page") $(outcomes)" \
      "0 {tls_full:${made%:*},tls_resumed:${made#*:}} ok:10 null"
    # The certificate is site.test's alone, whatever was verified for that.
    figures -m "$model" "${site[@]}" -N 10 "https://site.test:$port/page" \
      "https://other.test:$port/page" >/dev/null
    check "$model: s_server ${options% *}: another host is refused" "$(outcomes)" \
      "ok:5,tls_verify:5 null"
  done
done

# ---- Other clients, and wrong options. ----

at=$(sed -n 's/^one.test:443://p' "$work/o/connect-to")
without=$(sed -n 's/^one.test:443://p' "$work/without/connect-to")
for version in -tls1_2 -tls1_3; do
  for connect in "$at Reused" "$without New"; do
    # The ticket is there once the answer is.
    session() {
      printf 'GET / HTTP/1.1\r\nHost: one.test\r\nConnection: close\r\n\r\n' |
        openssl s_client -ign_eof -connect "${connect% *}" -servername one.test \
          -CAfile "$work/o/ca.pem" $version "$@" 2>/dev/null | grep -aoE '^(New|Reused)'
    }
    session -sess_out "$work/session" >/dev/null
    check "s_client $version: ${connect#* }" "$(session -sess_in "$work/session")" "${connect#* }"
  done
done
for program in download movies; do
  status=0
  "$bin/$program" --tls-session maybe 2>"$work/err" || status=$?
  check "$program: a wrong --tls-session" "$status $(cat "$work/err")" \
    "2 $program: --tls-session takes full or resume, not 'maybe'"
done
status=0
timeout 10 "$bin/origin" --tls-tickets 17 2>"$work/err" || status=$?
check "a wrong --tls-tickets" "$status $(cat "$work/err")" \
  "2 origin: --tls-tickets takes a whole number from 0 to 16, not '17'"
end_tests
