/* What gnuplot draws of a chart: rectangles, and the numbers of tasks. */
#include <inttypes.h>
#include <math.h>

#include "bench/timeline/chart.h"

enum {
    READABLE_PX = 10, /* the height of a row or a lane that takes a text */
    NUMBER_PX = 18,   /* the width of one */
};
/* What is narrower is seen in nothing but its running, which has a line of this width at least. */
#define NARROW_PX   0.4
#define HAIRLINE_PX 1.2
/* What is narrower everywhere is not in the legend: one would look for it. */
#define TOLD_PX 1.5

static double px_of(const struct chart *chart, double us)
{
    return us / chart->end_us * CHART_PLOT_PX;
}

static double us_of(const struct chart *chart, double px)
{
    return px / CHART_PLOT_PX * chart->end_us;
}

/* ---- Rectangles. ---- */

static void write_box(FILE *data, double from_us, double to_us, double top_px, double bottom_px,
                      uint32_t colour)
{
    fprintf(data, "%.6g %.6g %.2f %.2f %" PRIu32 "\n", from_us / 1e3, to_us / 1e3, top_px,
            bottom_px, colour);
}

static enum chart_look look_of(const struct timeline_task *task, const struct timeline_slice *slice)
{
    switch ((enum span_state)slice->state) {
    case SPAN_QUEUED: return LOOK_QUEUED;
    case SPAN_RUNNING: return LOOK_RUNNING;
    case SPAN_COMPUTING: return slice->lane == task->lane ? LOOK_COMPUTING : LOOK_ELSEWHERE;
    case SPAN_HOLDING: return LOOK_HOLDING;
    case SPAN_READY: return LOOK_READY;
    case SPAN_WAITING: break;
    }
    static const enum chart_look causes[TIMELINE_CAUSES] = {LOOK_NETWORK, LOOK_SLEEP, LOOK_TASKS};
    return causes[slice->cause];
}

static void write_slice(struct chart *chart, FILE *data, const struct chart_panel *panel,
                        const struct timeline_slice *slice, enum chart_look look, double top_px)
{
    double from_us = slice->from_us, to_us = slice->to_us;
    double width_px = px_of(chart, to_us - from_us);
    double bottom_px = top_px + panel->row_px - (panel->row_px >= 4 ? 1 : 0);
    if (width_px < NARROW_PX && look != LOOK_RUNNING)
        return;
    if (look == LOOK_RUNNING && width_px < HAIRLINE_PX) {
        double more_us = us_of(chart, HAIRLINE_PX - width_px) / 2;
        from_us -= more_us;
        to_us += more_us;
    }
    if (look == LOOK_QUEUED) { /* a thin line */
        double middle_px = (top_px + bottom_px) / 2;
        top_px = middle_px - fmin(1, panel->row_px / 4);
        bottom_px = middle_px + fmin(1, panel->row_px / 4);
    }
    chart->looks[look] |= look == LOOK_RUNNING || width_px >= TOLD_PX;
    write_box(data, from_us, to_us, top_px, bottom_px, chart_colour(look));
}

/* Of several lines in the same place one is drawn. */
static void write_task(struct chart *chart, FILE *data, const struct chart_panel *panel,
                       const struct timeline_task *task, enum chart_look look)
{
    double top_px = chart_row_px(panel, task->lane, task->row), drawn_us = -INFINITY;
    if (top_px < 0)
        return;
    for (size_t i = task->first; i < task->first + task->count; i++) {
        const struct timeline_slice *slice = &panel->timeline->slices[i];
        if (look_of(task, slice) != look || slice->to_us < drawn_us)
            continue;
        struct timeline_slice shown = *slice;
        if (look == LOOK_QUEUED) /* the row is another's until then */
            shown.from_us = fmin(fmax(slice->from_us, task->free_us), slice->to_us);
        write_slice(chart, data, panel, &shown, look, top_px);
        if (look == LOOK_RUNNING)
            drawn_us = fmax(slice->to_us, slice->from_us + us_of(chart, HAIRLINE_PX / 2));
    }
}

static void write_guests(struct chart *chart, FILE *data, const struct chart_panel *panel)
{
    for (size_t i = 0; i < panel->timeline->guest_count; i++) {
        const struct timeline_guest *guest = &panel->timeline->guests[i];
        const struct timeline_slice *slice = &panel->timeline->slices[guest->slice];
        double top_px = chart_row_px(panel, slice->lane, guest->row);
        if (top_px < 0)
            continue;
        struct timeline_slice shown = *slice; /* a gap shows where one follows another */
        shown.from_us += fmin(us_of(chart, HAIRLINE_PX), (slice->to_us - slice->from_us) / 2);
        write_slice(chart, data, panel, &shown, LOOK_COMPUTING, top_px);
    }
}

