# shellcheck shell=bash
# What the groups of cases share that start programs, disturb them and look at how they end. A case is
# a function that is called for each model and prints a sentence for whatever is wrong, or "SKIP why";
# those of a batch run side by side, as most of their time is waiting. Sourced behind lib.sh.
# shellcheck disable=SC2154,SC2034  # lib.sh's, and for the groups

: "${group:?the name of the group}"
only=${2:-.}
sanitized=no patience=1 tsan=no
grep -q __tsan_init "$bin/crawl" && tsan=yes
if grep -qE '__[at]san_init' "$bin/crawl"; then sanitized=yes patience=4; fi
mapfile -t all_models < <(models)
seed=${SEED:-$RANDOM}
echo "# SEED=$seed"
runs=0 cases=0 batch=() batch_size=0

# ---- One program, disturbed. ----

# All processes of a run carry its folder in their environment. Each has a TMPDIR of its own.
readonly LIMIT_S=${LIMIT_S:-60}
launch() { # COMMAND…: in the background; sets pid; writes $at/out, $at/err
  mkdir -p "$at/tmp"
  rm -f "$at/pid"
  # Not the child of a shell that waits for it: its own group, its own id, and a limit.
  # shellcheck disable=SC2016  # expanded by the inner shell
  FAULTS_RUN=$at TMPDIR=$at/tmp timeout -k 5 "$LIMIT_S" sh -c 'echo $$ >"$0.new"; mv "$0.new" "$0"; exec "$@"' \
    "$at/pid" "$@" >"${out:-$at/out}" 2>"$at/err" </dev/null &
  waited=$!
  until [ -s "$at/pid" ]; do sleep 0.002; done
  pid=$(cat "$at/pid")
}
ended() { # waits for the end; sets status
  status=0
  { wait "$waited" || status=$?; } 2>/dev/null
  # What hung was killed by its limit.
  [ "$status" -ne 124 ] || echo "it did not end within $LIMIT_S s"
}
run() { # COMMAND…
  launch "$@"
  ended
}
of_run() { # ids of its processes; who is over but for its parent's notice has no environment any more
  grep -lsz "^FAULTS_RUN=$at\$" /proc/[0-9]*/environ | sed -E 's/[^0-9]//g'
}
files_left() { find "$at/tmp" -mindepth 1 ! -name 'tsan.*'; } # its runtime's own
nothing_left() { # [SECONDS]
  for _ in $(seq $((${1:-2} * 50))); do
    [ -n "$(of_run)$(files_left)" ] || return 0
    sleep 0.02
  done
  echo "left: $(of_run | xargs -I{} sh -c 'tr "\0" " " </proc/{}/cmdline; echo' 2>/dev/null) $(files_left)"
}
workers() { pgrep -P "$1" -x "${2:-.*}"; }
await_workers() { # PID COUNT
  for _ in $(seq 500); do
    [ "$(workers "$1" | wc -l)" -lt "$2" ] || return 0
    sleep 0.01
  done
  echo "it never had $2 workers"
}
zombies_of() { # PID: that are not waited for within a second
  for _ in $(seq 50); do
    [ -n "$(pgrep -P "$1" -r Z)" ] || return 0
    sleep 0.02
  done
  echo "a zombie is left"
}

# ---- What must be. ----

must_end() { # STATUS…
  [[ " $* " == *" $status "* ]] || echo "exit status $status, not ${*// / or }: $(head -c 300 "$at/err")"
}
outcomes() { jq -r '.outcomes | to_entries | map("\(.key)=\(.value)") | sort | join(" ")' "$at/out" 2>/dev/null; }
count_of() { jq -r ".outcomes.$1 // 0" "$at/out" 2>/dev/null; } # CLASS
must_be_whole() { # the record: its classes sum to its tasks, and who failed is counted
  jq -e '([.outcomes[]] | add) == .tasks and .ok + .failed == .tasks and
    (.failed >= .tasks - (.outcomes.ok // 0) or .workload == "queue")' "$at/out" >/dev/null 2>&1 || echo "the record is not whole: $(head -c 300 "$at/out") $(head -c 300 "$at/err")"
}
must_count() { # 'ok=3 worker_lost=1'
  must_be_whole
  [ "$(outcomes)" = "$1" ] || echo "outcomes '$(outcomes)', not '$1'"
}
must_hold() { # WHAT CONDITION-OF-TEST…
  local what=$1
  shift
  test "$@" || echo "not so: $what ($*)"
}
must_say() { # PATTERN
  grep -qE -- "$1" "$at/err" || echo "no complaint like '$1': $(head -c 300 "$at/err")"
}
skip() { echo "SKIP $*"; }

# ---- All models. ----

# Begins a case under all models, a random sequence of its own for each.
each_model() { # NAME FUNCTION
  local name=$1 model
  [[ $name =~ $only ]] || return 0
  cases=$((cases + 1))
  for model in "${MODELS[@]:-${all_models[@]}}"; do
    local at=$work/case-$cases-$model
    mkdir -p "$at"
    batch+=("$name|$model|$at")
    echo "$name: $model" >"$work/alive"
    (
      trap - EXIT
      eval "RANDOM=$((seed + cases))" # (shellcheck would have it lost elsewhere)
      "$2" "$model" >"$at/verdict" 2>"$at/trouble"
    ) &
    batch_pids+=($!)
    batch_size=$((batch_size + 1))
    [ "$batch_size" -lt "${AT_ONCE:-30}" ] || settle
  done
}
# Waits for the cases begun, and tells them.
settle() {
  local one name model at first
  [ "${#batch_pids[@]}" -eq 0 ] || wait "${batch_pids[@]}"
  for one in "${batch[@]}"; do
    IFS='|' read -r name model at <<<"$one"
    first=$(head -n 1 "$at/verdict")
    if [[ $first == "SKIP "* ]]; then
      ok "$group: $name: $model # $first"
      continue
    fi
    runs=$((runs + 1))
    if [ -s "$at/verdict" ]; then
      not_ok "$group: $name: $model" "$(paste -sd ';' "$at/verdict" | head -c 1500)"
      sed 's/^/# /' "$at/trouble" | head -n 5
    else
      ok "$group: $name: $model"
    fi
    [ -n "${KEEP:-}" ] || rm -rf "$at"
  done
  batch=() batch_pids=() batch_size=0
}
batch_pids=()
end_group() {
  settle
  echo "# $group: $cases cases × ${#all_models[@]} models: $runs runs"
}
