#!/usr/bin/env bash
# The peers: what other people's clients, and small ones in Go and Python, cost for the work of
# `download`, and OpenMP for that of `squares`. This builds what is to be built into BUILD_DIR and
# prints for one situation a line an arm:
#   LABEL<tab>COMMAND<tab>COUNT   COMMAND is quoted as for sh; COUNT is how many requests (or sums) it
#                                 does: a number, or a regular expression whose group on standard
#                                 output is that number
#   LABEL<tab>n/a: REASON         a peer that is missing, or that cannot do this
# Our own models come first. A label says in what a peer does less than they do. Running, measuring
# and comparing are left to who reads the lines; the origin, and where each runs, too.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=bench/common.sh
. "$here/../common.sh"
PATH=$PATH:/usr/sbin

usage() {
  cat <<'EOT'
Usage: bench/peers/prepare.sh [OPTION…] BUILD_DIR ORIGIN_DIR plain|tls fresh|kept
       bench/peers/prepare.sh [OPTION…] BUILD_DIR squares
Builds the peers into BUILD_DIR and prints the commands that do the same work, an arm a line.
ORIGIN_DIR is that of a running origin; its first site of the scheme is what is fetched.

      --unverified       certificates are not verified (wrk and h2load never do)
      --session WHICH    TLS handshakes are full (default), or resume a session
      --requests N       of each launch; on kept connections rounded up to a multiple of them;
                         default: what our loop does in some tenths of a second
      --connections N    at a time; default 64
      --threads N        of squares; default: the CPUs
      --bin DIR          where our own programs are; default build/bin
  -h, --help             this text

Exit status: 0 fine; 2 usage; 5 something is missing.
EOT
}

verified=yes session=full requests='' connections=64 threads='' bin=$here/../../build/bin
positional=()
while [ $# -gt 0 ]; do
  case $1 in
    --unverified) verified=no ;;
    --session | --requests | --connections | --threads | --bin)
      [ -n "${2:-}" ] || die "$STATUS_USAGE" "$1 needs a value; see --help"
      printf -v "${1#--}" '%s' "$2"
      shift
      ;;
    -h | --help)
      usage
      exit 0
      ;;
    -*) die "$STATUS_USAGE" "there is no option '$1'; see --help" ;;
    *) positional+=("$1") ;;
  esac
  shift
done
for name in requests connections threads; do
  [[ ${!name} =~ ^([1-9][0-9]{0,8})?$ ]] ||
    die "$STATUS_USAGE" "--$name takes a number from 1, not '${!name}'"
done
[[ $session =~ ^(full|resume)$ ]] ||
  die "$STATUS_USAGE" "--session takes full or resume, not '$session'"
build=${positional[0]:-} scheme=${positional[2]:-} connection=${positional[3]:-}
case "${#positional[@]}:${positional[1]:-}:$scheme:$connection" in
  2:squares::) ;;
  4:*:plain:fresh | 4:*:plain:kept | 4:*:tls:fresh | 4:*:tls:kept) ;;
  *)
    die "$STATUS_USAGE" "it takes BUILD_DIR ORIGIN_DIR plain|tls fresh|kept, or BUILD_DIR squares"
    ;;
esac
mkdir -p "$build" 2>/dev/null || die "$STATUS_USAGE" "the directory '$build' cannot be made"
build=$(cd "$build" && pwd)
bin=$(cd "$bin" 2>/dev/null && pwd) ||
  die "$STATUS_ENVIRONMENT" "the suite is not built; build it, or name its programs with --bin"

# ---- Lines. ----

arm() { # LABEL COUNT COMMAND…
  printf '%s\t%s\t%s\n' "$1" "$(printf '%q ' "${@:3}" | sed 's/ $//')" "$2"
}
none() { printf '%s\tn/a: %s\n' "$1" "$2"; } # LABEL REASON
have() { # LABEL PROGRAM PACKAGE: true when it is there; else says that it is not
  command -v "$2" >/dev/null || {
    none "$1" "$3 is not installed"
    return 1
  }
}
# Builds a file when it is older than its source.
make_from() { # SOURCE TARGET COMMAND…
  [ ! "$2" -nt "$1" ] || return 0
  "${@:3}" >"$build/log" 2>&1 || {
    tail -n 20 "$build/log" >&2
    die "$STATUS_ENVIRONMENT" "${1##*/} could not be built"
  }
}

