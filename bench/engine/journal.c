/* Appending lines, and reading them back. */
#include "bench/engine/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* The next line of at most JOURNAL_LINE_MAX bytes, as getline() does; -1 at the end, or with errno
 * EFBIG where it is longer. */
static ssize_t read_line(FILE *file, char **line, size_t *room)
{
    size_t length = 0;
    errno = 0;
    for (int byte = 0; byte != '\n' && (byte = getc_unlocked(file)) != EOF;) {
        if (length == JOURNAL_LINE_MAX) {
            errno = EFBIG;
            return -1;
        }
        if (length == *room) {
            size_t more = 2 * length + 4096;
            char *moved = realloc(*line, more);
            if (moved == NULL)
                return -1; /* ENOMEM */
            *line = moved;
            *room = more;
        }
        (*line)[length++] = (char)byte;
    }
    return length > 0 ? (ssize_t)length : -1;
}

/* Gives each whole line to `each`; `*whole` is where the last one ends, `*size` where the file
 * does. */
static int read_lines(FILE *file, const char *path, journal_line_fn *each, void *data,
                      size_t *whole, size_t *size, struct problem *problem)
{
    char *line = NULL;
    size_t room = 0, number = 0;
    ssize_t length = 0;
    int status = 0;
    *whole = *size = 0;
    while (status == 0 && (length = read_line(file, &line, &room)) > 0) {
        *size += (size_t)length;
        number++;
        if (line[length - 1] != '\n')
            break; /* its writer was killed in the middle */
        json_error_t error;
        json_t *object = json_loadb(line, (size_t)length, JSON_REJECT_DUPLICATES, &error);
        if (json_is_object(object))
            status = each(data, object, problem);
        else
            status =
                problem_set(problem, STATUS_INCOMPARABLE, "line %zu of '%s' is no JSON object: %s",
                            number, path, object == NULL ? error.text : "it is something else");
        json_decref(object);
        *whole = *size;
    }
    if (status == 0 && length < 0 && errno == EFBIG)
        status = problem_set(problem, STATUS_INCOMPARABLE, "line %zu of '%s' is longer than %d MiB",
                             number + 1, path, JOURNAL_LINE_MAX >> 20);
    else if (status == 0 && length < 0 && errno == ENOMEM)
        status = problem_no_memory(problem);
    else if (status == 0 && ferror(file))
        status = problem_set(problem, STATUS_INCOMPARABLE, "'%s' cannot be read: %s", path,
                             strerror(errno));
    free(line);
    return status;
}

/* ", process 1234" where the system tells who has the lock. */
static void name_holder(int fd, char *text, size_t size)
{
    struct stat journal;
    FILE *locks = fopen("/proc/locks", "re");
    char line[256];
    while (locks != NULL && fstat(fd, &journal) == 0 && fgets(line, sizeof line, locks) != NULL) {
        int process;
        unsigned on_major, on_minor;
        unsigned long long inode;
        if (sscanf(line, "%*s FLOCK %*s %*s %d %x:%x:%llu", &process, &on_major, &on_minor,
                   &inode) == 4 &&
            process > 0 && inode == journal.st_ino && on_major == major(journal.st_dev) &&
            on_minor == minor(journal.st_dev))
            snprintf(text, size, ", process %d", process);
    }
    if (locks != NULL)
        fclose(locks);
}

static int refuse(struct journal *journal, const char *path, struct problem *problem)
{
    int error = errno;
    char holder[60] = "";
    if (error == EWOULDBLOCK)
        name_holder(journal->fd, holder, sizeof holder);
    if (journal->fd >= 0)
        close(journal->fd);
    journal->fd = -1;
    if (error == EWOULDBLOCK)
        return problem_set(problem, STATUS_USAGE,
                           "'%s' is in use by another run%s; wait for it, or name another folder "
                           "with --out",
                           path, holder);
    return problem_set(problem, STATUS_OUTPUT, "'%s' cannot be written: %s", path, strerror(error));
}

/* What is read to its end has to have one. */
static bool is_file(int fd)
{
    struct stat what;
    return fstat(fd, &what) == 0 && S_ISREG(what.st_mode);
}

static int refuse_kind(const char *path, struct problem *problem)
{
    return problem_set(problem, STATUS_INCOMPARABLE, "'%s' is no plain file, so no run's", path);
}

/* mkdir -p. */
static bool make_folder(const char *directory)
{
    char path[4096];
    if ((size_t)snprintf(path, sizeof path, "%s", directory) >= sizeof path) {
        errno = ENAMETOOLONG;
        return false;
    }
    for (char *at = path + 1; *at != 0; at++) {
        if (*at != '/')
            continue;
        *at = 0;
        if (mkdir(path, 0777) != 0 && errno != EEXIST)
            return false;
        *at = '/';
    }
    return mkdir(path, 0777) == 0 || errno == EEXIST;
}

