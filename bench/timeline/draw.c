/* Timelines measured, written for gnuplot, and drawn by it. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/timeline/chart.h"

/* In memory, without a name; handed to gnuplot by its descriptor. */
FILE *chart_file(void)
{
    int fd = memfd_create("timeline", 0);
    FILE *file = fd >= 0 ? fdopen(fd, "w+") : NULL;
    if (file == NULL && fd >= 0)
        close(fd);
    return file;
}

static int no_room(struct problem *problem, int error)
{
    return problem_set(problem, STATUS_ENVIRONMENT,
                       "no room in memory for the timeline: %s; draw fewer at once, or raise the "
                       "limits",
                       strerror(error));
}

int timeline_draw(const struct timeline *timelines, size_t count, const char *out,
                  struct problem *problem)
{
    struct chart chart = {.count = 0};
    FILE *settings = chart_file(), *data = chart_file();
    int error = settings == NULL || data == NULL ? errno : ENOMEM;
    bool good = settings != NULL && data != NULL && chart_measure(&chart, timelines, count);
    if (good) {
        chart_write_data(&chart, data);
        chart_write_settings(&chart, settings);
        good = fflush(data) == 0 && fflush(settings) == 0;
    }
    int status = good ? chart_plot(settings, data, out, problem) : no_room(problem, error);
    chart_free(&chart);
    if (settings != NULL)
        fclose(settings);
    if (data != NULL)
        fclose(data);
    return status;
}
