/* Sums over a process tree out of /proc. */
#include "bench/engine/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"

enum { THREADS_ASKED_MAX = 8 };

/* Reads a small file whole; false when it is not there any more. */
static bool read_file(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t got = 0;
    ssize_t rc = 0;
    while (fd >= 0 && got < size - 1 && (rc = read(fd, text + got, size - 1 - got)) > 0)
        got += (size_t)rc;
    if (fd >= 0)
        close(fd);
    text[got] = 0;
    return got > 0;
}

static uint64_t field(const char *text, const char *name)
{
    const char *at = strstr(text, name);
    return at != NULL ? strtoull(at + strlen(name), NULL, 10) : 0;
}

/* Open descriptors: the size of the folder where the kernel tells it (since 6.2), else its entries.
 */
static uint32_t count_descriptors(pid_t pid)
{
    char path[64];
    struct stat status;
    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    if (stat(path, &status) == 0 && status.st_size > 0)
        return (uint32_t)status.st_size;
    DIR *folder = opendir(path);
    const struct dirent *entry;
    uint32_t count = 0;
    while (folder != NULL && (entry = readdir(folder)) != NULL)
        count += entry->d_name[0] != '.';
    if (folder != NULL)
        closedir(folder);
    return count;
}

/* Returns how many threads it has; 0 when it is over. */
static uint32_t add_process(struct tree *now, pid_t pid)
{
    char path[64], text[4096];
    uint32_t threads = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    if (read_file(path, text, sizeof text))
        threads = (uint32_t)field(text, "\nThreads:");
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
    if (threads == 0 || !read_file(path, text, sizeof text))
        return 0;
    now->rss_bytes += field(text, "\nRss:") * 1024;
    now->pss_bytes += field(text, "\nPss:") * 1024;
    now->threads += threads;
    now->processes++;
    now->descriptors += count_descriptors(pid);
    return threads;
}

/* Appends the children that a thread has made; returns the new count. */
static uint32_t add_children(pid_t pid, const char *thread, pid_t *pids, uint32_t count)
{
    char path[600];
    static char text[64 * 1024];
    snprintf(path, sizeof path, "/proc/%d/task/%s/children", (int)pid, thread);
    if (!read_file(path, text, sizeof text))
        return count;
    char *at = text, *end;
    for (long child; count < TREE_PROCESSES_MAX && (child = strtol(at, &end, 10)) > 0; at = end)
        pids[count++] = (pid_t)child;
    return count;
}

/* The children of a process. Where its threads are many, only the main one is asked: to ask a
 * thousand takes longer than what is to be seen lasts. */
static uint32_t add_all_children(pid_t pid, uint32_t threads, pid_t *pids, uint32_t count)
{
    char path[64];
    snprintf(path, sizeof path, "%d", (int)pid);
    if (threads > THREADS_ASKED_MAX)
        return add_children(pid, path, pids, count);
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *folder = opendir(path);
    const struct dirent *entry;
    while (folder != NULL && (entry = readdir(folder)) != NULL)
        if (entry->d_name[0] != '.')
            count = add_children(pid, entry->d_name, pids, count);
    if (folder != NULL)
        closedir(folder);
    return count;
}

static void keep_larger(uint32_t *peak, uint32_t value)
{
    *peak = value > *peak ? value : *peak;
}

uint64_t tree_look(void *data, pid_t pid)
{
    struct tree *tree = data, now = {0};
    static pid_t pids[TREE_PROCESSES_MAX];
    uint64_t begin_ns = clock_now_ns();
    uint32_t count = 1;
    pids[0] = pid;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t threads = add_process(&now, pids[i]);
        count = add_all_children(pids[i], threads, pids, count);
    }
    if (now.processes > 0) {
        tree->looks++;
        tree->pss_bytes = now.pss_bytes > tree->pss_bytes ? now.pss_bytes : tree->pss_bytes;
        tree->rss_bytes = now.rss_bytes > tree->rss_bytes ? now.rss_bytes : tree->rss_bytes;
        keep_larger(&tree->processes, now.processes);
        keep_larger(&tree->threads, now.threads);
        keep_larger(&tree->descriptors, now.descriptors);
    }
    uint64_t took_ns = clock_now_ns() - begin_ns;
    return took_ns > NS_PER_MS / 2 ? took_ns : NS_PER_MS / 2;
}
