#!/usr/bin/env bash
# Who may include whom: core nobody; workloads core; models core; the origin core and workloads/net;
# and no workload knows of a socket or a thread.
. "$(dirname "$0")/lib.sh"
cd "$(dirname "$0")/../.." || exit 1
[ -e core/task.h ] || not_ok "the sources are there" "$PWD"
includes() { # FOLDER ALLOWED-PATTERN
  local wrong
  wrong=$(grep -rnE '^#include "' "$1" --include='*.[ch]' | grep -vE "\"($2)/")
  check "$1 includes only $2" "$wrong" ""
}
includes core core
includes models 'core|models'
includes workloads 'core|workloads'
includes origin 'core|workloads/net|origin'
wrong=$(grep -rnE '^#include <(sys/socket|netinet/|arpa/|netdb|pthread|threads|uv|sys/epoll|poll|time|sys/time)' \
  workloads --include='*.[ch]')
check "workloads include no socket, thread or clock header" "$wrong" ""
stems=$(basename -s .c models/*.c workloads/*.c | paste -sd '|')
wrong=$(grep -rnE "(workload_|model_)($stems)\\b" core bench tests --include='*.[ch]' |
  grep -v '_registry')
check "nothing but the registry names a model or a workload's table" "$wrong" ""
end_tests
