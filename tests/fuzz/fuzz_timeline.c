/*
 * What `crossover timeline` reads: a trace from anywhere, laid out, as JSON, and as what gnuplot is
 * given to draw. Whatever stands there is refused with a sentence or shown: no two tasks in the
 * same row at the same time, every row in its chart, and no text of the file where gnuplot would
 * run it.
 */
#include <math.h>
#include <string.h>

#include "bench/timeline/chart.h"
#include "tests/fuzz/fuzz.h"

static void check_places(const struct timeline *timeline)
{
    double sum_us = 0, lanes_us = 0;
    for (size_t i = 0; i < timeline->slice_count; i++)
        sum_us += timeline->slices[i].to_us - timeline->slices[i].from_us;
    for (uint32_t i = 0; i < timeline->lane_count; i++) {
        REQUIRE(timeline->lanes[i].rows > 0);
        for (int j = 0; j < SPAN_STATES; j++)
            lanes_us += timeline->lanes[i].state_us[j];
    }
    /* Those of who never began are in no lane. */
    REQUIRE(lanes_us <= sum_us * (1 + 1e-9) + 1e-3);
    for (size_t i = 0; i < timeline->progress_count; i++) {
        const struct timeline_task *task = &timeline->progress[i];
        REQUIRE(task->lane < timeline->lane_count);
        REQUIRE(task->row < timeline->lanes[task->lane].rows);
        for (size_t j = 0; j < i; j++) {
            const struct timeline_task *other = &timeline->progress[j];
            REQUIRE(other->lane != task->lane || other->row != task->row ||
                    other->to_us <= task->from_us + 0.01 || task->to_us <= other->from_us + 0.01);
        }
    }
}

static void check_json(const struct timeline *timeline)
{
    json_t *shown = timeline_json(timeline, "trace.json");
    REQUIRE(json_array_size(json_object_get(shown, "lanes")) == timeline->lane_count);
    json_decref(shown);
}

/* What gnuplot is given goes into memory, to be looked at. */
struct given {
    FILE *file;
    char *text;
    size_t length;
};

static void begin_text(struct given *given)
{
    given->file = open_memstream(&given->text, &given->length);
    if (given->file == NULL)
        abort();
}

/* No byte but those that the program writes itself, and of those none that gnuplot runs. */
static void end_text(struct given *given, bool figures)
{
    fclose(given->file);
    for (size_t i = 0; i < given->length; i++)
        REQUIRE(given->text[i] == '\n' ||
                (given->text[i] >= ' ' && given->text[i] <= '~' && given->text[i] != '`'));
    REQUIRE(!figures || (strstr(given->text, "nan") == NULL && strstr(given->text, "inf") == NULL));
    free(given->text);
}

static void check_chart(const struct timeline *timeline)
{
    struct chart chart;
    struct given data, settings;
    begin_text(&data);
    begin_text(&settings);
    REQUIRE(chart_measure(&chart, timeline, 1));
    REQUIRE(chart.height_px > 0 && chart.height_px < 2000);
    chart_write_data(&chart, data.file);
    chart_write_settings(&chart, settings.file);
    chart_free(&chart);
    end_text(&data, true);
    end_text(&settings, false);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct timeline timeline = {.wall_us = 0};
    struct problem problem = {0};
    /* fmemopen() takes nothing that is empty. */
    FILE *file = size > 0 ? fmemopen((void *)(uintptr_t)data, size, "r") : NULL;
    if (file == NULL)
        return 0;
    int status = timeline_read_file(&timeline, file, "the trace", &problem);
    REQUIRE(status == 0 || status == STATUS_USAGE);
    REQUIRE(status == 0 || problem.text[0] != 0);
    if (status == 0) {
        check_places(&timeline);
        check_json(&timeline);
        check_chart(&timeline);
    }
    timeline_free(&timeline);
    fclose(file);
    return 0;
}