# ---- Sums of squares. ----

if [ "${positional[1]}" = squares ]; then
  threads=${threads:-$(nproc)}
  # Ten numbers, large enough that the program's start does not show.
  mapfile -t numbers < <(seq 100000000 100000009)
  for model in threads processes; do
    arm "$model" 10 "$bin/squares" -m "$model" --width "$threads" --json "${numbers[@]}"
  done
  if have OpenMP gcc gcc; then
    make_from "$here/squares_omp.c" "$build/squares_omp" gcc -std=c11 -O2 -fopenmp \
      "$here/squares_omp.c" -o "$build/squares_omp"
    arm OpenMP 10 "$build/squares_omp" "$threads" "${numbers[@]}"
  fi
  exit
fi

# ---- The situation. ----

origin=$(cd "${positional[1]}" 2>/dev/null && pwd) ||
  die "$STATUS_USAGE" "there is no directory '${positional[1]}'; name that of a running origin"
for file in sites connect-to; do
  [ -r "$origin/$file" ] ||
    die "$STATUS_USAGE" "'$origin' is no running origin's directory: it has no file '$file'"
done
prefix=http:// default_port=80
[ "$scheme" = plain ] || prefix=https:// default_port=443
url=$(grep -m 1 "^$prefix" "$origin/sites") ||
  die "$STATUS_USAGE" "the origin has no site that begins with $prefix"
