/* A chart's sizes, titles, names of lanes and legend, as gnuplot's settings. Nothing of a trace
 * comes into them but figures and the names of its workload and its model, which were checked when
 * it was read: gnuplot would run what stands in backticks. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "bench/timeline/chart.h"

/* Okabe and Ito's colours, which the colour-blind tell apart, and light ones for who waits. */
static const struct {
    uint32_t colour;
    const char *text;
} looks[LOOKS] = {
    [LOOK_QUEUED] = {0x999999, "has not begun"},
    [LOOK_NETWORK] = {0xb4dcf5, "waits for the network"},
    [LOOK_SLEEP] = {0xf3eda0, "sleeps"},
    [LOOK_TASKS] = {0xb9dfc9, "waits for another task"},
    [LOOK_ELSEWHERE] = {0xf6cfb5, "is computed by another thread"},
    [LOOK_READY] = {0xe69f00, "is ready, not run"},
    [LOOK_HOLDING] = {0xcc79a7, "sleeps, holding its thread"},
    [LOOK_COMPUTING] = {0xd55e00, "computes"},
    [LOOK_RUNNING] = {0x000000, "runs"},
    [LOOK_IDLE] = {0x0072b2, "the loop waits for the kernel"},
};

enum {
    HEAD_PX = 40,
    LEGEND_LINE_PX = 20,
    LEGEND_GAP_PX = 8,
    FOOT_PX = 56,
    LETTER_PX = 7,      /* at the most, on average */
    LANE_LABEL_PX = 11, /* the least height of a lane that has a name of its own */
    TWO_LINES_PX = 40,
};

uint32_t chart_colour(enum chart_look look)
{
    return looks[look].colour;
}

/* ---- The legend. ---- */

static double swatch_px(enum chart_look look)
{
    return 34 + (double)strlen(looks[look].text) * LETTER_PX;
}

/* Without a file: how many lines it takes. */
static int write_legend(const struct chart *chart, FILE *settings, double height_px)
{
    static const enum chart_look order[LOOKS] = {
        LOOK_RUNNING, LOOK_COMPUTING, LOOK_HOLDING, LOOK_READY,     LOOK_NETWORK,
        LOOK_SLEEP,   LOOK_TASKS,     LOOK_QUEUED,  LOOK_ELSEWHERE, LOOK_IDLE};
    double x_px = CHART_LEFT_PX;
    int lines = 1;
    for (int i = 0; i < LOOKS; i++) {
        enum chart_look look = order[i];
        if (!chart->looks[look])
            continue;
        if (x_px + swatch_px(look) > CHART_WIDTH_PX) {
            x_px = CHART_LEFT_PX;
            lines++;
        }
        double y_px = HEAD_PX + (lines - 1) * LEGEND_LINE_PX + 4;
        double half_px = look == LOOK_QUEUED ? 1 : look == LOOK_IDLE ? 1.5 : 6;
        if (settings != NULL)
            fprintf(settings,
                    "set object %d rectangle from screen %.5f, screen %.5f to screen %.5f, screen "
                    "%.5f fc rgb %" PRIu32 " fs solid noborder\n"
                    "set label %d '%s' at screen %.5f, screen %.5f left\n",
                    i + 1, x_px / CHART_WIDTH_PX, 1 - (y_px - half_px) / height_px,
                    (x_px + 18) / CHART_WIDTH_PX, 1 - (y_px + half_px) / height_px,
                    looks[look].colour, i + 1, looks[look].text, (x_px + 24) / CHART_WIDTH_PX,
                    1 - y_px / height_px);
        x_px += swatch_px(look);
    }
    return lines;
}

/* ---- Titles. ---- */

static bool are_the_same(const struct chart *chart)
{
    const struct timeline *first = chart->panels[0].timeline;
    for (size_t i = 1; i < chart->count; i++) {
        const struct timeline *other = chart->panels[i].timeline;
        if (strcmp(first->workload, other->workload) != 0 || first->tasks != other->tasks)
            return false;
    }
    return true;
}

static void write_title(const struct chart *chart, FILE *settings, double height_px)
{
    const struct timeline *first = chart->panels[0].timeline;
    fprintf(settings, "set label 100 '");
    if (are_the_same(chart))
        fprintf(settings, "%s: what %" PRIu32 " task%s did, and where", first->workload,
                first->tasks, first->tasks == 1 ? "" : "s");
    else
        fprintf(settings, "What tasks did, and where");
    fprintf(settings, "' at screen 0.015, screen %.5f left font title_font\n", 1 - 16 / height_px);
}

