/* From lines to rows and columns. */
#include "bench/sample/sample.h"

#include "bench/sample/certificate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_names[LAUNCH_KINDS] = {
    "warm-up", "timed", "floor", "observed", "observed-half", "traced", "traced-half"};

const char *launch_kind_name(enum launch_kind kind)
{
    return kind_names[kind];
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

/* Names stand in tables as they are: those of a run have no control characters. */
static bool is_name(const char *text)
{
    char shown[4 * SAMPLE_NAME_BYTES];
    return text[0] != 0 && strlen(text) < SAMPLE_NAME_BYTES &&
           strcmp(text_escape(text, shown, sizeof shown), text) == 0;
}

/* A name, or nothing. */
static bool may_be_name(const json_t *object, const char *key)
{
    const char *text = text_of(object, key);
    return text[0] == 0 || is_name(text);
}

/* What programs said, for terminals; owned by the caller; NULL when memory is short. */
static char *escaped(const char *text)
{
    size_t size = 4 * strlen(text) + 1;
    char *shown = malloc(size);
    if (shown != NULL)
        text_escape(text, shown, size);
    return shown;
}

/* ---- Cells and arms. ---- */

static void free_cell(struct sample_cell *cell)
{
    for (size_t i = 0; i < cell->arm_count; i++) {
        free(cell->arms[i].not_applicable);
        free(cell->arms[i].failure);
        free(cell->arms[i].latency);
        free(cell->arms[i].latency_intended);
        json_decref(cell->arms[i].missing);
        json_decref(cell->arms[i].certificate);
        json_decref(cell->arms[i].another);
        account_free(&cell->arms[i].account);
    }
    for (size_t i = 0; i < cell->column_count; i++) {
        free(cell->columns[i].name);
        free(cell->columns[i].values);
    }
    for (size_t i = 0; i < cell->launch_count; i++)
        json_decref(cell->launches[i].latencies);
    free(cell->columns);
    free(cell->launches);
    free(cell->blocks);
    ideal_free(&cell->ideal);
    json_decref(cell->header);
    json_decref(cell->end);
}

void sample_free(struct sample *sample)
{
    for (size_t i = 0; i < sample->count; i++)
        free_cell(&sample->cells[i]);
    free(sample->cells);
    *sample = (struct sample){0};
}

struct sample_cell *sample_find(const struct sample *sample, const char *name)
{
    for (size_t i = 0; i < sample->count; i++)
        if (strcmp(sample->cells[i].name, name) == 0)
            return &sample->cells[i];
    return NULL;
}

int sample_arm_find(const struct sample_cell *cell, const char *label)
{
    for (size_t i = 0; i < cell->arm_count; i++)
        if (strcmp(cell->arms[i].label, label) == 0)
            return (int)i;
    return -1;
}

static int add_cell(struct sample *sample, json_t *line, struct problem *problem)
{
    const json_t *arms = json_object_get(line, "arms");
    const char *name = text_of(line, "cell");
    size_t count = json_array_size(arms);
    if (json_integer_value(json_object_get(line, "schema_version")) != SAMPLE_SCHEMA_VERSION)
        return problem_set(problem, STATUS_INCOMPARABLE,
                           "cell '%s' is of another schema than version %d, which this program "
                           "reads",
                           name, SAMPLE_SCHEMA_VERSION);
    bool good = is_name(name) && may_be_name(line, "metric") && count > 0 &&
                count <= SAMPLE_ARMS_MAX && sample->count < SAMPLE_CELLS_MAX &&
                sample_find(sample, name) == NULL;
    for (size_t i = 0; i < count && good; i++)
        good = is_name(text_of(json_array_get(arms, i), "label")) &&
               may_be_name(json_array_get(arms, i), "model");
    if (!good)
        return problem_set(problem, STATUS_INCOMPARABLE,
                           "cell '%s' is defined twice, not as it should be, or one too many",
                           name);
    struct sample_cell *cells = realloc(sample->cells, (sample->count + 1) * sizeof *sample->cells);
    if (cells == NULL)
        return problem_no_memory(problem);
    sample->cells = cells;
    struct sample_cell *cell = &cells[sample->count++];
    memset(cell, 0, sizeof *cell);
    strcpy(cell->name, name);
    cell->header = json_incref(line);
    for (size_t i = 0; i < count; i++) {
        struct sample_arm *arm = &cell->arms[cell->arm_count++];
        const json_t *from = json_array_get(arms, i);
        const char *why = json_string_value(json_object_get(from, "not_applicable"));
        snprintf(arm->label, sizeof arm->label, "%s", text_of(from, "label"));
        snprintf(arm->model, sizeof arm->model, "%s", text_of(from, "model"));
        if (why != NULL && (arm->not_applicable = escaped(why)) == NULL)
            return problem_no_memory(problem);
        cell->arms_possible += why == NULL;
    }
    return 0;
}

/* ---- Columns. ---- */

static struct sample_column *find_column(const struct sample_cell *cell, const char *name)
{
    for (size_t i = 0; i < cell->column_count; i++)
        if (strcmp(cell->columns[i].name, name) == 0)
            return &cell->columns[i];
    return NULL;
}

static bool set_value(struct sample_cell *cell, const char *name, double value)
{
    struct sample_column *column = find_column(cell, name);
    if (column == NULL && cell->column_count == SAMPLE_COLUMNS_MAX)
        return false;
    if (column == NULL) {
        struct sample_column *columns =
            realloc(cell->columns, (cell->column_count + 1) * sizeof *columns);
        if (columns == NULL)
            return false;
        cell->columns = columns;
        column = &columns[cell->column_count];
        column->name = strdup(name);
        column->values = malloc(cell->launch_room * sizeof *column->values);
        if (column->name == NULL || column->values == NULL) {
            free(column->name);
            free(column->values);
            return false;
        }
        for (size_t i = 0; i < cell->launch_room; i++)
            column->values[i] = NAN;
        cell->column_count++;
    }
    column->values[cell->launch_count - 1] = value;
    return true;
}

/* Every number below `object` becomes a value of the last launch, named by its path. */
static bool flatten(struct sample_cell *cell, const char *prefix, const json_t *object)
{
    const char *key;
    const json_t *value;
    bool good = true;
    json_object_foreach((json_t *)object, key, value)
    {
        char path[256];
        if (!is_name(key))
            continue;
        snprintf(path, sizeof path, "%s%s", prefix, key);
        if (json_is_number(value))
            good = good && set_value(cell, path, json_number_value(value));
        else if (json_is_object(value) && strlen(path) < sizeof path - 2)
            good = good && flatten(cell, strcat(path, "."), value);
    }
    return good;
}

/* ---- Launches. ---- */

static bool make_room(struct sample_cell *cell)
{
    if (cell->launch_count < cell->launch_room)
        return true;
    size_t room = cell->launch_room * 2 + 64;
    struct sample_launch *launches = realloc(cell->launches, room * sizeof *launches);
    if (launches == NULL)
        return false;
    cell->launches = launches;
    for (size_t i = 0; i < cell->column_count; i++) {
        double *values = realloc(cell->columns[i].values, room * sizeof *values);
        if (values == NULL)
            return false;
        cell->columns[i].values = values;
        for (size_t j = cell->launch_count; j < room; j++)
            values[j] = NAN;
    }
    cell->launch_room = room;
    return true;
}

void sample_merge(struct histogram *histogram, const json_t *pairs)
{
    for (size_t i = 0; i < json_array_size(pairs); i++) {
        const json_t *pair = json_array_get(pairs, i);
        uint64_t upper = (uint64_t)json_integer_value(json_array_get(pair, 0));
        histogram->counts[histogram_bucket(upper)] +=
            (uint64_t)json_integer_value(json_array_get(pair, 1));
    }
}

/* The same where there may be no histogram yet. */
static bool merge(struct histogram **histogram, const json_t *pairs)
{
    if (*histogram == NULL && json_array_size(pairs) > 0 &&
        (*histogram = calloc(1, sizeof **histogram)) == NULL)
        return false;
    if (*histogram != NULL)
        sample_merge(*histogram, pairs);
    return true;
}

/* Keeps why figures of a launch are not there. */
static bool add_missing(struct sample_arm *arm, enum launch_kind kind, const char *prefix,
                        const json_t *missing)
{
    const char *key;
    const json_t *why;
    if (arm->missing == NULL && (arm->missing = json_object()) == NULL)
        return false;
    json_object_foreach((json_t *)missing, key, why)
    {
        char path[256];
        int length = snprintf(path, sizeof path, "%s:%s%s", kind_names[kind], prefix, key);
        if ((size_t)length >= sizeof path)
            continue; /* as long as no figure's */
        if (json_object_set(arm->missing, path, (json_t *)why) != 0)
            return false;
    }
    return true;
}

/* What is reckoned from several figures of a launch. */
static bool derive(struct sample_cell *cell, const json_t *line)
{
    const json_t *record = json_object_get(line, "record");
    double tasks = json_number_value(json_object_get(record, "tasks"));
    double cpu_s = json_number_value(json_object_get(record, "user_s")) +
                   json_number_value(json_object_get(record, "sys_s"));
    if (record == NULL) {
        tasks = json_number_value(json_object_get(line, "count"));
        cpu_s = json_number_value(json_object_get(line, "cpu_s"));
    }
    bool simulated = json_is_true(json_object_get(record, "simulated"));
    if (tasks <= 0 || simulated) /* no CPU worked for its tasks */
        return true;
    const json_t *switches = json_object_get(record, "context_switches");
    double voluntary = json_number_value(json_object_get(switches, "voluntary"));
    double involuntary = json_number_value(json_object_get(switches, "involuntary"));
    return set_value(cell, "derived.cpu_per_task_s", cpu_s / tasks) &&
           (switches == NULL ||
            (set_value(cell, "derived.voluntary_per_task", voluntary / tasks) &&
             set_value(cell, "derived.involuntary_per_task", involuntary / tasks)));
}

/* A run that --deadline stopped: it takes at least as long as it went. */
static void add_bound(struct sample_arm *arm, const json_t *line)
{
    const json_t *record = json_object_get(line, "record");
    arm->bounded = true;
    arm->bound_s = json_number_value(json_object_get(record, "wall_s"));
    arm->bound_tasks = (uint32_t)json_integer_value(json_object_get(record, "tasks"));
    arm->bound_done = (uint32_t)json_integer_value(json_object_get(record, "ok"));
}

/* What a launch did that went well: whether all did the same is judged later (certificate.h). */
static void add_certificate(struct sample_arm *arm, const json_t *line)
{
    char why[WORK_WHY_BYTES];
    json_t *certificate = json_object_get(json_object_get(line, "record"), "certificate");
    if (!arm->worked) {
        arm->worked = true;
        arm->certificate = json_incref(certificate);
    } else if (!arm->torn && !certificate_same(certificate, arm->certificate, why, sizeof why)) {
        arm->torn = true;
        arm->another = json_incref(certificate);
    }
}

static bool is_kind(const char *name, enum launch_kind *kind)
{
    for (int i = 0; i < LAUNCH_KINDS; i++) {
        *kind = (enum launch_kind)i;
        if (strcmp(kind_names[i], name) == 0)
            return true;
    }
    return false;
}

static int add_launch(struct sample_cell *cell, const json_t *line, struct problem *problem)
{
    int arm = sample_arm_find(cell, text_of(line, "arm"));
    enum launch_kind kind;
    if (arm < 0 || !is_kind(text_of(line, "kind"), &kind))
        return problem_set(problem, STATUS_INCOMPARABLE,
                           "a launch of cell '%s' is of an unknown arm or kind", cell->name);
    if (!make_room(cell))
        return problem_no_memory(problem);
    const char *failure = json_string_value(json_object_get(line, "failed"));
    struct sample_arm *of = &cell->arms[arm];
    cell->launches[cell->launch_count++] = (struct sample_launch){
        .arm = (uint16_t)arm,
        .kind = (uint8_t)kind,
        .failed = failure != NULL,
        .block = (uint32_t)json_integer_value(json_object_get(line, "block")),
        .position = (uint32_t)json_integer_value(json_object_get(line, "position")),
        .started_ns = (uint64_t)json_integer_value(json_object_get(line, "started_ns"))};
    if (json_is_true(json_object_get(line, "bound")))
        add_bound(of, line);
    else if (failure != NULL && of->failure == NULL && kind <= LAUNCH_TIMED &&
             (of->failure = escaped(failure)) == NULL)
        return problem_no_memory(problem);
    if (failure == NULL && kind <= LAUNCH_TIMED)
        add_certificate(of, line);
    const json_t *histograms = json_object_get(json_object_get(line, "record"), "histograms");
    if (kind == LAUNCH_TIMED && failure == NULL) {
        const json_t *latency = json_object_get(histograms, "latency");
        json_t *intended = json_object_get(histograms, "latency_intended");
        if (json_array_size(latency) > HISTOGRAM_BUCKETS ||
            json_array_size(intended) > HISTOGRAM_BUCKETS)
            return problem_set(problem, STATUS_INCOMPARABLE,
                               "a launch of cell '%s' has a histogram of too many buckets",
                               cell->name);
        if (!merge(&of->latency, latency) || !merge(&of->latency_intended, intended))
            return problem_no_memory(problem);
        cell->launches[cell->launch_count - 1].latencies = json_incref(intended);
    }
    const json_t *own = json_object_get(json_object_get(line, "record"), "missing");
    bool good = flatten(cell, "", line) && derive(cell, line) &&
                add_missing(of, kind, "", json_object_get(line, "missing")) &&
                add_missing(of, kind, "record.", own);
    if (!good && cell->column_count == SAMPLE_COLUMNS_MAX)
        return problem_set(problem, STATUS_INCOMPARABLE, "cell '%s' has more than %d figures",
                           cell->name, SAMPLE_COLUMNS_MAX);
    return good ? 0 : problem_no_memory(problem);
}

static int set_block(struct sample_cell *cell, const json_t *line, struct problem *problem)
{
    json_int_t number = json_integer_value(json_object_get(line, "block"));
    /* Each block has launches, and they come before it. */
    if (number < 0 || number > 1000000 || (size_t)number >= cell->launch_count)
        return problem_set(problem, STATUS_INCOMPARABLE, "cell '%s' has no block %lld", cell->name,
                           (long long)number);
    if (number >= cell->block_count) {
        uint8_t *blocks = realloc(cell->blocks, (size_t)number + 1);
        if (blocks == NULL)
            return problem_no_memory(problem);
        memset(blocks + cell->block_count, BLOCK_OPEN, (size_t)number + 1 - cell->block_count);
        cell->blocks = blocks;
        cell->block_count = (uint32_t)number + 1;
    }
    bool disturbed = strcmp(text_of(line, "type"), "disturbed") == 0;
    cell->blocks[number] = disturbed ? BLOCK_DISTURBED : BLOCK_WHOLE;
    return 0;
}

int sample_add(void *data, json_t *line, struct problem *problem)
{
    struct sample *sample = data;
    const char *type = text_of(line, "type");
    if (strcmp(type, "cell") == 0)
        return add_cell(sample, line, problem);
    if (strcmp(type, "session") == 0)
        return 0;
    struct sample_cell *cell = sample_find(sample, text_of(line, "cell"));
    if (cell == NULL)
        return problem_set(problem, STATUS_INCOMPARABLE,
                           "a line of type '%s' belongs to cell '%s', which is not defined before "
                           "it",
                           type, text_of(line, "cell"));
    if (strcmp(type, "launch") == 0)
        return add_launch(cell, line, problem);
    if (strcmp(type, "block") == 0 || strcmp(type, "disturbed") == 0)
        return set_block(cell, line, problem);
    if (strcmp(type, "ideal") == 0)
        return ideal_add(&cell->ideal, line, problem);
    if (strcmp(type, "account") == 0)
        return account_add(cell, line, problem);
    if (strcmp(type, "end") == 0 && is_name(text_of(line, "why"))) {
        json_decref(cell->end);
        cell->end = json_incref(line);
        return 0;
    }
    return problem_set(problem, STATUS_INCOMPARABLE, "a line of type '%s' is not as it should be",
                       type);
}
