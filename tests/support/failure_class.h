/* Which class a task ends in when an operation of it fails: spelt out beside core/outcome.h and the
 * fetch, which promise it, so that nothing is held against itself. */
#ifndef TESTS_SUPPORT_FAILURE_CLASS_H
#define TESTS_SUPPORT_FAILURE_CLASS_H

#include "core/task.h"

/* `error`: -errno, or 0 for a stream's early end. */
enum outcome failure_class(enum op_kind kind, int error);

#endif
