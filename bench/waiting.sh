#!/usr/bin/env bash
# What a waiting download takes: the slope of the resident memory over 2,000 requests that all wait
# for their answer at once, under each model that can have them, plain and over TLS, when their
# connections come one a millisecond and when they come in one burst; wrk beside them, whose
# connections always do. What is left while all wait, and the most that there was on the way; the
# latter only where one process has it all.
# Usage: bench/waiting.sh [BIN_DIR] [ROUNDS] [MODEL…]     exit 1 when a bar is missed
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${1:-build/bin} rounds=${2:-3}
few=500 many=2500
# shellcheck source=bench/held.sh
. bench/held.sh

# How long answers are held back: until all requests are there, or else longer; on a busy machine, or
# where each has a process of its own, that takes a while.
holds=(3 6 12 24 48)
from_hold() { # http|https N: those to try, from the first one that may do
  local skip=0
  [ "$2" = $few ] || skip=1
  [ "$2:$1" != $many:https ] || skip=2
  echo "${holds[@]:skip}"
}
hold_answers "${holds[@]}"
port_of() { awk -F : -v at="$([ "$1" = http ] && echo 80 || echo 443)" '$2 == at {print $4; exit}' "$work/origin/connect-to"; }

add_slopes() { # NAME: of $work/few and $work/many (resident, peak), to $work/NAME.waiting and .peak
  awk -v name="$work/$1" -v n=$((many - few)) '
    NR == 1 {resident = $1; peak = $2}
    NR == 2 {
      printf "%.3f\n", ($1 - resident) / n >>(name ".waiting")
      if ($2 > 0) printf "%.3f\n", ($2 - peak) / n >>(name ".peak")
    }' "$work/few" "$work/many"
}
try() { # MODEL SCHEME ARRIVAL N SECONDS: false when not all waited at once
  local options=()
  [ "$3" = burst ] || options=(--interarrival 1ms)
  hold "$1" "$2" "$4" "$5" "${options[@]}" ||
    give_up "$4 requests under $1: $(head -n 1 "$work/err")"
  [[ $(<"$work/out") == *'"verified":true'* ]] || give_up "download under $1 did not verify"
  peak_kib=$(($(peak_bytes) / 1024))
  all_waited "$5"
}
try_wrk() { # SCHEME N SECONDS
  look_at "$3" env ADDRESS=127.0.0.1 "PORT=$(port_of "$1")" wrk --threads 1 --timeout 300 \
    --connections "$2" --duration $(($3 * 2 - 1)) --script bench/peers/wrk.lua \
    "$1://hold-$3.test/" || give_up "wrk failed: $(cat "$work/err")"
  peak_kib=0 # not asked for
  [ "$(sed -n 's/^requests //p' "$work/out")" = "$2" ]
}
measure() { # MODEL|wrk SCHEME ARRIVAL
  local size seconds peak_kib waited
  for size in few many; do
    waited=no
    for seconds in $(from_hold "$2" "${!size}"); do
      if [ "$1" = wrk ]; then
        ! try_wrk "$2" "${!size}" "$seconds" || waited=yes
      else
        ! try "$@" "${!size}" "$seconds" || waited=yes
      fi
      [ $waited = no ] || break
    done
    [ $waited = yes ] ||
      give_up "the machine is too busy: ${!size} requests of $1 did not all wait at once"
    echo "$resident_kib $peak_kib" >"$work/$size"
  done
  add_slopes "$1.$2.$3"
}

models=("${@:3}")
[ ${#models[@]} -gt 0 ] || mapfile -t models < <(models_of download | grep -vx sequential)
cases=()
for scheme in http https; do
  for model in "${models[@]}"; do
    cases+=("$model $scheme spaced" "$model $scheme burst")
  done
  ! command -v wrk >/dev/null || cases+=("wrk $scheme burst")
done
for _ in $(seq "$rounds"); do
  for one in "${cases[@]}"; do
    read -ra one <<<"$one"
    measure "${one[@]}"
  done
done

declare -A named=([http]=plain [https]=TLS [spaced]="one a millisecond" [burst]="in one burst")
declare -A most=([http]=2 [https]=24)
for one in "${cases[@]}"; do
  read -r model scheme arrival <<<"$one"
  file=$work/$model.$scheme.$arrival
  what="$model, ${named[$scheme]}, ${named[$arrival]}"
  peak=
  [ ! -e "$file.peak" ] ||
    peak=", $(median "$file.peak") KiB at the most ($(span "$file.peak"))"
  echo "$what: $(median "$file.waiting") KiB a waiting request ($(span "$file.waiting"))$peak; medians of $rounds rounds"
done
for model in "${models[@]}"; do
  [ "$(kind_of "$model")" = loop ] || continue
  for scheme in http https; do
    bar "$(median "$work/$model.$scheme.spaced.waiting")" "x <= ${most[$scheme]}" \
      "$model, ${named[$scheme]}, one a millisecond: at most ${most[$scheme]} KiB each"
  done
done
exit "$missed"
