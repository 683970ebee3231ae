/* How high rows, lanes and panels are. */
#include <math.h>
#include <stdlib.h>

#include "bench/timeline/chart.h"

enum {
    ROWS_MAX = 200,       /* of a panel: with more the eye tells nothing apart */
    ROWS_WISHED_PX = 260, /* all of a panel's rows together, where they are many */
    ROW_MAX_PX = 13,
    ROW_MIN_PX = 2,
    TITLE_PX = 24,
    BETWEEN_PANELS_PX = 10,
};

/* Of `first` to below `end`, those whose number is a multiple of `step`. */
static uint32_t multiples(uint32_t first, uint32_t end, uint32_t step)
{
    return (end + step - 1) / step - (first + step - 1) / step;
}

static uint32_t shown_in(const struct chart_panel *panel, uint32_t lane)
{
    return multiples(panel->first_row[lane], panel->first_row[lane + 1], panel->step);
}

double chart_lane_px(const struct chart_panel *panel, uint32_t lane)
{
    uint32_t rows = shown_in(panel, lane);
    if (rows == 0)
        return 0;
    double idle_px = panel->timeline->lanes[lane].idle_us > 0 ? CHART_IDLE_PX : 0;
    return rows * panel->row_px + 2 * panel->pad_px + idle_px;
}

double chart_row_px(const struct chart_panel *panel, uint32_t lane, uint32_t row)
{
    uint32_t number = panel->first_row[lane] + row;
    if (number % panel->step != 0)
        return -1;
    return panel->top_px + panel->lane_px[lane] + panel->pad_px +
           multiples(panel->first_row[lane], number, panel->step) * panel->row_px;
}

static void measure_rows(struct chart_panel *panel)
{
    panel->step = (panel->rows + ROWS_MAX - 1) / ROWS_MAX;
    panel->step += panel->step == 0;
    panel->shown = multiples(0, panel->rows, panel->step);
    double px = (double)ROWS_WISHED_PX / (panel->shown > 0 ? panel->shown : 1);
    /* Whole pixels: all rows look the same. */
    panel->row_px = fmin(fmax(floor(px), ROW_MIN_PX), ROW_MAX_PX);
    panel->pad_px = panel->row_px >= 6 ? 2 : 0.5;
    panel->gap_px = panel->row_px >= 6 ? 3 : 0;
}

static bool measure_panel(struct chart_panel *panel, const struct timeline *timeline)
{
    panel->timeline = timeline;
    panel->first_row = calloc(timeline->lane_count + (size_t)1, sizeof *panel->first_row);
    panel->lane_px = calloc(timeline->lane_count + (size_t)1, sizeof *panel->lane_px);
    if (panel->first_row == NULL || panel->lane_px == NULL)
        return false;
    for (uint32_t i = 0; i < timeline->lane_count; i++)
        panel->first_row[i + 1] = panel->first_row[i] + timeline->lanes[i].rows;
    panel->rows = panel->first_row[timeline->lane_count];
    measure_rows(panel);
    for (uint32_t i = 0; i < timeline->lane_count; i++) {
        double px = chart_lane_px(panel, i);
        panel->lane_px[i + 1] = panel->lane_px[i] + px + (px > 0 ? panel->gap_px : 0);
    }
    return true;
}

bool chart_measure(struct chart *chart, const struct timeline *timelines, size_t count)
{
    *chart = (struct chart){.panels = calloc(count + 1, sizeof *chart->panels), .count = count};
    for (size_t i = 0; chart->panels != NULL && i < count; i++) {
        struct chart_panel *panel = &chart->panels[i];
        if (!measure_panel(panel, &timelines[i]))
            return false;
        panel->top_px = chart->height_px + TITLE_PX;
        chart->height_px =
            panel->top_px + panel->lane_px[timelines[i].lane_count] + BETWEEN_PANELS_PX;
        chart->end_us = fmax(chart->end_us, timelines[i].end_us);
    }
    chart->end_us = fmax(chart->end_us, 1e-3) * 1.005; /* a line at the end is not cut off */
    return chart->panels != NULL;
}

void chart_free(struct chart *chart)
{
    for (size_t i = 0; chart->panels != NULL && i < chart->count; i++) {
        free(chart->panels[i].first_row);
        free(chart->panels[i].lane_px);
    }
    free(chart->panels);
    *chart = (struct chart){.count = 0};
}
