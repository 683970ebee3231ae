#!/usr/bin/env bash
# Servers that are not ours: nginx and openssl s_server. What download reads is held against what
# curl reads, byte for byte: by length and by SHA-256 through a manifest that curl's bytes make.
. "$(dirname "$0")/lib.sh"
for tool in nginx curl openssl; do
  command -v "$tool" >/dev/null || PATH=$PATH:/usr/sbin command -v "$tool" >/dev/null ||
    skip_all "$tool is not installed"
done
PATH=$PATH:/usr/sbin

# A CA and a certificate for site.test, by openssl.
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj '/CN=Test CA' -keyout "$work/ca.key" \
  -out "$work/ca.pem" 2>/dev/null
openssl req -newkey rsa:2048 -nodes -subj '/CN=site.test' -keyout "$work/site.key" \
  -out "$work/site.csr" 2>/dev/null
printf 'subjectAltName=DNS:site.test\n' >"$work/ext"
openssl x509 -req -days 2 -in "$work/site.csr" -CA "$work/ca.pem" -CAkey "$work/ca.key" \
  -CAcreateserial -extfile "$work/ext" -out "$work/site.pem" 2>/dev/null

mkdir -p "$work/www" "$work/tmp"
head -c 300000 /dev/urandom >"$work/www/large"
head -c 1 /dev/urandom >"$work/www/tiny"
: >"$work/www/empty"
seq 20000 >"$work/www/text"
# Ports that are free now, from below those that the system deals out. Another program may take one
# before its server listens: then the servers are started again on others.
free_port() {
  local port
  for _ in $(seq 50); do
    port=$((10000 + RANDOM % 20000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || {
      echo "$port"
      return
    }
  done
}
start_servers() { # true once all three listen
  local pids=() pid port
  http=$(free_port) https=$(free_port) s_server=$(free_port)
  cat >"$work/nginx.conf" <<EOF
$([ "$(id -u)" -ne 0 ] || echo 'user root;') daemon off; worker_processes 1; pid $work/nginx.pid; error_log $work/nginx.err;
events {}
http {
  access_log off; client_body_temp_path $work/tmp; proxy_temp_path $work/tmp;
  fastcgi_temp_path $work/tmp; uwsgi_temp_path $work/tmp; scgi_temp_path $work/tmp;
  server {
    listen 127.0.0.1:$http; listen 127.0.0.1:$https ssl;
    ssl_certificate $work/site.pem; ssl_certificate_key $work/site.key;
    root $work/www;
    location /moved { return 301 /text; }
    location /chunked { ssi on; ssi_types *; alias $work/www/text; }
  }
}
EOF
  nginx -c "$work/nginx.conf" 2>"$work/nginx.out" &
  pids+=($!)
  (cd "$work/www" && exec openssl s_server -quiet -WWW -accept "127.0.0.1:$s_server" \
    -cert "$work/site.pem" -key "$work/site.key") >/dev/null 2>&1 &
  pids+=($!)
  started+=("${pids[@]}")
  for port in "$http" "$https" "$s_server"; do
    for _ in $(seq 100); do
      ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
      sleep 0.05
    done
  done
  for pid in "${pids[@]}"; do
    kill -0 "$pid" 2>/dev/null || {
      kill "${pids[@]}" 2>/dev/null
      return 1
    }
  done
}
up=no
for _ in $(seq 5); do
  ! start_servers || { up=yes && break; }
done
[ $up = yes ] || {
  not_ok "nginx and openssl s_server start" "five times one of them ended: $(cat "$work/nginx.out")"
  end_tests
  exit
}

urls=()
for path in large tiny empty text moved chunked; do
  urls+=("http://site.test:$http/$path" "https://site.test:$https/$path")
done
for path in large tiny text; do
  urls+=("https://site.test:$s_server/$path")
done
resolve=()
for port in "$http" "$https" "$s_server"; do
  resolve+=(--resolve "site.test:$port:127.0.0.1")
done
# An origin's directory, made from what curl reads.
mkdir "$work/o"
: >"$work/o/connect-to"
for url in "${urls[@]}"; do
  curl -sSL --cacert "$work/ca.pem" "${resolve[@]}" -o "$work/body" "$url" ||
    echo "# curl failed on $url"
  echo "$url" >>"$work/o/sites"
  echo "$url $(stat -c %s "$work/body") $(sha256sum "$work/body" | cut -d' ' -f1)" >>"$work/o/manifest"
done

for model in $(models); do
  for requests in 1 2; do
    # s_server takes one connection at a time and closes each.
    record=$("$bin/download" -m "$model" --json --requests-per-connection "$requests" --width 4 \
      --cacert "$work/ca.pem" "${resolve[@]}" --origin "$work/o" 2>"$work/err")
    check "$model: ${#urls[@]} bodies as curl reads them, $requests on a connection" \
      "$(jq -r '"\(.ok) \(.failed) \(.outcomes.ok) \(.verified) "' <<<"$record")$(cat "$work/err")" \
      "${#urls[@]} 0 ${#urls[@]} true "
  done
  check "$model: real sites have nothing to be verified against" \
    "$("$bin/download" -m "$model" --json --cacert "$work/ca.pem" "${resolve[@]}" \
      "https://site.test:$https/text" | grep -oE '"verified":(null|true|false)')" '"verified":null'
done
# A body that curl did not read: the check must be able to fail.
sed -i 's/ [0-9a-f]\{8\}/ 00000000/' "$work/o/manifest"
status=0
"$bin/download" --json --cacert "$work/ca.pem" "${resolve[@]}" --origin "$work/o" \
  >"$work/out" 2>/dev/null || status=$?
check "a wrong digest is found" "$status:$(grep -c '"verified":false' "$work/out")" 1:1
end_tests