static void write_idles(struct chart *chart, FILE *data, const struct chart_panel *panel)
{
    for (size_t i = 0; i < panel->timeline->idle_count; i++) {
        const struct timeline_idle *idle = &panel->timeline->idles[i];
        double bottom_px =
            panel->top_px + panel->lane_px[idle->lane] + chart_lane_px(panel, idle->lane);
        if (chart_lane_px(panel, idle->lane) <= 0 ||
            px_of(chart, idle->to_us - idle->from_us) < NARROW_PX ||
            idle->from_us >= panel->timeline->end_us) /* the loop outlives the run */
            continue;
        chart->looks[LOOK_IDLE] = true;
        write_box(data, idle->from_us, fmin(idle->to_us, panel->timeline->end_us),
                  bottom_px - CHART_IDLE_PX, bottom_px, chart_colour(LOOK_IDLE));
    }
}

static void write_lanes(FILE *data, const struct chart_panel *panel)
{
    const struct timeline *timeline = panel->timeline;
    for (uint32_t i = 0; i < timeline->lane_count; i++) {
        double top_px = panel->top_px + panel->lane_px[i];
        double height_px = chart_lane_px(panel, i);
        if (height_px >= READABLE_PX)
            write_box(data, 0, timeline->end_us, top_px, top_px + height_px, 0);
    }
}

/* A task's number, in the middle of what is wide enough. */
static void write_number(const struct chart *chart, FILE *data, const struct chart_panel *panel,
                         const struct timeline_slice *slice, double top_px)
{
    if (top_px < 0 || panel->row_px < READABLE_PX ||
        px_of(chart, slice->to_us - slice->from_us) < NUMBER_PX)
        return;
    fprintf(data, "%.6g %.2f \"%" PRIu32 "\"\n", (slice->from_us + slice->to_us) / 2e3,
            top_px + (panel->row_px - 1) / 2, slice->task);
}

/* In the widest of its slices that is not black. */
static void write_task_number(const struct chart *chart, FILE *data,
                              const struct chart_panel *panel, const struct timeline_task *task)
{
    const struct timeline_slice *widest = NULL;
    for (size_t i = task->first; i < task->first + task->count; i++) {
        const struct timeline_slice *slice = &panel->timeline->slices[i];
        if (slice->state != SPAN_QUEUED && slice->state != SPAN_RUNNING &&
            (widest == NULL || slice->to_us - slice->from_us > widest->to_us - widest->from_us))
            widest = slice;
    }
    if (widest != NULL)
        write_number(chart, data, panel, widest, chart_row_px(panel, task->lane, task->row));
}

static void write_numbers(const struct chart *chart, FILE *data, const struct chart_panel *panel)
{
    const struct timeline *timeline = panel->timeline;
    for (size_t i = 0; i < timeline->progress_count; i++)
        write_task_number(chart, data, panel, &timeline->progress[i]);
    for (size_t i = 0; i < timeline->guest_count; i++) {
        const struct timeline_slice *slice = &timeline->slices[timeline->guests[i].slice];
        write_number(chart, data, panel, slice,
                     chart_row_px(panel, slice->lane, timeline->guests[i].row));
    }
}

void chart_write_data(struct chart *chart, FILE *data)
{
    fprintf(data, "# lanes\n");
    for (size_t i = 0; i < chart->count; i++)
        write_lanes(data, &chart->panels[i]);
    fprintf(data, "\n\n# slices\n");
    for (enum chart_look look = 0; look < LOOK_IDLE; look++)
        for (size_t i = 0; i < chart->count; i++) {
            const struct chart_panel *panel = &chart->panels[i];
            for (size_t j = 0; j < panel->timeline->progress_count; j++)
                write_task(chart, data, panel, &panel->timeline->progress[j], look);
            if (look == LOOK_COMPUTING)
                write_guests(chart, data, panel);
        }
    for (size_t i = 0; i < chart->count; i++)
        write_idles(chart, data, &chart->panels[i]);
    fprintf(data, "\n\n# numbers\n");
    for (size_t i = 0; i < chart->count; i++)
        write_numbers(chart, data, &chart->panels[i]);
    fprintf(data, "\n\n");
}
