/*
 * movies: the notes' scraper. The root fetches a listing page and parses it; a task for each film
 * fetches its detail page, at once where the model can, and finds its poster; then one line a film,
 * in the listing's order. Parsing is an OP_COMPUTE: a plain loop stalls for it, one with a pool
 * hands it off, and --parse-cost makes that weigh. A film's data lies in the shared arena, because
 * the root finds it out when the workers are already there. Fetching is net/fetch.h's, the parsing
 * of pages net/html.h's.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/number.h"
#include "workloads/net/client.h"
#include "workloads/net/html.h"
#include "workloads/net/page.h"

#define LISTING_URL "https://movie.douban.com/cinema/later/wuhan/"

/* How many films a listing may have that does not say so before. */
enum { FILMS_MAX = 1000, FILMS_ASKED_MAX = 1 << 20 };

/* `detail` of OUTCOME_TASK_ERROR. */
enum fault { FAULT_NO_FILMS = 1, FAULT_NO_IMAGE, FAULT_ELSEWHERE };

struct settings {
    struct net_client client;
    uint64_t films;      /* 0: as many as the listing has */
    uint64_t parse_cost; /* how often each page is parsed */
    char **expected;     /* the lines that the origin tells of; NULL: not known */
    uint32_t expected_count;
};

/* Shared: of child i, film i. */
struct film {
    char name[192];
    char date[48];
    char href[512];
    char image[512];
    uint64_t bytes; /* of the detail page */
    struct fetch_handshakes handshakes;
    struct fetch_work work;
    uint32_t parses;
    bool too_long; /* it did not fit here */
    bool image_found;
};

struct state {
    struct fetch fetch;
    struct target target;
    struct page page;
    struct film *film;
};

struct root_state {
    struct fetch fetch;
    struct page page;
    struct run *run;
    uint32_t found; /* films */
    uint32_t parses;
    bool no_memory; /* not all of them could be told */
};

/* ---- Settings. ---- */

static void *create(void)
{
    struct settings *settings = calloc(1, sizeof *settings);
    if (settings == NULL)
        return NULL;
    net_client_defaults(&settings->client);
    settings->client.fetch.max_filesize = HTML_BYTES_MAX;
    settings->client.fetch.stay_on_host = true;
    settings->parse_cost = 1;
    return settings;
}

static void destroy(void *pointer)
{
    struct settings *settings = pointer;
    net_client_free(&settings->client);
    for (uint32_t i = 0; i < settings->expected_count; i++)
        free(settings->expected[i]);
    free(settings->expected);
    free(settings);
}

static const struct workload_option options[] = {
    NET_CLIENT_OPTIONS,
    {"films", "N", "so many: the listing is gone through again, or cut; default all that it has"},
    {"parse-cost", "K", "parse each page K times; default 1"},
    {0},
};

static int option(struct run *run, const char *name, const char *value)
{
    struct settings *settings = run->settings;
    if (strcmp(name, "films") == 0)
        return option_number(name, value, 1, FILMS_ASKED_MAX, &settings->films, &run->problem);
    if (strcmp(name, "parse-cost") == 0)
        return option_number(name, value, 1, 1000000, &settings->parse_cost, &run->problem);
    return net_client_option(&settings->client, name, value, &run->problem);
}

static const char *const *wants_origin(const struct run *run, int argc, char **argv)
{
    (void)argv;
    return net_client_wants_origin(&((const struct settings *)run->settings)->client, argc);
}

/* A line, kept. */
static bool expect(struct settings *settings, char *line)
{
    char **all = realloc(settings->expected, (settings->expected_count + 1) * sizeof *all);
    if (all == NULL)
        return false;
    line[strcspn(line, "\n")] = 0;
    settings->expected = all;
    all[settings->expected_count] = strdup(line);
    return all[settings->expected_count++] != NULL;
}

/* What an origin's pages say, where it serves this listing. */
static int read_expected(struct run *run)
{
    struct settings *settings = run->settings;
    char *path = NULL, *line = NULL;
    size_t room = 0;
    if (settings->client.origin == NULL || !settings->client.catalogue.sites[0].expected.known)
        return 0;
    if (asprintf(&path, "%s/films", settings->client.origin) < 0)
        return problem_no_memory(&run->problem);
    FILE *file = fopen(path, "r");
    bool good = file != NULL || errno == ENOENT; /* its pages are no films */
    while (file != NULL && good && getline(&line, &room, file) > 0)
        good = expect(settings, line);
    good = good && (file == NULL || feof(file));
    int error = errno;
    if (file != NULL)
        fclose(file);
    free(line);
    int status = good ? 0
                      : problem_set(&run->problem, STATUS_ENVIRONMENT, "'%s' cannot be read: %s",
                                    path, strerror(error));
    free(path);
    return status;
}

