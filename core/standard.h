/* The standard streams of every program of the suite, at its beginning and its end. */
#ifndef CORE_STANDARD_H
#define CORE_STANDARD_H

#include "core/problem.h"

/* First of all: where a standard stream is closed, no file of ours takes its number (a journal that
 * is standard error is written full of sentences); and what cannot be written is an error there,
 * not a death. */
void standard_hold(void);

/* When all is printed. Returns 0, -EPIPE when the reader has had enough, which is no problem, or
 * the problem's status. */
int standard_flush(struct problem *problem);

#endif
