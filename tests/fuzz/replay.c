/*
 * Gives a fuzzer its committed inputs, one after the other: files, and what lies in folders. It
 * needs no libFuzzer, so that each compiler and each sanitizer runs them. Finding new inputs is
 * fuzz.sh's.
 */
#include <dirent.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

enum { INPUT_SECONDS = 60, INPUT_BYTES_MAX = 64 << 20 };

static unsigned replayed;

static _Noreturn void refuse(const char *path, const char *why)
{
    printf("Bail out! %s: %s\n", path, why);
    exit(1);
}

/* In memory of its own size, so that a sanitizer sees what reads behind it. */
static void replay_file(const char *path, size_t size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = size <= INPUT_BYTES_MAX ? malloc(size) : NULL;
    if (file == NULL || (bytes == NULL && size > 0) || fread(bytes, 1, size, file) != size)
        refuse(path, "it cannot be read");
    fclose(file);
    /* Said before, because the process may not survive it; the alarm is for one that hangs. */
    printf("# %s\n", path);
    fflush(stdout);
    alarm(INPUT_SECONDS);
    LLVMFuzzerTestOneInput(bytes, size);
    alarm(0);
    free(bytes);
    replayed++;
}

static void replay(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        refuse(path, "there is no such file");
    if (!S_ISDIR(status.st_mode)) {
        replay_file(path, (size_t)status.st_size);
        return;
    }
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort);
    if (count < 0)
        refuse(path, "it cannot be listed");
    for (int i = 0; i < count; i++) {
        char inner[4096];
        bool fits =
            (size_t)snprintf(inner, sizeof inner, "%s/%s", path, entries[i]->d_name) < sizeof inner;
        if (entries[i]->d_name[0] != '.' && fits)
            replay(inner);
        free(entries[i]);
    }
    free(entries);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "Usage: %s NAME FILE_OR_FOLDER…\n", argv[0]);
        return 2;
    }
    for (int i = 2; i < argc; i++)
        replay(argv[i]);
    printf("%sok 1 - fuzz %s: %u inputs\n1..1\n", replayed > 0 ? "" : "not ", argv[1], replayed);
    return replayed > 0 ? 0 : 1;
}
