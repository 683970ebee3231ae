#!/usr/bin/env bash
# Plants a bug: writes SOURCE as SCRIPT changes it. One that changes nothing, as the source is
# another by now, is no bug and ends the build.
set -euo pipefail
script=$1 source=$2 out=$3
mkdir -p "$(dirname "$out")"
sed -f "$script" "$source" >"$out.new"
if cmp -s "$source" "$out.new"; then
  rm "$out.new"
  echo "$script changes nothing in $source: plant the bug anew" >&2
  exit 1
fi
mv "$out.new" "$out"
