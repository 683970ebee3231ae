/*
 * The torture of every registered workload: each operation fails in turn with each error that it
 * can fail with, the run is stopped and each task cancelled before and during each of them, bytes
 * come one by one, each allocation is refused. However it goes, the run ends; every task ends in
 * the one class that its failure has; the program leaves with the documented status and a sentence;
 * everything is given back. The operations are performed by a model that simulates, by a script
 * (support/script.h); real models are tortured with allocations alone. A new workload is tortured
 * by existing: only what would take too long by default stands here by name.
 */
#include <string.h>
#include <unistd.h>

#include "core/check.h"
#include "tests/support/isolate.h"
#include "tests/support/models.h"
#include "tests/torture/allocations.h"
#include "tests/torture/play.h"
#include "tests/torture/torture.h"
#include "tests/torture/trial.h"

/* ---- What is played. ---- */

/* Of workloads that would take too long, or have more than one way to go. */
static const struct {
    const char *workload;
    const char *words[12]; /* ended by NULL */
} acts[] = {
    {"noop", {"--tasks", "20"}},
    {"crawl", {0}},
    {"crawl", {"--blocking", "--tasks", "3"}},
    {"crawl", {"--waits", "heavy-tailed", "--tasks", "9", "--width", "4"}},
    {"order", {0}},
    {"order", {"--runs", "3"}},
    {"gather", {0}},
    {"gather", {"--return-exceptions"}},
    {"queue", {0}},
    {"queue", {"--unit", "0", "--items", "4", "--capacity", "1"}},
    {"queue", {"--unit", "0", "--items", "4", "--capacity", "1", "--consumers", "1"}},
    {"queue", {"--unit", "0", "--items", "5", "--capacity", "3", "--batch", "2"}},
    {"race", {"--increments", "12"}},
    {"switch", {"--handoffs", "6", "--spawns", "5"}},
    {"squares", {"10", "100", "1000"}},
    {"download", {0}},
    {"download", {"--requests-per-connection", "2", "--width", "2"}},
    {"movies", {"--films", "4", "http://films.test/later/"}},
};
enum { ACTS = sizeof acts / sizeof acts[0] };

static const char sites[] = "http://one.test/      5  700\n"
                            "http://two.test/      0 3000 chunked\n"
                            "http://two.test/close 7  900 close-delimited\n"
                            "http://two.test/moved 0   10 redirect=http://one.test/\n"
                            "http://three.test/    2 16000\n"
                            "http://films.test/later/ 3 100 films\n";

static const char secure_sites[] = "https://one.test/ 0 700\n"
                                   "https://one.test/two 0 20000 chunked\n"
                                   "http://three.test/ 0 300\n";

/* ---- All of them. ---- */

static void add_words(struct act *act, const char *const *words)
{
    size_t at = 0;
    while (act->words[at] != NULL)
        at++;
    for (; *words != NULL; words++)
        act->words[at++] = *words;
}

static struct act make_act(const struct workload_entry *workload, const char *model,
                           const char *const *words, const char *origin)
{
    struct act act = {.workload = workload};
    add_words(&act, (const char *const[]){"-m", model, NULL});
    add_words(&act, words);
    int used = snprintf(act.title, sizeof act.title, "%s -m %s", workload->name, model);
    for (; *words != NULL; words++)
        used += snprintf(act.title + used, sizeof act.title - (size_t)used, " %s", *words);
    if (workload->workload->wants_origin != NULL)
        add_words(&act, (const char *const[]){"--origin", origin, NULL});
    return act;
}

static void run_case(const struct act *act, const char *what, void (*test)(const void *))
{
    char name[240];
    snprintf(name, sizeof name, "%s: %s", act->title, what);
    isolate(name, test, act);
}

static void refuse_in(const struct act *act, const char *what, const char *word,
                      void (*test)(const void *))
{
    if (allocations_unwatched() != NULL) {
        printf("# %s: no allocation is refused: %s\n", act->title, allocations_unwatched());
        return;
    }
    struct act other = *act;
    if (word != NULL)
        add_words(&other, (const char *const[]){word, NULL});
    run_case(&other, what, test);
}

