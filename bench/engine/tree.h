/*
 * The process tree of a launch, looked at again and again while it runs: what all of it together
 * had at most. Memory is PSS, which counts a page that n processes share as 1/n in each, beside
 * RSS, which counts it whole in each. A look walks page tables and costs time: launches that are
 * looked at are not timed.
 */
#ifndef BENCH_ENGINE_TREE_H
#define BENCH_ENGINE_TREE_H

#include <stdint.h>
#include <sys/types.h>

enum { TREE_PROCESSES_MAX = 4096 };

/* The greatest values of single looks; a peak between two looks is not seen. */
struct tree {
    uint32_t looks;
    uint64_t pss_bytes, rss_bytes;
    uint32_t processes, threads, descriptors;
};

/* A launch_watch: looks once at the tree below the process, which may be over by then. Returns in
 * how many nanoseconds to look again: as long as this look took, at least half a millisecond. */
uint64_t tree_look(void *tree, pid_t pid);

#endif
