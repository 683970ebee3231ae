#!/usr/bin/env bash
# The notes' own programs under every model: the ten sums to the digit, the twelve sites to the byte.
. "$(dirname "$0")/lib.sh"

sums='333333283333335000000
333333383333335000000
333333483333355000001
333333583333395000005
333333683333455000014
333333783333535000030
333333883333635000055
333333983333755000091
333334083333895000140
333334183334055000204'
sites='Read 129780 from https://www.sina.com.cn/
Read 2443 from https://www.baidu.com/
Read 33017 from http://www.ce.cn/
Read 33017 from http://www.ce.cn/
Read 4373 from https://pypi.org/
Read 46012 from https://news.qq.com/
Read 55309 from http://www.people.com.cn/
Read 61544 from http://www.ifeng.com/
Read 72120 from https://news.baidu.com/
Read 78456 from http://news.sohu.com/
Read 88210 from https://www.163.com/
Read 94718 from https://news.163.com/'

for model in $(all_models); do
  out=$("$bin/squares" -m "$model")
  check "$model: the ten sums, in the order of input" "$(head -n 10 <<<"$out")" "$sums"
  check "$model: the closing line" \
    "$(tail -n +11 <<<"$out" | sed -E 's/[0-9]+\.[0-9]+/S/')" 'Calculation takes S seconds'
  out=$("$bin/download" -m "$model")
  check "$model: the twelve sites" "$(head -n 12 <<<"$out" | sort)" "$sites"
  check "$model: the closing line of download" \
    "$(tail -n +13 <<<"$out" | sed -E 's/[0-9]+\.[0-9]+/S/')" 'Download 12 sites in S seconds'
  record=$("$bin/download" -m "$model" --json)
  for want in '"verified":true' '"ok":12' '"failed":0' '"outcomes":{"ok":12}' '"complete":true' \
    '"bytes_received":698999' "\"model\":\"$model\""; do
    case $record in
      *"$want"*) ok "$model: the record has $want" ;;
      *) not_ok "$model: the record has $want" "$record" ;;
    esac
  done
  check "$model: kept connections" \
    "$("$bin/download" -m "$model" --requests-per-connection 3 --json | grep -o '"bytes_received":[0-9]*')" \
    '"bytes_received":2096997'
done

# The notes' second program takes numbers a thousand times smaller.
check "any list of numbers" "$("$bin/squares" 0 1 2 10000 10009 | head -n 5)" '0
0
1
333283335000
334184055204'
check "the largest number whose sum fits" \
  "$("$bin/squares" -m threads --deadline 0.2 10069012961345 2>/dev/null | grep -c Calculation)" 1
end_tests
