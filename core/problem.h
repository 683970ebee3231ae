/*
 * What went wrong, in one sentence, with the exit status it leads to. Nothing below the programs'
 * main functions prints or exits: it fills in a problem and returns its status.
 */
#ifndef CORE_PROBLEM_H
#define CORE_PROBLEM_H

enum status {
    STATUS_OK = 0,
    STATUS_FAILED = 1,       /* a task failed unexpectedly, or a result did not verify */
    STATUS_USAGE = 2,        /* bad option, argument or input file */
    STATUS_REGRESSION = 3,   /* the gate found one */
    STATUS_INCOMPARABLE = 4, /* nothing comparable, or the machine is unfit */
    STATUS_ENVIRONMENT = 5,  /* missing dependency, or a resource that the system refused */
    STATUS_OUTPUT = 6,       /* results could not be written */
};

struct problem {
    enum status status;
    char text[512];
};

/* Sets the sentence and returns the status. Control bytes in it are shown escaped (\x1b), because
 * parts of it may come from a server. */
int problem_set(struct problem *problem, enum status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "memory is short": the reason that functions give which return why a text is wrong. It is this
 * very pointer, so that their callers can tell it from the others: the text may well be right. */
extern const char memory_is_short[];

/* Sets that as the problem; returns its status. */
int problem_no_memory(struct problem *problem);

/* Replaces C0, C1 and DEL bytes of `in` by \xNN, in at most out_size bytes with the final 0. Valid
 * UTF-8 beyond C1 passes unchanged. Returns out. */
const char *text_escape(const char *in, char *out, unsigned long out_size);

#endif
