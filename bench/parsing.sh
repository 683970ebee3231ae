#!/usr/bin/env bash
# Parsing inline in the loop against parsing handed to the pool: `movies` under uv and uv-pool, with
# pages that are parsed once, 20 and 100 times, in turns; and under threads beside them. The loop's
# tasks stand still while a page is parsed inline. The origin has a CPU for itself only where there are
# more than two: one CPU would leave the pool nothing to win; it answers 26 requests a run.
# Usage: bench/parsing.sh [BIN_DIR] [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${1:-build/bin} rounds=${2:-9}
# shellcheck source=bench/rounds.sh
. bench/rounds.sh

"$bin/origin" --dir "$work/origin" >"$work/ready" &
origin=$!
trap 'kill $origin 2>/dev/null || true; wait $origin 2>/dev/null || true; rm -rf "$work"' EXIT
mapfile -t cpus < <(own_cpus)
if [ "${#cpus[@]}" -gt 2 ]; then
  taskset -cp "${cpus[-1]}" $origin >/dev/null
  taskset -cp "$(IFS=,; echo "${cpus[*]::${#cpus[@]}-1}")" $$ >/dev/null
fi
until grep -q ready "$work/ready"; do
  kill -0 $origin 2>/dev/null || give_up "the origin did not get ready"
  sleep 0.05
done
for _ in $(seq "$rounds"); do
  for cost in 1 20 100; do
    for model in uv uv-pool threads; do
      record=$("$bin/movies" -m "$model" --width 25 --parse-cost $cost --origin "$work/origin" --json)
      [[ $record == *'"verified":true'* ]] || give_up "movies under $model did not verify"
      figure wall_s <<<"$record" >>"$work/$model.wall.$cost"
      grep -o '"latency_s":{[^}]*}' <<<"$record" | figure p50 >>"$work/$model.half.$cost"
    done
  done
done
for cost in 1 20 100; do
  for model in uv uv-pool threads; do
    echo "each page parsed $cost times, $model: $(median "$work/$model.wall.$cost") s in all ($(span "$work/$model.wall.$cost")), half of the films within $(median "$work/$model.half.$cost") s"
  done
  paste "$work/uv.wall.$cost" "$work/uv-pool.wall.$cost" | awk '{print $1 / $2}' >"$work/ratio"
  echo "each page parsed $cost times: inline takes $(median "$work/ratio") times as long as handed off ($(span "$work/ratio"))"
done
