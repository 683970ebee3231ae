/* crossover timeline: traces of runs as one chart, each a panel on the same scale of time; or their
 * lanes, rows and sums as JSON. */
#include "bench/timeline/timeline.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "bench/crossover.h"

enum { TRACES_MAX = 32, OUT_BYTES = 4400 };

struct timeline_line {
    char **traces;
    size_t count;
    char out[OUT_BYTES];
    bool json;
};

static bool ends_in(const char *text, const char *ending)
{
    size_t length = strlen(text), least = strlen(ending);
    return length > least && strcmp(text + length - least, ending) == 0;
}

/* Where the picture goes: beside the only trace, unless it was said. */
static int choose_out(struct timeline_line *line, const char *out, struct problem *problem)
{
    const char *trace = line->traces[0];
    if (out == NULL && line->count > 1)
        return problem_set(problem, STATUS_USAGE,
                           "of several traces the picture needs a name: --out FILE.svg");
    if (out != NULL && !ends_in(out, ".svg") && !ends_in(out, ".png"))
        return problem_set(problem, STATUS_USAGE,
                           "--out takes a name that ends in .svg or .png, not '%s'", out);
    int stem = (int)(strlen(trace) - (ends_in(trace, ".json") ? strlen(".json") : 0));
    int length = out != NULL ? snprintf(line->out, OUT_BYTES, "%s", out)
                             : snprintf(line->out, OUT_BYTES, "%.*s.svg", stem, trace);
    if (length >= OUT_BYTES)
        return problem_set(problem, STATUS_USAGE, "the picture's name is too long");
    return 0;
}

static int read_line(int argc, char **argv, struct timeline_line *line, struct problem *problem)
{
    enum { OPT_OUT = 256, OPT_JSON };
    static const struct option options[] = {
        {"out", required_argument, NULL, OPT_OUT}, {"json", no_argument, NULL, OPT_JSON}, {0}};
    const char *out = NULL;
    optind = 0;
    opterr = 0;
    for (int code; (code = getopt_long(argc, argv, ":", options, NULL)) != -1;) {
        if (code == ':' || code == '?')
            return problem_set(problem, STATUS_USAGE,
                               code == ':' ? "%s needs a value" : "timeline does not know '%s'",
                               argv[optind - 1]);
        if (code == OPT_OUT)
            out = optarg;
        line->json |= code == OPT_JSON;
    }
    line->traces = argv + optind;
    line->count = (size_t)(argc - optind);
    if (line->count == 0 || line->count > TRACES_MAX)
        return problem_set(
            problem, STATUS_USAGE,
            "timeline takes from 1 to %d traces; a workload's --trace FILE writes one", TRACES_MAX);
    if (line->json && out != NULL)
        return problem_set(problem, STATUS_USAGE,
                           "--json prints, and --out draws: take one of them");
    return line->json ? 0 : choose_out(line, out, problem);
}

static int print_json(const struct timeline_line *line, const struct timeline *timelines,
                      struct problem *problem)
{
    json_t *all = json_array();
    for (size_t i = 0; i < line->count; i++)
        json_array_append_new(all, timeline_json(&timelines[i], line->traces[i]));
    json_t *root = json_pack("{s:i, s:o}", "schema_version", 1, "timelines", all);
    if (root == NULL || json_array_size(all) != line->count)
        return problem_no_memory(problem);
    json_dumpf(root, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
    json_decref(root);
    putchar('\n');
    return 0;
}

static int draw(const struct timeline_line *line, const struct timeline *timelines,
                struct problem *problem)
{
    char shown[4 * OUT_BYTES];
    int status = timeline_draw(timelines, line->count, line->out, problem);
    if (status == 0)
        printf("%s\n", text_escape(line->out, shown, sizeof shown));
    return status;
}

int crossover_timeline(int argc, char **argv, struct problem *problem)
{
    struct timeline_line line = {.json = false};
    static struct timeline timelines[TRACES_MAX];
    int status = read_line(argc + 1, argv - 1, &line, problem);
    for (size_t i = 0; i < line.count && status == 0; i++)
        status = timeline_read(&timelines[i], line.traces[i], problem);
    if (status == 0)
        status =
            line.json ? print_json(&line, timelines, problem) : draw(&line, timelines, problem);
    for (size_t i = 0; i < TRACES_MAX; i++)
        timeline_free(&timelines[i]);
    return status;
}