static int prepare(struct run *run, int argc, char **argv)
{
    struct settings *settings = run->settings;
    static char *listing[] = {LISTING_URL};
    bool usual = argc == 0 && settings->client.sites_file == NULL;
    int status =
        net_client_prepare(&settings->client, run, usual ? 1 : argc, usual ? listing : argv);
    if (status == 0 && settings->client.catalogue.count != 1)
        status = problem_set(&run->problem, STATUS_USAGE,
                             "movies takes the URL of one listing page, not of %u",
                             settings->client.catalogue.count);
    if (status != 0)
        return status;
    html_begin();
    run->tasks = settings->films != 0 ? (uint32_t)settings->films : FILMS_MAX;
    run->tasks_at_most = true;
    run->width_modest = net_client_modest_width(&settings->client);
    return read_expected(run);
}

static const struct target *listing_of(const struct run *run)
{
    return &((const struct settings *)run->settings)->client.catalogue.sites[0].target;
}

/* ---- A page's end. ---- */

/* What a page's parsing, or the fetch before it, came to. */
static enum outcome outcome_of_page(int result, enum fault nothing, int *detail)
{
    *detail = result == -EBADMSG ? (int)nothing : -result;
    switch (result) {
    case -EBADMSG: return OUTCOME_TASK_ERROR;
    case -EFBIG: return OUTCOME_TOO_LARGE;
    default: return result >= 0 ? OUTCOME_OK : outcome_of_errno(result);
    }
}

/* ---- A film. ---- */

static int parse_detail(void *argument, const struct task *task)
{
    struct state *state = argument;
    const struct settings *settings = task->run->settings;
    int rc = 0;
    for (uint64_t i = 0; i < settings->parse_cost && rc == 0 && !task_cancelled(task); i++) {
        rc = html_first_image(state->page.bytes, state->page.length, state->film->image,
                              sizeof state->film->image);
        state->film->parses++;
    }
    state->film->image_found = rc == 0;
    return rc;
}

enum stage { BEGIN, FETCHING, PARSING };

static void finish(struct task *task, enum outcome outcome, int detail)
{
    struct state *state = task_state(task);
    page_free(&state->page);
    target_free(&state->target);
    yield_done(task, outcome, detail, (int64_t)state->film->bytes);
}

/* A crawl stays on its host. */
static bool leads_elsewhere(const struct url *from, const struct url *to)
{
    return strcmp(from->host, to->host) != 0 || (from->tls && !to->tls);
}

static bool begin(struct task *task, struct state *state)
{
    const struct settings *settings = task->run->settings;
    const struct url *listing = &listing_of(task->run)->url;
    state->film = task_result(task);
    task->stage = FETCHING;
    if (state->film->too_long) {
        finish(task, OUTCOME_TOO_LARGE, EFBIG);
        return false;
    }
    const char *why = target_make(state->film->href, settings->client.fetch.routes, &state->target);
    if (why == memory_is_short) {
        finish(task, OUTCOME_RESOURCE, ENOMEM);
        return false;
    }
    if (why != NULL || leads_elsewhere(listing, &state->target.url)) {
        finish(task, OUTCOME_TASK_ERROR, FAULT_ELSEWHERE);
        return false;
    }
    page_fetch(&state->page, &state->fetch, &settings->client.fetch, &state->target);
    return true;
}

static void step(struct task *task, int result, uint64_t now_ns)
{
    struct state *state = task_state(task);
    if (task->stage == BEGIN && !begin(task, state))
        return;
    if (task->stage == PARSING) {
        int detail;
        enum outcome outcome = outcome_of_page(result, FAULT_NO_IMAGE, &detail);
        finish(task, outcome, detail);
        return;
    }
    if (!fetch_step(&state->fetch, task, result, now_ns))
        return;
    state->film->bytes = state->page.length;
    state->film->handshakes.full += state->fetch.handshakes.full;
    state->film->handshakes.resumed += state->fetch.handshakes.resumed;
    state->film->work.connections += state->fetch.work.connections;
    state->film->work.responses += state->fetch.work.responses;
    if (state->fetch.outcome != OUTCOME_OK) {
        finish(task, state->fetch.outcome, state->fetch.detail);
    } else if (state->page.no_memory) {
        finish(task, OUTCOME_RESOURCE, ENOMEM);
    } else {
        task->stage = PARSING;
        yield_compute(task, parse_detail, state, 0);
    }
}