/* "uv: 132.8 ms" */
static void write_panel_title(const struct chart *chart, FILE *settings, size_t number)
{
    const struct chart_panel *panel = &chart->panels[number];
    const struct timeline *timeline = panel->timeline;
    fprintf(settings, "set label %zu '", 101 + number);
    if (are_the_same(chart))
        fprintf(settings, "%s:  %.4g ms", timeline->model, timeline->wall_us / 1e3);
    else
        fprintf(settings, "%s under %s:  %.4g ms, %" PRIu32 " task%s", timeline->workload,
                timeline->model, timeline->wall_us / 1e3, timeline->tasks,
                timeline->tasks == 1 ? "" : "s");
    if (timeline->width < timeline->tasks)
        fprintf(settings, ", %" PRIu32 " at once at the most", timeline->width);
    if (panel->step > 1)
        fprintf(settings, ";  drawn are %" PRIu32 " of %" PRIu32 " rows", panel->shown,
                panel->rows);
    if (timeline->dropped > 0)
        fprintf(settings, ";  %" PRIu64 " events are missing", timeline->dropped);
    fprintf(settings, "' at 0, %.2f left font panel_font\n", panel->top_px - 10);
}

/* ---- The names of lanes. ---- */

static size_t kind_length(const struct timeline_lane *lane)
{
    return strcspn(lane->name, " ");
}

static bool are_of_a_kind(const struct timeline_lane *a, const struct timeline_lane *b)
{
    return kind_length(a) == kind_length(b) && strncmp(a->name, b->name, kind_length(a)) == 0;
}

/* Those from `lane` on that are too low for a name, and of its kind, have one together. Returns the
 * first behind them. */
static uint32_t write_lane_name(const struct chart_panel *panel, FILE *settings, uint32_t lane,
                                const char **comma)
{
    const struct timeline *timeline = panel->timeline;
    const struct timeline_lane *first = &timeline->lanes[lane];
    uint32_t end = lane + 1;
    if (chart_lane_px(panel, lane) < LANE_LABEL_PX)
        while (end < timeline->lane_count && are_of_a_kind(first, &timeline->lanes[end]))
            end++;
    double from_px = panel->lane_px[lane], to_px = panel->lane_px[end] - panel->gap_px;
    double middle_px = panel->top_px + (from_px + to_px) / 2;
    if (end > lane + 1)
        fprintf(settings, "%s\"%" PRIu32 " %.*s%s\" %.2f", *comma, end - lane,
                (int)kind_length(first), first->name, first->name[0] == 't' ? "s" : "es",
                middle_px);
    else if (first->rows > 1 && to_px - from_px >= TWO_LINES_PX)
        fprintf(settings, "%s\"%s\\n%" PRIu32 " at once\" %.2f", *comma, first->name, first->rows,
                middle_px);
    else if (to_px - from_px >= LANE_LABEL_PX)
        fprintf(settings, "%s\"%s\" %.2f", *comma, first->name, middle_px);
    else
        return end;
    *comma = ", ";
    return end;
}

static void write_lane_names(const struct chart *chart, FILE *settings)
{
    const char *comma = "";
    fprintf(settings, "set ytics (");
    for (size_t i = 0; i < chart->count; i++)
        for (uint32_t lane = 0; lane < chart->panels[i].timeline->lane_count;)
            lane = write_lane_name(&chart->panels[i], settings, lane, &comma);
    fprintf(settings, ")\n");
}

void chart_write_settings(const struct chart *chart, FILE *settings)
{
    double head_px = HEAD_PX + LEGEND_GAP_PX + write_legend(chart, NULL, 1) * LEGEND_LINE_PX;
    double height_px = head_px + chart->height_px + FOOT_PX;
    fprintf(settings,
            "width = %d\nheight = %.0f\nleft = %.5f\nright = %.5f\ntop = %.5f\nbottom = %.5f\n"
            "end = %.9g\nplot_height = %.2f\n",
            CHART_WIDTH_PX, ceil(height_px), (double)CHART_LEFT_PX / CHART_WIDTH_PX,
            1 - (double)CHART_RIGHT_PX / CHART_WIDTH_PX, 1 - head_px / ceil(height_px),
            FOOT_PX / ceil(height_px), chart->end_us / 1e3, chart->height_px);
    write_legend(chart, settings, ceil(height_px));
    write_title(chart, settings, ceil(height_px));
    for (size_t i = 0; i < chart->count; i++)
        write_panel_title(chart, settings, i);
    write_lane_names(chart, settings);
}
