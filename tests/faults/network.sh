#!/usr/bin/env bash
# The network's faults: every row of network.txt under every registered model, the rows of a run by
# themselves, then all of them in one. It makes a network of its own (a namespace), so that a name
# server can be silent and a network unreachable, and the certificates with the openssl command.
# With FAULTS_TABLE=FILE it also writes the table of docs/faults.md: what a user sees.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ "${FAULTS_NETWORK:-}" = "" ]; then
  # A namespace of its own for network and mounts: as root, or as root of a user namespace.
  for kind in -nm -rnm; do
    if unshare $kind true 2>/dev/null; then
      FAULTS_NETWORK=own exec unshare $kind bash "${BASH_SOURCE[0]}" "$@"
    fi
  done
  FAULTS_NETWORK=shared
fi
# shellcheck source=tests/e2e/lib.sh
. "$here/../e2e/lib.sh"
pki=$work/pki
mkdir "$pki"
# shellcheck source=tests/faults/certificates.sh
. "$here/certificates.sh"
only=${2:-.}

# ---- Limits: of what hangs. A sanitizer is slow, and takes longer to shake hands. ----

patience=0.5 late=0
! grep -qE '__[at]san_init' "$bin/download" || patience=1.2 late=1
common=(--connect-timeout "$patience" --idle-timeout "$patience" --max-time 20 --max-filesize 100000
  --max-redirs 3)

# ---- The network. ----

isolated=no
if [ "$FAULTS_NETWORK" = own ] && command -v ip >/dev/null && ip link set lo up &&
  ip route add unreachable 192.0.2.0/24 && ip addr add 203.0.113.1/32 dev lo; then
  isolated=yes
  printf 'nameserver 127.0.0.1\noptions attempts:1 timeout:20\n' >"$work/resolv.conf"
  mount --bind "$work/resolv.conf" /etc/resolv.conf
  start_ready ready "$work/names" python3 "$here/names.py"
fi

# ---- The rows. ----