int journal_open(struct journal *journal, const char *directory, journal_line_fn *each, void *data,
                 struct problem *problem)
{
    *journal = (struct journal){.fd = -1};
    if (!make_folder(directory))
        return refuse(journal, directory, problem);
    snprintf(journal->path, sizeof journal->path, "%s/launches.jsonl", directory);
    journal->fd = open(journal->path, O_RDWR | O_CREAT | O_APPEND | O_NONBLOCK | O_CLOEXEC, 0666);
    if (journal->fd >= 0 && !is_file(journal->fd)) {
        close(journal->fd);
        journal->fd = -1;
        return refuse_kind(journal->path, problem);
    }
    if (journal->fd < 0 || flock(journal->fd, LOCK_EX | LOCK_NB) != 0)
        return refuse(journal, journal->path, problem);
    int copy = fcntl(journal->fd, F_DUPFD_CLOEXEC, 0);
    FILE *file = copy >= 0 ? fdopen(copy, "r") : NULL;
    if (file == NULL) {
        if (copy >= 0)
            close(copy);
        return refuse(journal, journal->path, problem);
    }
    size_t whole, size;
    int status = read_lines(file, journal->path, each, data, &whole, &size, problem);
    fclose(file);
    journal->cut_bytes = size - whole;
    if (status == 0 && size > whole && ftruncate(journal->fd, (off_t)whole) != 0)
        return refuse(journal, journal->path, problem);
    if (status != 0) {
        close(journal->fd);
        journal->fd = -1;
    }
    return status;
}

int journal_read_file(FILE *file, const char *path, journal_line_fn *each, void *data,
                      struct problem *problem)
{
    size_t whole, size;
    return read_lines(file, path, each, data, &whole, &size, problem);
}

int journal_read(const char *directory, journal_line_fn *each, void *data, struct problem *problem)
{
    char path[4300];
    snprintf(path, sizeof path, "%s/launches.jsonl", directory);
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* a pipe would wait for its writer */
    if (fd >= 0 && !is_file(fd)) {
        close(fd);
        return refuse_kind(path, problem);
    }
    FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (file == NULL)
        return errno == ENOENT || errno == ENOTDIR
                   ? -ENOENT
                   : problem_set(problem, STATUS_INCOMPARABLE, "'%s' cannot be read: %s", path,
                                 strerror(errno));
    int status = journal_read_file(file, path, each, data, problem);
    fclose(file);
    return status;
}

int journal_append(struct journal *journal, json_t *line, struct problem *problem)
{
    char *text = line != NULL ? json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
    json_decref(line);
    if (text == NULL)
        return problem_set(problem, STATUS_ENVIRONMENT,
                           "memory is short, or an observation is not UTF-8");
    size_t length = strlen(text), written = 0;
    text[length++] = '\n'; /* in place of the final 0 */
    struct stat before;
    bool good = fstat(journal->fd, &before) == 0;
    while (good && written < length) {
        ssize_t rc = write(journal->fd, text + written, length - written);
        good = rc > 0 || (rc < 0 && errno == EINTR);
        written += rc > 0 ? (size_t)rc : 0;
    }
    int error = errno;
    free(text);
    if (good)
        return 0;
    /* A disk that is full takes a part: what is not whole is taken back. */
    if (written > 0 && ftruncate(journal->fd, before.st_size) != 0)
        error = errno;
    return problem_set(problem, STATUS_OUTPUT,
                       "'%s' cannot be written: %s; what was measured before is in it",
                       journal->path, strerror(error));
}

int journal_close(struct journal *journal, struct problem *problem)
{
    if (journal->fd < 0)
        return 0;
    bool good = fsync(journal->fd) == 0 || errno == EINVAL; /* a pipe or /dev/null has no disk */
    int error = errno;
    good = close(journal->fd) == 0 && good;
    journal->fd = -1;
    return good ? 0
                : problem_set(problem, STATUS_OUTPUT, "'%s' cannot be written: %s", journal->path,
                              strerror(error));
}

/* ---- Parts of lines. ---- */

json_t *journal_text(const char *text)
{
    json_t *string = json_string(text);
    char *escaped = string == NULL ? malloc(4 * strlen(text) + 1) : NULL;
    size_t used = 0;
    for (; escaped != NULL && *text != 0; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte >= 0x20 && byte < 0x7f)
            escaped[used++] = *text;
        else
            used += (size_t)sprintf(escaped + used, "\\x%02x", byte);
    }
    if (escaped != NULL)
        string = json_stringn(escaped, used);
    free(escaped);
    return string;
}

void journal_missing(json_t *line, const char *path, const char *why)
{
    json_t *all = json_object_get(line, "missing");
    if (all == NULL) {
        all = json_object();
        json_object_set_new(line, "missing", all);
    }
    json_object_set_new(all, path, json_string(why));
}

json_t *journal_real(json_t *line, const char *path, double value, const char *why)
{
    if (isfinite(value))
        return json_real(value);
    journal_missing(line, path, why);
    return json_null();
}
