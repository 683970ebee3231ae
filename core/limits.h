/* Limits that hold everywhere. Each is checked where the value enters. */
#ifndef CORE_LIMITS_H
#define CORE_LIMITS_H

#include <stdint.h>

#define WIDTH_MAX       (UINT32_C(1) << 20) /* children in progress at once */
#define TASKS_MAX       (UINT32_C(1) << 24) /* children of a run */
#define WORKERS_MAX     UINT32_C(1024)      /* loops, pool threads */
#define CPUS_MAX        UINT32_C(1024)      /* a --cpus list, as long as the kernel's own set */
#define URL_BYTES_MAX   8192                /* the URI parser recurses */
#define RECV_BYTES_MAX  65536               /* the most that one OP_RECV lends */
#define ADDRESSES_MAX   8                   /* addresses of a name that are tried */
#define DURATION_NS_MAX (UINT64_C(1000000000) * 86400 * 365)

#endif
