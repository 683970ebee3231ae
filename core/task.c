/* The names of operations. */
#include "core/task.h"

const char *op_kind_name(enum op_kind kind)
{
    static const char *const names[OP_KIND_COUNT] = {
        [OP_NONE] = "no operation", [OP_DONE] = "done",
        [OP_SLEEP] = "SLEEP",       [OP_COMPUTE] = "COMPUTE",
        [OP_RESOLVE] = "RESOLVE",   [OP_CONNECT] = "CONNECT",
        [OP_SEND] = "SEND",         [OP_RECV] = "RECV",
        [OP_CLOSE] = "CLOSE",       [OP_PUT] = "PUT",
        [OP_TAKE] = "TAKE",         [OP_YIELD] = "YIELD",
        [OP_SPAWN] = "SPAWN",       [OP_JOIN] = "JOIN",
        [OP_JOIN_ALL] = "JOIN all", [OP_JOIN_ERROR] = "JOIN first error",
        [OP_CANCEL] = "CANCEL",
    };
    return names[kind];
}