/* ---- The root: the listing, then all films. ---- */

static bool copy(const char *from, char *to, size_t size)
{
    size_t length = strlen(from);
    if (length >= size)
        return false;
    memcpy(to, from, length + 1);
    return true;
}

static bool on_film(void *sink, const char *name, const char *date, const char *href)
{
    struct root_state *state = sink;
    struct film *film = run_result(state->run, state->found++);
    char *absolute;
    const char *why = url_resolve(state->page.url, href, &absolute);
    if (why == memory_is_short)
        state->no_memory = true;
    film->too_long = absolute == NULL || !copy(name, film->name, sizeof film->name) ||
                     !copy(date, film->date, sizeof film->date) ||
                     !copy(absolute, film->href, sizeof film->href);
    free(absolute);
    return state->found < state->run->tasks && !state->no_memory;
}

static int parse_listing(void *argument, const struct task *task)
{
    struct root_state *state = argument;
    const struct settings *settings = task->run->settings;
    int rc = 0;
    for (uint64_t i = 0; i < settings->parse_cost && rc >= 0 && !task_cancelled(task); i++) {
        state->found = 0;
        state->parses++;
        rc = html_read_listing(state->page.bytes, state->page.length, on_film, state);
        if (state->no_memory)
            rc = -ENOMEM;
    }
    return rc;
}

/* --films asks for more than there are: again from the first. */
static uint32_t repeat_films(const struct run *run, uint32_t found)
{
    const struct settings *settings = run->settings;
    for (uint32_t i = found; i < settings->films; i++)
        memcpy(run_result(run, i), run_result(run, i - found), sizeof(struct film));
    return settings->films != 0 ? (uint32_t)settings->films : found;
}

/* What was done for the listing is told with the first film's. */
static void tell_listing(struct film *first, const struct root_state *state)
{
    first->handshakes = state->fetch.handshakes;
    first->work = state->fetch.work;
    first->parses = state->parses;
}

enum root_stage { ROOT_BEGIN, ROOT_FETCHING, ROOT_PARSING, ROOT_SPAWNED, ROOT_JOINED };

static void leave(struct task *root, enum outcome outcome, int detail)
{
    struct root_state *state = task_state(root);
    int64_t bytes = (int64_t)state->page.length;
    page_free(&state->page);
    yield_done(root, outcome, detail, bytes);
}

static void listing_fetched(struct task *root, struct root_state *state)
{
    if (state->fetch.outcome != OUTCOME_OK) {
        leave(root, state->fetch.outcome, state->fetch.detail);
    } else if (state->page.no_memory) {
        leave(root, OUTCOME_RESOURCE, ENOMEM);
    } else {
        root->stage = ROOT_PARSING;
        yield_compute(root, parse_listing, state, 0);
    }
}

static void root_step(struct task *root, int result, uint64_t now_ns)
{
    struct root_state *state = task_state(root);
    const struct settings *settings = root->run->settings;
    int detail;
    switch ((enum root_stage)root->stage) {
    case ROOT_BEGIN:
        state->run = root->run;
        root->stage = ROOT_FETCHING;
        page_fetch(&state->page, &state->fetch, &settings->client.fetch, listing_of(root->run));
        __attribute__((fallthrough));
    case ROOT_FETCHING:
        if (fetch_step(&state->fetch, root, result, now_ns))
            listing_fetched(root, state);
        return;
    case ROOT_PARSING: {
        enum outcome outcome =
            outcome_of_page(result == 0 ? -EBADMSG : result, FAULT_NO_FILMS, &detail);
        root->stage = ROOT_SPAWNED;
        if (outcome != OUTCOME_OK) {
            leave(root, outcome, detail);
            return;
        }
        yield_spawn(root, 0, repeat_films(root->run, state->found));
        tell_listing(run_result(root->run, 0), state);
        return;
    }
    case ROOT_SPAWNED:
        root->stage = ROOT_JOINED;
        if (result < 0) /* stopped as it spawned */
            leave(root, outcome_of_errno(result), -result);
        else
            yield_join_all(root, 0);
        return;
    case ROOT_JOINED: leave(root, outcome_of_errno(result), -result); return;
    }
}

