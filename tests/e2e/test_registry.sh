#!/usr/bin/env bash
# The registry of models, in a copy of the sources: a model is one file, a waiter with a library its own
# files; what cannot be built or cannot run here is listed with the reason, by every program, and is a
# row of tables and charts.
. "$(dirname "$0")/lib.sh"
cd "$(dirname "$0")/../.." || exit 1
for tool in cmake ninja; do command -v "$tool" >/dev/null || skip_all "$tool is needed"; done
tree=$work/tree
mkdir "$tree"
cp -r CMakeLists.txt cmake core models workloads origin bench "$tree"

# ---- Without a library. ----

configure() { # FOLDER OPTION…
  cmake -S "$tree" -B "$1" -G Ninja -DCROSSOVER_TESTS=OFF -DCMAKE_BUILD_TYPE=Debug \
    -DCMAKE_C_FLAGS_DEBUG=-O0 "${@:2}" >"$work/configured" 2>&1 || cat "$work/configured"
}
mkdir "$work/pkgconfig"
pkg-config --variable pc_path pkg-config | tr : '\n' | while read -r folder; do
  [ ! -d "$folder" ] || find "$folder" -name '*.pc' ! -name 'liburing*' ! -name 'libuv*' \
    -exec ln -sf {} "$work/pkgconfig" ';'
done
PKG_CONFIG_LIBDIR=$work/pkgconfig configure "$work/none" -DBOOST_CONTEXT=nowhere
check "a library that is not there is named, each to its waiter" \
  "$(sed -n 's/^-- waiter //p' "$work/configured")" \
  'fiber: built without libboost_context: it was not found
uring: built without liburing: it was not found
uv: built without libuv: it was not found'

# ---- Models and a waiter that are added. ----

added() { # STEM SED-COMMAND…: a model that is sequential but for that
  local stem=$1 command arguments=()
  shift
  for command; do arguments+=(-e "$command"); done
  sed -e "s/model_sequential/model_$stem/" "${arguments[@]}" models/sequential.c >"$tree/models/$stem.c"
}
added one_more
added refused '1i #include <stdio.h>' 's/^    \.run = run_sequential/    .available = refuse,\n&/' \
  's/^const struct model/static bool refuse(char *why, size_t size)\n{\n    snprintf(why, size, "the kernel has none of it");\n    return false;\n}\n\n&/'
added on_absent '1i #include "models/wait/absent_part.h"' 's/\.colour = .*/.colour = 0x123456,/'
cat >"$tree/models/wait/absent.cmake" <<'END'
option(CROSSOVER_ABSENT "A library that nobody has" ON)
waiter_library(absent CROSSOVER_ABSENT libabsent "${ABSENT}")
END
echo '#error "its library is missing"' | tee "$tree/models/wait/absent.c" >"$tree/models/wait/absent_part.c"
touch "$tree/models/wait/absent_part.h"

configure "$work/build" -DCROSSOVER_UV=OFF
cmake --build "$work/build" --target noop crossover >"$work/built" 2>&1 || tail -n 30 "$work/built"
made=$work/build/bin
off='unavailable: built without libuv: CROSSOVER_UV is off'
absent='built without libabsent: it was not found'
listed='on-absent unavailable: '$absent'
one-more one thread, one task after another
refused unavailable: the kernel has none of it
uv '$off'
uv-pool '$off
ours() { sed -E 's/^ +//; s/ +/ /' | grep -E '^(on-absent|one-more|refused|uv|uv-pool) '; }
check "crossover list" "$("$made/crossover" list | sed '/^$/,$d' | ours)" "$listed"
check "-m list" "$("$made/noop" -m list | ours)" "$listed"
says() { # MODEL: exit status and words
  local status=0
  "$made/noop" -m "$1" >"$work/out" 2>"$work/err" || status=$?
  echo "$status $(cat "$work/err")"
}
check "a model is one file" "$(says one-more)" '0 '
check "one that was not built" "$(says on-absent)" "5 noop: model on-absent is unavailable: $absent"
check "one that cannot run here" "$(says refused)" \
  '5 noop: model refused is unavailable: the kernel has none of it'
check "one that there is not" "$(says none)" "2 noop: there is no model 'none'; --model list names them"

# ---- In results. ----

measure() { # FOLDER MODELS OPTION…
  status=0
  "$made/crossover" run noop -m "$2" --max-foreign 1000 --observe 0 --no-trace --floors 0 -r 2 --out "$1" \
    "${@:3}" >"$work/out" 2>"$work/err" || status=$?
}
measure "$work/run" sequential,on-absent,refused,one-more
check "the table has a row for each" \
  "$status $(sed -nE 's/^ +([a-z-]+) +n\/a: (.*)$/\1: \2/p' "$work/out" | paste -sd ';')" \
  "0 on-absent: $absent;refused: the kernel has none of it"
check "the journal has the reasons" \
  "$(grep -oE '"not_applicable":"[^"]*"' "$work/run/launches.jsonl" | paste -sd ' ')" \
  "\"not_applicable\":\"$absent\" \"not_applicable\":\"the kernel has none of it\""
check "JSON has them" "$("$made/crossover" show "$work/run" --json | grep -cE '"not_applicable": "(built|the kernel)')" 2
measure "$work/none-run" on-absent
check "none of them can: nothing is launched" \
  "$status $(grep -c '"type":"launch"' "$work/none-run/launches.jsonl")" '0 0'
measure "$work/unknown" sequential,none
check "a model that there is not: usage" "$status" 2

"$made/crossover" show "$work/run" --data >/dev/null
check "charts have a row for each" "$(sed -n 's/^set ytics //p' "$work/run/data/noop.gp")" \
  "('sequential' 4, 'on-absent' 3, 'refused' 2, 'one-more' 1)"
check "… with the reason" "$(grep -vE '^(#|0 )' "$work/run/data/noop.reasons.dat")" \
  "3 \"n/a: $absent\"
2 \"n/a: the kernel has none of it\""
sed -i 's/"one-more"/"on-absent"/g; s/"sequential"/"from-elsewhere"/g' "$work/run/launches.jsonl"
sed -i 's/"label":"on-absent","command":\[\]/"label":"gone","command":[]/' "$work/run/launches.jsonl"
"$made/crossover" show "$work/run" --data >/dev/null
check "results from elsewhere: the colour of one that is not built here, black for a stranger" \
  "$(awk '!/^#/ {printf "%d:%s ", $2, $5}' "$work/run/data/noop.medians.dat")" '4:0 1:1193046 '
end_tests