static void torture(const struct workload_entry *workload, const char *model,
                    const char *const *words)
{
    struct act act = make_act(workload, model, words, paper.directory);
    run_case(&act, "as it is, and byte by byte", test_plain);
    run_case(&act, "each operation fails", test_failures);
    struct act told = act;
    add_words(&told, (const char *const[]){"--json", NULL});
    run_case(&told, "each operation fails, with --json", test_failures);
    run_case(&told, "stopped before each operation, with --json", test_stops);
    run_case(&act, "stopped before each operation", test_stops);
    run_case(&act, "each task is cancelled in each operation", test_cancels);
    refuse_in(&act, "each allocation is refused", NULL, test_allocations);
    refuse_in(&act, "each allocation is refused, with --log", "--log", test_allocations);
    refuse_in(&act, "each allocation is refused, with --json", "--json", test_allocations);
    if (workload->workload->wants_origin != NULL) /* it has libraries behind it */
        refuse_in(&act, "each allocation of a first run is refused", NULL, test_first);
}

static void torture_all(const struct model_entry *model)
{
    for (const struct workload_entry *at = workload_registry; at->name != NULL; at++) {
        const char *why = run_not_applicable(at->workload, model->model);
        bool named = false;
        if (why != NULL) {
            printf("# %s: n/a: %s\n", at->name, why);
            continue;
        }
        for (size_t i = 0; i < ACTS; i++) {
            if (strcmp(acts[i].workload, at->name) != 0)
                continue;
            named = true;
            torture(at, model->name, acts[i].words);
        }
        if (!named)
            torture(at, model->name, (const char *const[]){NULL});
    }
}

static const struct workload_entry *workload_find(const char *name)
{
    const struct workload_entry *at = workload_registry;
    while (at->name != NULL && strcmp(at->name, name) != 0)
        at++;
    return at->name != NULL ? at : NULL;
}

/* A model's own allocations, and those of what it waits with. */
static void torture_model(const struct model_entry *model, const struct act *download)
{
    static const char *const workloads[] = {"crawl", "queue"};
    static const char what[] = "each of few allocations is refused";
    refuse_in(download, what, NULL, test_real_few);
    for (size_t i = 0; i < sizeof workloads / sizeof workloads[0]; i++) {
        const struct workload_entry *workload = workload_find(workloads[i]);
        struct act act =
            make_act(workload, model->name, (const char *const[]){"--unit", "100us", NULL}, NULL);
        if (run_not_applicable(workload->workload, model->model) == NULL)
            refuse_in(&act, what, NULL, test_real_few);
    }
}

/* With the real network and TLS: two models thoroughly, the others as to what is their own. */
static void torture_real(const char *directory)
{
    for (const struct model_entry *model = models_real_from(model_registry); model->name != NULL;
         model = models_real_from(model + 1)) {
        const struct workload_entry *download = workload_find("download");
        struct act act = make_act(download, model->name, (const char *const[]){NULL}, directory);
        torture_model(model, &act);
        if (strcmp(model->name, "sequential") != 0 && strcmp(model->name, "uv") != 0)
            continue;
        refuse_in(&act, "each allocation is refused", NULL, test_real_allocations);
        refuse_in(&act, "each allocation of a first run is refused", NULL, test_real_first);
        act = make_act(download, model->name,
                       (const char *const[]){"--tls-session", "resume", NULL}, directory);
        refuse_in(&act, "each allocation is refused, with --json", "--json", test_real_allocations);
    }
}

/* The sites in a file of their own. */
static bool write_sites(const char *text, char *path)
{
    int fd = mkstemp(path);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    return file != NULL && fputs(text, file) >= 0 && fclose(file) == 0;
}

static bool bail_out(const struct problem *problem)
{
    printf("Bail out! %s\n", problem->text);
    return false;
}

static bool torture_on_paper(struct problem *problem)
{
    char path[] = "/tmp/crossover-torture-XXXXXX";
    bool good = write_sites(sites, path) && paper_origin_open(&paper, path, problem) == 0;
    unlink(path);
    if (!good)
        return bail_out(problem);
    for (const struct model_entry *model = models_from(model_registry); model->name != NULL;
         model = models_from(model + 1))
        if (model->model->simulated)
            torture_all(model);
    paper_origin_close(&paper);
    return true;
}

static bool torture_over_tls(struct problem *problem)
{
    static struct own_origin origin;
    char path[] = "/tmp/crossover-torture-XXXXXX";
    bool good = write_sites(secure_sites, path) &&
                own_origin_start(&origin,
                                 (const char *const[]){"--sites", path, "--tls-tickets", "1", NULL},
                                 problem) == 0;
    unlink(path);
    if (!good)
        return bail_out(problem);
    torture_real(origin.directory);
    own_origin_stop(&origin);
    return true;
}

int main(void)
{
    struct problem problem = {.text = "no temporary file"};
    if (!torture_on_paper(&problem) || !torture_over_tls(&problem))
        return 1;
    return isolate_summary();
}