/* ---- After the clock. ---- */

static int write_line(const struct film *film, char *line, size_t size)
{
    return snprintf(line, size, "%s %s %s", film->name, film->date, film->image);
}

static enum verified verify(const struct run *run)
{
    const struct settings *settings = run->settings;
    if (settings->expected_count == 0 || run->tasks == 0)
        return VERIFIED_UNKNOWN;
    if (settings->films == 0 && run->tasks != settings->expected_count)
        return VERIFIED_NO;
    uint32_t ok = 0;
    for (uint32_t i = 0; i < run->tasks; i++) {
        const struct film *film = run_result(run, i);
        char line[sizeof *film];
        write_line(film, line, sizeof line);
        ok += run->children[i].outcome == OUTCOME_OK;
        if (run->children[i].outcome == OUTCOME_OK &&
            strcmp(line, settings->expected[i % settings->expected_count]) != 0)
            return VERIFIED_NO;
    }
    return ok > 0 ? VERIFIED_YES : VERIFIED_UNKNOWN;
}

static uint64_t bytes_received(const struct run *run)
{
    uint64_t bytes = (uint64_t)run->arena->root.value;
    for (uint32_t i = 0; i < run->tasks; i++)
        bytes += ((const struct film *)run_result(run, i))->bytes;
    return bytes;
}

static void certify(const struct run *run, struct certificate *certificate)
{
    for (uint32_t i = 0; i < run->tasks; i++) {
        const struct film *film = run_result(run, i);
        char line[sizeof *film];
        net_client_certify(certificate, &film->work);
        certificate_count(certificate, "parses", film->parses);
        write_line(film, line, sizeof line);
        certificate_text(certificate, line);
    }
}

static size_t figures(const struct run *run, struct figure *figures)
{
    uint64_t full = 0, resumed = 0;
    for (uint32_t i = 0; i < run->tasks; i++) {
        const struct film *film = run_result(run, i);
        full += film->handshakes.full;
        resumed += film->handshakes.resumed;
    }
    return net_client_figures(full, resumed, figures);
}

/* What a server said is shown with its control bytes escaped. */
static void print(const struct run *run, FILE *out)
{
    for (uint32_t i = 0; i < run->tasks; i++) {
        const struct film *film = run_result(run, i);
        char line[sizeof *film], shown[4 * sizeof *film];
        if (!film->image_found || run->children[i].outcome != OUTCOME_OK)
            continue;
        write_line(film, line, sizeof line);
        fprintf(out, "%s\n", text_escape(line, shown, sizeof shown));
    }
    fprintf(out, "Wall time: %.3g s\n", run_seconds(run));
}

static void explain(const struct run *run, uint32_t task, char *text, size_t size)
{
    bool root = task == TASK_ROOT;
    const struct child *child = root ? &run->arena->root : &run->children[task];
    const char *where = listing_of(run)->text;
    if (!root)
        where = ((const struct film *)run_result(run, task))->href;
    char why[160] = "";
    if (child->outcome != OUTCOME_TASK_ERROR)
        fetch_explain(child->outcome, child->detail, why, sizeof why);
    else
        snprintf(why, sizeof why, "%s",
                 child->detail == FAULT_NO_FILMS   ? "the page is no listing of films, or an item "
                                                     "of it lacks its link or date"
                 : child->detail == FAULT_NO_IMAGE ? "the page has no image"
                                                   : "a crawl stays on its host, over https");
    snprintf(text, size, "%s: %s", where, why);
}

const struct workload workload_movies = {
    .summary = "a listing page, then each film's own page, fetched and parsed",
    .arguments = "[URL]",
    .options = options,
    .computes = true,
    .state_size = sizeof(struct state),
    .root_state_size = sizeof(struct root_state),
    .result_size = sizeof(struct film),
    .step = step,
    .root_step = root_step,
    .create = create,
    .destroy = destroy,
    .option = option,
    .wants_origin = wants_origin,
    .prepare = prepare,
    .verify = verify,
    .bytes_received = bytes_received,
    .certify = certify,
    .figures = figures,
    .print = print,
    .explain = explain,
};
