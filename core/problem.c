/* One sentence and an exit status. */
#include "core/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* C1 controls (U+0080 to U+009F) are the two bytes C2 80 to C2 9F in UTF-8; a lone byte of that
 * range is a control for an 8-bit terminal. */
static unsigned long control_length(const unsigned char *at, const unsigned char *start)
{
    if (*at < 0x20 || *at == 0x7f)
        return 1;
    if (*at == 0xc2 && at[1] >= 0x80 && at[1] <= 0x9f)
        return 2;
    if (*at >= 0x80 && *at <= 0x9f && (at == start || at[-1] < 0x80))
        return 1;
    return 0;
}

const char *text_escape(const char *in, char *out, unsigned long out_size)
{
    const unsigned char *at = (const unsigned char *)in;
    unsigned long used = 0;
    while (*at != 0) {
        unsigned long control = control_length(at, (const unsigned char *)in);
        if (used + (control > 0 ? 4 * control : 1) >= out_size)
            break;
        for (unsigned long i = 0; i < control; i++)
            used += (unsigned long)snprintf(out + used, 5, "\\x%02x", at[i]);
        if (control == 0)
            out[used++] = (char)*at;
        at += control > 0 ? control : 1;
    }
    out[used] = 0;
    return out;
}

const char memory_is_short[] = "memory is short";

int problem_set(struct problem *problem, enum status status, const char *format, ...)
{
    char raw[sizeof problem->text];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(raw, sizeof raw, format, arguments);
    va_end(arguments);
    problem->status = status;
    text_escape(raw, problem->text, sizeof problem->text);
    return (int)status;
}

int problem_no_memory(struct problem *problem)
{
    return problem_set(problem, STATUS_ENVIRONMENT, "%s", memory_is_short);
}
