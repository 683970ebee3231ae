#!/usr/bin/env bash
# The origin: its ways of answering, under every model and by curl; and that it ends with its parent,
# leaving nothing.
. "$(dirname "$0")/lib.sh"
cat >"$work/sites" <<'EOF'
http://plain.test/             0 1000
http://plain.test/chunked      5 9000 chunked
http://plain.test/until-close  0 70000 close-delimited
http://plain.test/moved        0 0 redirect=https://tls.test/
http://plain.test/gone         0 3 status=404
http://plain.test/loop         0 0 redirect=http://plain.test/loop
http://plain.test:8080/port?q  0 10
https://tls.test/              3 20000 # a comment
https://tls.test/chunked       0 300000 chunked
https://tls.test/until-close   0 5000 close-delimited
https://tls.test/down          0 0 redirect=http://plain.test/
EOF
start_ready ready "$work/log" "$bin/origin" --sites "$work/sites" --dir "$work/o"
check "only the owner may look into its directory" "$(stat -c %a "$work/o")" 700

good=(http://plain.test/ http://plain.test/chunked http://plain.test/until-close
  http://plain.test/moved http://plain.test:8080/port?q https://tls.test/ https://tls.test/chunked
  https://tls.test/until-close)
for model in $(all_models); do
  for requests in 1 3; do
    check "$model: every way of answering, $requests on a connection" \
      "$("$bin/download" -m "$model" --origin "$work/o" --requests-per-connection "$requests" --json \
        "${good[@]}" | grep -oE '"(failed|verified)":[a-z0-9]+' | tr '\n' ' ')" \
      '"failed":0 "verified":true '
  done
  "$bin/download" -m "$model" --origin "$work/o" http://plain.test/gone http://plain.test/loop \
    https://tls.test/down http://plain.test/nowhere >/dev/null 2>"$work/err"
  check "$model: what is wrong is told" "$(sort "$work/err")" \
    "download: http://plain.test/gone: the server answered 404
download: http://plain.test/loop: it redirects too often
download: http://plain.test/nowhere: the server answered 404
download: https://tls.test/down: it redirects from https to http"
  check "$model: --max-filesize" "$("$bin/download" -m "$model" --origin "$work/o" \
    --max-filesize 8999 http://plain.test/chunked 2>&1 >/dev/null)" \
    'download: http://plain.test/chunked: the body is larger than --max-filesize'
done

if command -v curl >/dev/null; then
  curl_options=(-sS --cacert "$work/o/ca.pem")
  while read -r line; do curl_options+=(--connect-to "$line"); done <"$work/o/connect-to"
  while read -r url bytes sha256; do
    curl "${curl_options[@]}" -L -o "$work/body" "$url"
    check "curl reads $url as the manifest has it" \
      "$(stat -c %s "$work/body") $(sha256sum "$work/body" | cut -d' ' -f1)" "$bytes $sha256"
  done <"$work/o/manifest"
  check "HEAD has no body" \
    "$(curl "${curl_options[@]}" -I http://plain.test/ | tr -d '\r' | grep -c 'Content-Length: 1000')" 1
  check "another method is refused" \
    "$(curl "${curl_options[@]}" -o /dev/null -w '%{http_code}' -X DELETE http://plain.test/)" 405
  check "an unknown host is not found" "$(curl "${curl_options[@]}" -o /dev/null -w '%{http_code}' \
    -H 'Host: other.test' http://plain.test/)" 404
  check "two requests in one packet are both answered" \
    "$(port=$(grep '^plain.test:80:' "$work/o/connect-to" | head -n 1 | cut -d: -f4)
      exec 3<>"/dev/tcp/127.0.0.1/$port"
      printf 'GET / HTTP/1.1\r\nHost: plain.test\r\n\r\nGET / HTTP/1.1\r\nHost: plain.test\r\nConnection: close\r\n\r\n' >&3
      grep -o 'HTTP/1.1 200 OK' <&3 | wc -l)" 2
fi
ports=$(cut -d: -f4 "$work/o/connect-to" | sort -u | xargs printf '%04X\n' | paste -sd '|')
check "it listens on the loopback address alone" \
  "$(awk 'NR > 1 && $4 == "0A" {print $2}' /proc/"${started[0]}"/net/tcp | grep -E ":($ports)$" |
    cut -d: -f1 | sort -u)" 0100007F
refused=0
mkdir -p "$work/mine" && echo keep >"$work/mine/sites"
"$bin/origin" --dir "$work/mine" >/dev/null 2>"$work/err" || refused=$?
check "somebody's files are left alone" \
  "$refused $(cat "$work/mine/sites") $(grep -c 'is there already' "$work/err")" "2 keep 1"

# Its parent is killed: it goes, and its directory with it.
bash -c '"$1" --dir "$2" >"$3" & sleep 30' sh "$bin/origin" "$work/gone" "$work/gone.log" >/dev/null 2>&1 &
parent=$!
for _ in $(seq 100); do
  [ ! -s "$work/gone.log" ] || break
  sleep 0.05
done
kill -KILL "$parent"
wait "$parent" 2>/dev/null
for _ in $(seq 100); do
  [ -e "$work/gone" ] || break
  sleep 0.05
done
check "it ends with its parent and takes its directory along" \
  "$([ -s "$work/gone.log" ] && [ ! -e "$work/gone" ] && echo gone)" gone

# A workload that starts its own leaves nothing behind, however it ends.
mkdir "$work/tmp"
TMPDIR=$work/tmp "$bin/download" -m uv >/dev/null
TMPDIR=$work/tmp "$bin/download" -m sequential >/dev/null 2>&1 &
sleep 0.4
kill -KILL $!
wait $! 2>/dev/null
sleep 1
check "no directory of an origin is left" "$(ls "$work/tmp")" ""
end_tests
