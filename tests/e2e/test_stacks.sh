#!/usr/bin/env bash
# How deep the stacks of coroutines are used, at most: half of what there is must do, for handshakes
# with certificates of every kind, as a signal may come on top, and another processor or library.
. "$(dirname "$0")/lib.sh"
! grep -qE '__[at]san_init' "$bin/crawl" || skip_all "a sanitizer's frames are several times as large"
models | grep -qx coroutines || skip_all "coroutines cannot be here"

used() { # NAME PROGRAM ARGUMENTS…
  local status
  for _ in 1 2 3; do # openssl's server may reset a connection that it has just answered
    status=0
    LD_PRELOAD=$(realpath "$bin")/stack_depth.so "$bin/$2" -m coroutines "${@:3}" >/dev/null 2>"$work/err" ||
      status=$?
    [ $status -ne 0 ] || break
  done
  check "$1: it ends well" "$status" 0
  [[ $(tail -n 1 "$work/err") =~ ^stacks\ of\ ([0-9]+)\ bytes:\ ([0-9]+)\ used ]]
  is "$1: ${BASH_REMATCH[2]} of ${BASH_REMATCH[1]} bytes of stack" \
    "$(awk -v u="${BASH_REMATCH[2]}" -v r="${BASH_REMATCH[1]}" 'BEGIN {print u / r}')" 'x > 0 && x < 0.5'
}
used "crawl" crawl -N 100
used "queue" queue
used "movies" movies
used "download, ECDSA" download

if ! command -v openssl >/dev/null; then
  ok "download, RSA # SKIP openssl is not installed"
  end_tests
  exit
fi
for key in rsa:2048 rsa:4096 rsa-pss:3072 ed448; do
  bits=()
  [ "$key" = ed448 ] || bits=(-pkeyopt "rsa_keygen_bits:${key#*:}")
  openssl req -x509 -newkey "${key%:*}" "${bits[@]}" -nodes -keyout "$work/key" -out "$work/certificate" \
    -days 2 -subj /CN=stack.test -addext subjectAltName=DNS:stack.test 2>"$work/err" ||
    { not_ok "$key: a certificate" "$(cat "$work/err")"; continue; }
  for version in tls1_2 tls1_3; do
    start_ready ACCEPT "$work/log" openssl s_server -accept 127.0.0.1:0 -cert "$work/certificate" \
      -key "$work/key" -www -$version
    port=$(sed -nE 's/^ACCEPT 127.0.0.1:([0-9]+)$/\1/p' "$work/log")
    used "download, $key, $version" download -N 3 -W 3 --cacert "$work/certificate" \
      --connect-to "stack.test:443:127.0.0.1:$port" https://stack.test/
  done
done
end_tests
