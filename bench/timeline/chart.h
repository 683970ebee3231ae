/*
 * Where everything lies in a chart of timelines, in pixels: the panels under one another, in each
 * its lanes, in each its rows. Where there are more rows than can be told apart, one in so many is
 * drawn, and the panel says so.
 */
#ifndef BENCH_TIMELINE_CHART_H
#define BENCH_TIMELINE_CHART_H

#include "bench/timeline/timeline.h"

/* What a row shows, in the order of drawing: what is short comes last, not to be hidden. */
enum chart_look {
    LOOK_QUEUED,
    LOOK_NETWORK,
    LOOK_SLEEP,
    LOOK_TASKS,
    LOOK_ELSEWHERE, /* computing in another lane */
    LOOK_READY,
    LOOK_HOLDING,
    LOOK_COMPUTING,
    LOOK_RUNNING,
    LOOK_IDLE, /* the loop's own: beneath the rows */
};
enum { LOOKS = LOOK_IDLE + 1 };

struct chart_panel {
    const struct timeline *timeline;
    double top_px;        /* of its lanes, from the top of the plot */
    double row_px;        /* a row's height */
    double pad_px;        /* in a lane, above and below its rows */
    double gap_px;        /* between lanes */
    uint32_t rows, shown; /* of all lanes; drawn */
    uint32_t step;        /* one row in so many is drawn */
    uint32_t *first_row;  /* by lane, and one more: of all rows the number of its first */
    double *lane_px;      /* by lane, and one more: its top, from the panel's */
};

struct chart {
    struct chart_panel *panels;
    size_t count;
    double end_us;     /* of the scale of time */
    double height_px;  /* of the plot */
    bool looks[LOOKS]; /* that occur */
};

enum { CHART_WIDTH_PX = 920, CHART_LEFT_PX = 112, CHART_RIGHT_PX = 20 };
enum { CHART_PLOT_PX = CHART_WIDTH_PX - CHART_LEFT_PX - CHART_RIGHT_PX };
enum { CHART_IDLE_PX = 3 };

/* False: memory is short. To be freed in any case. */
bool chart_measure(struct chart *chart, const struct timeline *timelines, size_t count);
void chart_free(struct chart *chart);

/* How high a lane is; 0: none of its rows is drawn. */
double chart_lane_px(const struct chart_panel *panel, uint32_t lane);
/* The top of a row in the plot; below 0: it is not drawn. */
double chart_row_px(const struct chart_panel *panel, uint32_t lane, uint32_t row);

/* What gnuplot draws: rectangles and texts, a block a sort. Marks the looks that occur. */
void chart_write_data(struct chart *chart, FILE *data);
uint32_t chart_colour(enum chart_look look);
/* … and its sizes, titles, names of lanes, and the legend. */
void chart_write_settings(const struct chart *chart, FILE *settings);

/* A file in memory, without a name. NULL: it is short. */
FILE *chart_file(void);

/* Has gnuplot draw both into the file. */
int chart_plot(FILE *settings, FILE *data, const char *out, struct problem *problem);

#endif