names=() served=() options=() classes=() statuses=() complaints=() hosts=() urls=()
trim() { sed -E 's/^[[:space:]]+|[[:space:]]+$//g' <<<"$1"; }
while IFS='|' read -r name how option class status complaint; do
  name=$(trim "$name")
  [[ -n $name && $name != \#* && $name =~ $only ]] || continue
  host=c${#names[@]}.test how=$(trim "$how")
  case $how in
    http\ * | https\ *) url=${how%% *}://$host/ ;;
    *) url=${how%% *} host=${how#*://} host=${host%%/*} ;;
  esac
  how="$url ${how#* }"
  names+=("$name") hosts+=("$host") urls+=("$url") served+=("${how//\{host\}/$host}")
  options+=("$(trim "$option")") classes+=("$(trim "$class")") statuses+=("$(trim "$status")")
  complaints+=("$(trim "$complaint")")
done <"$here/network.txt"

make_authorities
resolve_places() { # TEXT HOST: what {…} stands for
  local text=$1 fault
  text=${text//\{host\}/$2} text=${text//\{ca\}/$pki/ca.crt} text=${text//\{unreachable\}/192.0.2.1}
  text=${text//\{plain\}/http://plain.test/} text=${text//\{self-http\}/http://$2/}
  if [[ $text =~ certificate=\{([a-z0-9]+)\} ]]; then
    fault=${BASH_REMATCH[1]}
    make_certificate "$fault" "$2"
    text=${text//\{$fault\}/$pki/$fault-$2.pem}
  fi
  echo "$text"
}
{
  echo "http://plain.test/ 0 20000"
  echo "http://local.test/ 0 20000"
  for i in "${!names[@]}"; do resolve_places "${served[$i]}" "${hosts[$i]}"; done
} >"$work/sites"
start_ready ready "$work/origin.log" "$bin/origin" --sites "$work/sites" --dir "$work/origin"
http_port=$(sed -n 's/^plain.test:80:127.0.0.1://p' "$work/origin/connect-to")

# Of the addresses for documentation: nobody's, but not private.
if [ $isolated = yes ]; then
  grep '^http://public.test/' "$work/sites" >"$work/public-sites"
  echo "http://public.test/ 0 0" >>"$work/public-sites"
  start_ready ready "$work/public.log" "$bin/origin" --bind 203.0.113.1 \
    --sites "$work/public-sites" --dir "$work/public"
  public_port=$(sed -n 's/^public.test:80:203.0.113.1://p' "$work/public/connect-to" | head -n 1)
fi

mapfile -t all_models < <(models)
runs=0

# Why a row cannot be tried here, or nothing.
out_of_reach() { # ROW
  case ${options[$1]} in
    *unreachable* | *unknown.test* | *silent.test* | *203.0.113.1*)
      [ $isolated = yes ] || echo "no network namespace of its own: run it as root"
      ;;
  esac
}

attempt() { # ROW MODEL FILE OPTION…
  local row=$1 model=$2 file=$3
  shift 3
  timeout -k 5 60 "$bin/download" -m "$model" --origin "$work/origin" --json "$@" "${urls[$row]}" \
    >"$file.out" 2>"$file.err"
  echo $? >"$file.status"
}

outcomes() { jq -r '.outcomes | to_entries | map("\(.key)=\(.value)") | join(" ")' "$1"; }

# The largest process of a run, in bytes; nothing under a sanitizer, which has a memory of its own.
largest() { [ $late -eq 1 ] || jq '[.memory_bytes[] | values] | max' "$1"; }

# The class, the exit status, the complaint; the classes sum to the tasks; a run that failed is
# marked; whatever the server sends, it takes no more memory than twice what a good one takes.
judge() { # ROW MODEL FILE
  local row=$1 file=$3 got status wrong=()
  status=$(cat "$file.status")
  got=$(outcomes "$file.out" 2>/dev/null)
  [ "$status" = "${statuses[$row]}" ] || wrong+=("exit status $status, not ${statuses[$row]}")
  [ "$got" = "${classes[$row]}=1" ] || wrong+=("outcomes '$got', not ${classes[$row]}=1")
  jq -e '([.outcomes[]] | add) == .tasks and .complete and (.verified == true) == (.failed == 0)' \
    "$file.out" >/dev/null 2>&1 || wrong+=("the record is not whole, or its sums are wrong")
  if [ -n "${complaints[$row]}" ]; then
    grep -qE -- "${complaints[$row]}" "$file.err" || wrong+=("no complaint of '${complaints[$row]}'")
  elif [ "${statuses[$row]}" = 0 ] && [ -s "$file.err" ]; then
    wrong+=("it complains without a reason")
  fi
  [ "${names[$row]}" != "over TLS" ] || usual[$2]=$(largest "$file.out")
  if [ -n "${usual[$2]:-}" ] && [ "$(largest "$file.out")" -gt $((2 * usual[$2])) ]; then
    wrong+=("it takes $(largest "$file.out") bytes, a good download ${usual[$2]}")
  fi
  if [ ${#wrong[@]} -eq 0 ]; then
    ok "network: ${names[$row]}: $2"
  else
    not_ok "network: ${names[$row]}: $2" "$(printf '%s; ' "${wrong[@]}")"
    sed 's/^/# /' "$file.err" | head -n 5
  fi
}

# A line of the document: the case, how it ends, the exit status, the first sentence.
tell() { # ROW FILE
  [ -n "${FAULTS_TABLE:-}" ] || return 0
  local said
  said=$(head -n 1 "$2.err" | sed -E "s|^download: ${urls[$1]}: ||; s/[|]/\\\\|/g")
  # shellcheck disable=SC2016
  printf '| %s | `%s` | %s | %s |\n' "${names[$1]}" "${classes[$1]}" "${statuses[$1]}" "$said" >>"$FAULTS_TABLE"
}

declare -A usual
undocumented=() tried=0
for row in "${!names[@]}"; do
  why=$(out_of_reach "$row")
  if [ -n "$why" ]; then
    ok "network: ${names[$row]} # SKIP $why"
    continue
  fi
  extra=$(resolve_places "${options[$row]}" "${hosts[$row]}")
  extra=${extra//\{http\}/$http_port} extra=${extra//\{public\}/${public_port:-}}
  tried=$((tried + 1))
  pids=()
  for model in "${all_models[@]}"; do
    # shellcheck disable=SC2086  # several words
    attempt "$row" "$model" "$work/$model" "${common[@]}" $extra &
    pids+=($!)
  done
  wait "${pids[@]}"
  for model in "${all_models[@]}"; do
    judge "$row" "$model" "$work/$model"
    runs=$((runs + 1))
  done
  tell "$row" "$work/uv"
done

# ---- All at once: no fault disturbs another's task. ----

# Those rows that need no option of their own.
together=() expected=()
for row in "${!names[@]}"; do
  if [ -z "${options[$row]}" ]; then
    together+=("${urls[$row]}") expected+=("${classes[$row]}")
  fi
done
want=$(printf '%s\n' "${expected[@]}" | sort | uniq -c | awk '{print $2 "=" $1}')
for model in "${all_models[@]}"; do
  timeout -k 5 120 "$bin/download" -m "$model" --origin "$work/origin" --json "${common[@]}" \
    --idle-timeout $((late + 2)) --connect-timeout $((late + 2)) "${together[@]}" >"$work/all.out" 2>"$work/all.err"
  check "network: ${#together[@]} rows at once: $model" \
    "$(jq -r '.outcomes | to_entries[] | "\(.key)=\(.value)"' "$work/all.out" | sort)" "$want"
done
for row in "${!names[@]}"; do
  grep -qF "| ${names[$row]} | \`${classes[$row]}\` | ${statuses[$row]} |" "$here/../../docs/faults.md" ||
    undocumented+=("${names[$row]}")
done
check "network: docs/faults.md has each case, its class and its exit status" "${undocumented[*]}" ""
echo "# network: $tried cases × ${#all_models[@]} models: $runs runs, and all at once"
end_tests