name=${url#"$prefix"}
name=${name%%/*}
port=$default_port
[[ ! $name =~ :([0-9]+)$ ]] || port=${BASH_REMATCH[1]} name=${name%:*}
mapping=$(awk -v at="$name:$port:" 'index($0, at) == 1 {print; exit}' "$origin/connect-to")
[ -n "$mapping" ] ||
  die "$STATUS_USAGE" "the origin's connect-to does not name $name:$port"
to_port=${mapping##*:} to_address=${mapping%:*}
to_address=${to_address##*:}

# What our loop does in some tenths of a second.
if [ -z "$requests" ]; then
  case $scheme:$connection in
    plain:fresh) requests=4096 ;;
    tls:fresh) requests=768 ;;
    *) requests=32768 ;;
  esac
fi
each=1 # requests on a connection
if [ "$connection" = kept ]; then
  each=$(((requests + connections - 1) / connections))
  requests=$((each * connections))
fi

# wrk and h2load keep a session to resume and cannot be told not to: what they do is up to the origin.
resumes=no
if [ "$scheme" = tls ]; then
  command -v openssl >/dev/null || die "$STATUS_ENVIRONMENT" "openssl is not installed"
  handshake() { # OPTION…: of openssl s_client
    printf 'HEAD / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "$name" |
      timeout 10 openssl s_client -ign_eof -connect "$to_address:$to_port" -servername "$name" \
        "$@" 2>&1 || true
  }
  rm -f "$build/session"
  handshake -sess_out "$build/session" >"$build/log"
  grep -q '^New, TLS' "$build/log" ||
    die "$STATUS_ENVIRONMENT" "there is no TLS at $to_address:$to_port; is the origin running?"
  if [ -s "$build/session" ]; then
    handshake -sess_in "$build/session" >"$build/log"
    ! grep -q '^Reused, TLS' "$build/log" || resumes=yes
  fi
  [ "$session:$resumes" != resume:no ] ||
    die "$STATUS_USAGE" "this origin resumes no session: --session resume has nothing to measure"
fi

# ---- Our own models. ----

ours=("$bin/download" --origin "$origin" -N $((requests / each)) -W "$connections"
  --requests-per-connection "$each" --json)
reason=''
if [ "$session" = resume ]; then
  ours+=(--tls-session resume)
  "$bin/download" --help | grep -q -- --tls-session ||
    reason="this build of download has no --tls-session"
fi
[ "$scheme:$verified" != tls:no ] || ours+=(--insecure)
for model in uv threads; do
  if [ -n "$reason" ]; then
    none "$model" "$reason"
  else
    arm "$model" "$requests" "${ours[@]}" -m "$model" "$url"
  fi
done

# ---- Go and Python: they do what ours do. ----

counted='requests ([0-9]+)'
theirs=(-n "$requests" -c "$connections" -k "$each" -connect-to "$mapping")
if [ "$scheme" = tls ]; then
  theirs+=(-session "$session" -cacert "$origin/ca.pem")
  [ "$verified" = yes ] || theirs+=(-insecure)
fi
if have go go golang-go; then
  make_from "$here/fetch.go" "$build/fetch" env GO111MODULE=off CGO_ENABLED=0 \
    GOCACHE="$build/go-cache" go build -o "$build/fetch" "$here/fetch.go"
  arm go "$counted" "$build/fetch" "${theirs[@]}" "$url"
fi
# Debian's packages belong to Debian's interpreter.
python=/usr/bin/python3
for loop in asyncio uvloop; do
  label=aiohttp options=()
  [ $loop = asyncio ] || label="aiohttp on uvloop" options=(--uvloop)
  if [ ! -x $python ] || ! $python -c 'import aiohttp' 2>/dev/null; then
    none "$label" "python3-aiohttp is not installed"
  elif ! $python -c "import $loop" 2>/dev/null; then
    none "$label" "python3-$loop is not installed"
  elif [ "$session" = resume ]; then
    none "$label" "asyncio resumes no TLS session"
  else
    arm "$label" "$counted" $python "$here/fetch_aiohttp.py" "${options[@]}" "${theirs[@]}" "$url"
  fi
done

# ---- curl: it holds no body against anything. ----

if [ "$session" = resume ]; then
  none curl "of parallel transfers it resumes some sessions and others not"
elif have curl curl curl; then
  # The fragment is not sent: so many times the same URL.
  config=$build/curl-$scheme-$connection-$verified
  {
    printf '%s\n' parallel parallel-immediate silent show-error no-progress-meter fail fail-early \
      http1.1 no-sessionid "parallel-max = $connections" 'output = "/dev/null"' \
      "connect-to = \"$mapping\"" "url = \"$url#[1-$requests]\""
    [ "$connection" = kept ] || echo 'header = "Connection: close"'
    [ "$scheme" = plain ] || echo "cacert = \"$origin/ca.pem\""
    [ "$verified" = yes ] || echo insecure
  } >"$config"
  arm "curl, bodies unchecked" "$requests" curl -q --config "$config"
fi

# ---- wrk and h2load: they verify neither. ----

less="bodies unchecked"
[ "$session:$resumes" != full:yes ] || less+=", resumed"
reason=''
[ "$scheme:$verified" != tls:yes ] || reason="it verifies no certificate"
if [ -n "$reason" ]; then
  none wrk "$reason"
elif have wrk wrk wrk; then
  # It runs by the clock. Where connections are kept, as many requests as the others' shall share
  # their set-up: how long so many take is tried. Where each is fresh, what was begun and not ended
  # is a loss that only time makes small.
  close=()
  [ "$connection" = kept ] || close=(CLOSE=1)
  by_clock() { # SECONDS
    wrk=(env "ADDRESS=$to_address" "PORT=$to_port" "${close[@]}"
      timeout --foreground --preserve-status --signal INT "$1"
      wrk --threads 1 --connections "$connections" --duration 1h --script "$here/wrk.lua" "$url")
  }
  seconds=2
  if [ "$connection" = kept ]; then
    try=0.5
    by_clock $try
    done=$({ "${wrk[@]}" 2>&1 || true; } | sed -nE 's/^requests ([1-9][0-9]*)$/\1/p')
    [ -n "$done" ] || die "$STATUS_ENVIRONMENT" \
      "wrk does not get $url from $to_address:$to_port; is the origin running?"
    seconds=$(awk -v n="$requests" -v m="$done" -v s=$try 'BEGIN {printf "%.2f", n / m * s}')
  fi
  by_clock "$seconds"
  arm "wrk, $less" "$counted" "${wrk[@]}"
fi
if [ -n "$reason" ]; then
  none h2load "$reason"
elif have h2load h2load nghttp2-client; then
  h2load=(h2load --h1 -n "$requests" -c "$connections" -t 1 "--connect-to=$to_address:$to_port")
  [ "$connection" = kept ] || h2load+=(-H connection:close)
  arm "h2load, $less" '([0-9]+) succeeded, 0 failed, 0 errored, 0 timeout' "${h2load[@]}" "$url"
fi
