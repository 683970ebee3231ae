#!/usr/bin/env bash
# SciPy's figures that the statistics are tested against are those that SciPy gives; the document
# shows every simulated figure.
. "$(dirname "$0")/lib.sh"
oracle=tests/unit/oracle/stats

if [ -x "$bin/test_coverage" ]; then
  # name, sample, count, (stated,) simulated
  check "the document's tables show the figures that are tested" \
    "$(sed -nE 's/^(\| [^|]+ \| [^|]+ \| [0-9]+ \|) [^|]+ \|( \**[01]\.[0-9]{3}\** \|)$/\1\2/p' docs/statistics.md)" \
    "$("$bin/test_coverage" --claims)"
fi

python=/usr/bin/python3
made_with=$(sed -nE '1s/.*SciPy ([0-9.]+),.*/\1/p' $oracle.inc)
here=$("$python" -c 'import scipy; print(scipy.__version__)' 2>/dev/null)
if [ "$here" = "$made_with" ]; then
  check "SciPy's figures are what stats.py makes" "$("$python" $oracle.py | diff - $oracle.inc)" ""
else
  ok "SciPy's figures are what stats.py makes # SKIP they are SciPy $made_with's; here is ${here:-none}"
fi
end_tests
