/* A file without a name grows beside the old one, is named when it is whole, and takes its place:
 * only who is killed between those two leaves something behind, a name that ends in .part. */
#include "bench/program/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int refuse(struct whole_file *whole, int error, struct problem *problem)
{
    return problem_set(problem, STATUS_OUTPUT, "'%s' cannot be written: %s", whole->path,
                       strerror(error));
}

/* Of the folder that the path is in. */
static int open_folder(const char *path, int flags)
{
    char folder[4400];
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash != NULL)
        slash[slash == folder] = 0;
    return open(slash != NULL ? folder : ".", flags | O_CLOEXEC, 0666);
}

static int open_part(struct whole_file *whole)
{
    int fd = open_folder(whole->path, O_TMPFILE | O_WRONLY);
    if (fd >= 0)
        return fd;
    /* Not every file system can do that. */
    snprintf(whole->part, sizeof whole->part, "%s.%d.part", whole->path, (int)getpid());
    fd = open(whole->part, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
    if (fd < 0)
        whole->part[0] = 0;
    return fd;
}

int whole_file_open(struct whole_file *whole, const char *path, struct problem *problem)
{
    struct stat old;
    bool there = stat(path, &old) == 0;
    char *target = there ? realpath(path, NULL) : NULL; /* a link stays one */
    *whole = (struct whole_file){.direct = there && !S_ISREG(old.st_mode)};
    bool fits = (size_t)snprintf(whole->path, sizeof whole->path, "%s",
                                 target != NULL ? target : path) < sizeof whole->path;
    free(target);
    if (!fits)
        return refuse(whole, ENAMETOOLONG, problem);
    if (there && access(path, W_OK) != 0)
        return refuse(whole, errno, problem);
    int fd = whole->direct ? open(path, O_WRONLY | O_TRUNC | O_CLOEXEC) : open_part(whole);
    if (fd >= 0 && there && !whole->direct)
        fchmod(fd, old.st_mode & 0777); /* where that is not ours to say, it is a new file */
    whole->file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (whole->file != NULL)
        return 0;
    int status = refuse(whole, errno, problem);
    if (fd >= 0)
        close(fd);
    if (whole->part[0] != 0)
        unlink(whole->part);
    return status;
}

/* Gives it a name, where it has none, and then the old one's. */
static bool put_in_place(struct whole_file *whole)
{
    if (fsync(fileno(whole->file)) != 0)
        return false;
    if (whole->part[0] == 0) {
        char nameless[40];
        snprintf(nameless, sizeof nameless, "/proc/self/fd/%d", fileno(whole->file));
        snprintf(whole->part, sizeof whole->part, "%s.%d.part", whole->path, (int)getpid());
        if (linkat(AT_FDCWD, nameless, AT_FDCWD, whole->part, AT_SYMLINK_FOLLOW) != 0)
            return false;
    }
    if (rename(whole->part, whole->path) != 0)
        return false;
    int folder = open_folder(whole->path, O_RDONLY | O_DIRECTORY);
    if (folder >= 0) {
        fsync(folder);
        close(folder);
    }
    return true;
}

void whole_file_drop(struct whole_file *whole)
{
    fclose(whole->file);
    if (whole->part[0] != 0)
        unlink(whole->part);
}

int whole_file_close(struct whole_file *whole, struct problem *problem)
{
    errno = 0;
    bool good =
        fflush(whole->file) == 0 && !ferror(whole->file) && (whole->direct || put_in_place(whole));
    int error = errno != 0 ? errno : EIO;
    if (fclose(whole->file) != 0 && good) {
        good = false;
        error = errno;
    }
    if (good || (whole->direct && error == EPIPE)) /* its reader has had enough */
        return 0;
    if (whole->part[0] != 0)
        unlink(whole->part);
    return refuse(whole, error, problem);
}
