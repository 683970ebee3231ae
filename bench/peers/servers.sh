#!/usr/bin/env bash
# What the origin costs beside nginx: the server's own CPU a request, both side by side on one core,
# driven in turns by wrk on another. Both give the same body of 1,024 bytes out of memory, over HTTP
# and TLS, on connections that are kept and on fresh ones with a full handshake; nginx has one worker
# and no log. Beyond the origin's headers nginx sends a Date. What the clients cost is left to
# prepare.sh.
# Usage: bench/peers/servers.sh [BIN_DIR] [ROUNDS]     exit 1 when a bar is missed
set -euo pipefail
cd "$(dirname "$0")/../.."
bin=${1:-build/bin} rounds=${2:-7}
PATH=$PATH:/usr/sbin
# shellcheck source=bench/rounds.sh
. bench/rounds.sh

[[ $# -le 2 && $rounds =~ ^[1-9][0-9]*$ ]] ||
  die "$STATUS_USAGE" "it takes BIN_DIR, then the number of rounds, from 1"
[ -x "$bin/origin" ] || die "$STATUS_ENVIRONMENT" \
  "there is no '$bin/origin'; build the suite, or name its directory"
packages=()
for needed in nginx:nginx-light wrk:wrk curl:curl openssl:openssl; do
  command -v "${needed%:*}" >/dev/null || packages+=("${needed#*:}")
done
[ ${#packages[@]} -eq 0 ] ||
  die "$STATUS_ENVIRONMENT" "these packages are missing: ${packages[*]}"

mapfile -t cpus < <(own_cpus)
server_cpu=${cpus[-1]} client_cpu=${cpus[0]}
[ "${#cpus[@]}" -gt 1 ] || say "There is one CPU: servers and clients share it."

# ---- The origin. ----

declare -A pid ports # by name; by name and scheme
trap 'kill "${pid[@]}" 2>/dev/null || true; wait "${pid[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT

host=origin.test
printf '%s://%s/ 0 1024\n' http $host https $host >"$work/sites"
taskset -c "$server_cpu" "$bin/origin" --sites "$work/sites" --dir "$work/origin" >"$work/ready" &
pid[origin]=$!
until grep -q ready "$work/ready"; do
  kill -0 "${pid[origin]}" 2>/dev/null || give_up "the origin did not get ready"
  sleep 0.05
done
while IFS=: read -r _ port _ to; do
  case $port in
    80) ports[origin.http]=$to ;;
    *) ports[origin.https]=$to ;;
  esac
done <"$work/origin/connect-to"
fetch() { # SERVER SCHEME [CURL_OPTION…]
  local at=80
  [ "$2" = http ] || at=443
  curl --silent --show-error --fail --insecure --http1.1 --max-time 10 "${@:3}" \
    --connect-to "$host:$at:127.0.0.1:${ports[$1.$2]}" "$2://$host/"
}
# The origin's text differs from site to site; nginx gives each its own. The dot keeps a line end that
# the shell would cut off.
declare -A body
for scheme in http https; do
  body[$scheme]=$(fetch origin $scheme && echo .) || give_up "curl gets nothing from the origin"
  body[$scheme]=${body[$scheme]%.}
done

# ---- nginx. ----

# A key and a certificate of the origin's kind: P-256, signed by an authority of P-256.
for who in ca site; do
  openssl ecparam -name prime256v1 -genkey -noout -out "$work/$who.key"
done
openssl req -x509 -new -key "$work/ca.key" -days 2 -subj '/CN=Test CA' -out "$work/ca.pem"
openssl req -new -key "$work/site.key" -subj "/CN=$host" -out "$work/site.csr"
printf 'subjectAltName=DNS:%s\n' $host >"$work/extensions"
openssl x509 -req -days 2 -in "$work/site.csr" -CA "$work/ca.pem" -CAkey "$work/ca.key" \
  -CAcreateserial -extfile "$work/extensions" -out "$work/site.pem" 2>"$work/openssl.log"

# Ports that are free now, from below those that the system deals out. Another program may take one
# before nginx listens: then it is started again on others.
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
mkdir "$work/tmp"
start_nginx() { # true once it serves
  ports[nginx.http]=$(free_port) ports[nginx.https]=$(free_port)
  cat >"$work/nginx.conf" <<EOT
$([ "$(id -u)" -ne 0 ] || echo 'user root;') daemon off; worker_processes 1;
pid $work/nginx.pid; error_log $work/nginx.err;
events { worker_connections 4096; }
http {
  access_log off; server_tokens off; keepalive_requests 1000000000;
  default_type 'text/html; charset=utf-8';
  client_body_temp_path $work/tmp; proxy_temp_path $work/tmp; fastcgi_temp_path $work/tmp;
  uwsgi_temp_path $work/tmp; scgi_temp_path $work/tmp;
  server {
    listen 127.0.0.1:${ports[nginx.http]} backlog=4096; server_name $host;
    location = / { return 200 '${body[http]}'; }
  }
  server {
    listen 127.0.0.1:${ports[nginx.https]} ssl backlog=4096; server_name $host;
    ssl_certificate $work/site.pem; ssl_certificate_key $work/site.key;
    ssl_protocols TLSv1.2 TLSv1.3;
    # No session is resumed, as the origin resumes none.
    ssl_session_tickets off; ssl_session_cache off; ssl_conf_command NumTickets 0;
    location = / { return 200 '${body[https]}'; }
  }
}
EOT
  taskset -c "$server_cpu" nginx -c "$work/nginx.conf" 2>"$work/nginx.out" &
  pid[nginx]=$!
  for _ in $(seq 100); do
    kill -0 "${pid[nginx]}" 2>/dev/null || return 1
    ! fetch nginx https >"$work/answer" 2>/dev/null || return 0
    sleep 0.05
  done
  kill "${pid[nginx]}"
  return 1
}
up=no
for _ in $(seq 5); do
  ! start_nginx || { up=yes && break; }
done
[ $up = yes ] || give_up "nginx does not serve, five times in a row: $(cat "$work/nginx.out")"
for scheme in http https; do
  fetch nginx $scheme >"$work/answer"
  printf %s "${body[$scheme]}" | cmp -s - "$work/answer" ||
    give_up "nginx gives another body than the origin"
done

# ---- In turns. ----

cpu_ns() { # NAME: what its processes have run so far
  local process children=() all=()
  read -ra children <"/proc/${pid[$1]}/task/${pid[$1]}/children" || true # no line end
  [ "$1" = origin ] || [ ${#children[@]} -gt 0 ] || give_up "nginx's worker is not found in /proc"
  for process in "${pid[$1]}" "${children[@]}"; do
    all+=("/proc/$process/task/"*/schedstat)
  done
  awk '{ns += $1} END {printf "%.0f", ns}' "${all[@]}"
}
drive() { # NAME SCHEME kept|fresh: adds to $work/NAME.SCHEME.CONNECTION
  local before requests close=()
  [ "$3" = kept ] || close=(CLOSE=1)
  before=$(cpu_ns "$1")
  requests=$(env ADDRESS=127.0.0.1 "PORT=${ports[$1.$2]}" "${close[@]}" taskset -c "$client_cpu" \
    wrk --threads 1 --connections 64 --duration 1s --script bench/peers/wrk.lua "$2://$host/" \
    2>"$work/wrk.err" | sed -n 's/^requests //p') || give_up "wrk failed at $1: $(cat "$work/wrk.err")"
  awk -v a="$before" -v b="$(cpu_ns "$1")" -v n="$requests" \
    'BEGIN {printf "%.4f\n", (b - a) / n / 1000}' >>"$work/$1.$2.$3"
}
cases=("http kept" "http fresh" "https kept" "https fresh")
for round in $(seq "$rounds"); do
  for one in "${cases[@]}"; do
    read -r scheme connection <<<"$one"
    order=(origin nginx)
    [ $((round % 2)) -eq 0 ] || order=(nginx origin)
    for server in "${order[@]}"; do
      drive "$server" "$scheme" "$connection"
    done
  done
done
for one in "${cases[@]}"; do
  read -r scheme connection <<<"$one"
  for server in origin nginx; do
    file=$work/$server.$scheme.$connection
    echo "$scheme, $connection, $server: $(median "$file") us of CPU a request ($(span "$file")); median of $rounds rounds"
  done
  paste "$work/origin.$scheme.$connection" "$work/nginx.$scheme.$connection" |
    awk '{printf "%.4f\n", $1 / $2}' >"$work/ratio"
  bar "$(median "$work/ratio")" 'x <= 1.25' \
    "$scheme, $connection: the origin's is $(median "$work/ratio") of nginx's ($(span "$work/ratio")); at most 1.25"
done
exit "$missed"
