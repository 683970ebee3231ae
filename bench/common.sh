# shellcheck shell=bash
# What run_all.sh and run_tests.sh share: messages, packages, the build. Sourced, not run.

# The exit statuses of the suite's programs.
# shellcheck disable=SC2034  # used by those who source this
readonly STATUS_USAGE=2 STATUS_INCOMPARABLE=4 STATUS_ENVIRONMENT=5 STATUS_OUTPUT=6

say() { printf '%s\n' "$*" >&2; }
die() { # STATUS SENTENCE…
  local status=$1
  shift
  say "${0##*/}: $*"
  exit "$status"
}

# The CPUs that this shell may use, one a line.
own_cpus() {
  taskset -cp $$ | sed 's/.*: //' | tr , '\n' |
    awk -F- '{for (i = $1; i <= (NF > 1 ? $2 : $1); i++) print i}'
}

# The registered models that can be timed, one a line: those that do not simulate.
timed_models() { # BIN_DIR
  command -v jq >/dev/null || die "$STATUS_ENVIRONMENT" "jq is not installed"
  "$1/crossover" list --json | jq -r '.models[] | select(.simulated != true) | .name'
}

# Starts the origin on a CPU and waits until it serves; its process is origin_pid. It ends with this
# shell at the latest.
launch_origin() { # CPU BIN_DIR DIR [OPTION…]
  : >"$3.ready"
  taskset -c "$1" "$2/origin" --dir "$3" "${@:4}" >"$3.ready" &
  origin_pid=$!
  for _ in $(seq 200); do
    ! grep -q '^ready' "$3.ready" || return 0
    kill -0 "$origin_pid" 2>/dev/null || break
    sleep 0.05
  done
  die "$STATUS_ENVIRONMENT" "the origin did not get ready"
}

# Packages without which the suite does not build.
# shellcheck disable=SC2034
BUILD_PACKAGES=(gcc libc6-dev cmake ninja-build pkg-config libssl-dev libuv1-dev node-llhttp
  libjansson-dev liburiparser-dev libxml2-dev liburing-dev libboost-context-dev)

missing_packages() { # NAME…
  local name
  for name; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || echo "$name"
  done
}

# Installs by name what is missing: as root, or through sudo; elsewhere names it and ends.
need_packages() { # INSTALL(yes|no) NAME…
  local install=$1 missing
  shift
  if ! command -v dpkg-query >/dev/null; then
    say "This is no Debian: the packages are not checked. Needed, by their Debian names: $*"
    return
  fi
  mapfile -t missing < <(missing_packages "$@")
  [ "${#missing[@]}" -gt 0 ] || return 0
  local become=()
  if [ "$install" = no ] || { [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; }; then
    die "$STATUS_ENVIRONMENT" "these packages are missing: ${missing[*]}; install them with:" \
      "apt-get install ${missing[*]}"
  fi
  [ "$(id -u)" -eq 0 ] || become=(sudo)
  say "Installing ${#missing[@]} packages with apt-get: ${missing[*]}"
  local log
  log=$(mktemp)
  if ! { "${become[@]}" apt-get update &&
    "${become[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 15 "$log" >&2
    rm -f "$log"
    die "$STATUS_ENVIRONMENT" "apt-get could not install: ${missing[*]}"
  fi
  rm -f "$log"
}

# Configures and builds a preset; quiet unless it fails.
build_preset() { # PRESET [CMAKE_OPTION…]
  local preset=$1 log
  shift
  log=$(mktemp)
  say "Building (preset $preset)"
  if ! { cmake --preset "$preset" "$@" && cmake --build --preset "$preset"; } >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    rm -f "$log"
    die "$STATUS_ENVIRONMENT" "the build of preset $preset failed"
  fi
  rm -f "$log"
}
