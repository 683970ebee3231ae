/* Playing one trial, and what every one of them has to keep to. */
#include "tests/torture/trial.h"

#include <string.h>

#include "tests/support/isolate.h"
#include "tests/support/records.h"

struct paper_origin paper;
struct performance plain, now;

uint64_t pick(uint64_t at, uint64_t count)
{
    const uint64_t dense = TRIALS_MAX / 2, spread = TRIALS_MAX - dense;
    if (count <= TRIALS_MAX || at < dense)
        return at < count ? at + 1 : 0;
    return at < TRIALS_MAX ? dense + (at - dense) * (count - dense) / spread + 1 : 0;
}

/* ---- One trial. ---- */

static void name_attempt(const struct trial *trial)
{
    const struct omen *omen = &trial->omen;
    const char *what = omen->stop            ? "the run is stopped before"
                       : omen->cancel        ? "the task is cancelled before"
                       : omen->cancel_behind ? "the task is cancelled in"
                                             : strerror(-omen->fail_with);
    if (trial->at != 0)
        snprintf(play_attempt, sizeof play_attempt, "%s operation %u", what, trial->at);
    else if (trial->refuse != 0)
        snprintf(play_attempt, sizeof play_attempt, "allocation %llu is refused",
                 (unsigned long long)trial->refuse);
    else
        snprintf(play_attempt, sizeof play_attempt, "%zu bytes at a time, 0 as many as there are",
                 trial->recv_most);
}

void perform(const struct act *act, const struct trial *trial, struct performance *result)
{
    name_attempt(trial);
    script_clear();
    script.recv_most = trial->recv_most;
    script.at = trial->at;
    script.omen = trial->omen;
    play(act, trial->refuse, result);
}

/* Functions of libraries that lose a block or two when an allocation of theirs is refused: nothing
 * that their callers could give back. A whole document that is not freed would be many. */
static bool is_lost_by_a_library(int64_t blocks)
{
    static const char *const functions[] = {
        /* libxml2 2.9: a parser's context, an input's buffer, a name. */
        "htmlNewParserCtxt",
        "xmlParserInputBufferCreateMem",
        "htmlParseDocument",
    };
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
        if (blocks <= 3 && allocations_refused_in(functions[i]))
            return true;
    return false;
}

/* Libraries keep what they make when they first need it, perhaps in the middle of a failure; what
 * leaks grows whenever it is tried. */
static void check_memory(const struct act *act, const struct trial *trial, int64_t before)
{
    int64_t held = allocations_live(), first = held - before;
    if (held > before && is_lost_by_a_library(first))
        return;
    for (int i = 0; i < 3 && held > before; i++) {
        before = held;
        allocations_trace(i == 2);
        perform(act, trial, &now);
        held = allocations_live();
    }
    if (held > before) {
        fflush(stdout);
        allocations_tell_live(STDOUT_FILENO);
    }
    allocations_trace(false);
    EXPECT(held <= before, "%lld blocks are left every time, %lld the first time",
           (long long)(held - before), (long long)first);
}

void attempt(const struct act *act, const struct trial *trial)
{
    struct held before = held_now();
    int64_t live = allocations_live();
    perform(act, trial, &now);
    struct held after = held_now();
    EXPECT(now.fault[0] == 0, "%s", now.fault);
    EXPECT(strstr(now.err, "nobody will ever go on") == NULL, "it hangs");
    EXPECT(paper.open == 0, "%u connections are left open", paper.open);
    EXPECT(after.descriptors == before.descriptors && after.threads == before.threads &&
               after.children == before.children,
           "%d descriptors before, %d after; %d threads, %d", before.descriptors, after.descriptors,
           before.threads, after.threads);
    check_memory(act, trial, live);
}

/* ---- What must hold for each. ---- */

static int status_of(const struct end *end)
{
    return end->outcome == OUTCOME_RESOURCE ? STATUS_ENVIRONMENT : STATUS_FAILED;
}

/* The documented exit status of these ends. */
static int status_due(const struct performance *result)
{
    int status = STATUS_OK;
    bool failed = false;
    for (uint32_t i = 0; i < result->tasks; i++) {
        const struct end *end = &result->ends[i];
        if (!end->expected && status != STATUS_ENVIRONMENT)
            status = status_of(end);
        failed |= !end->expected;
    }
    const struct end *root = &result->root;
    bool told = root->outcome != OUTCOME_OK && (root->outcome != OUTCOME_CANCELLED || !failed);
    if (told && status != STATUS_ENVIRONMENT)
        status = status_of(root);
    if (result->verified == VERIFIED_NO && status == STATUS_OK)
        status = STATUS_FAILED;
    return status;
}

void check_words(const struct act *act)
{
    char begin[40];
    snprintf(begin, sizeof begin, "%s: ", act->workload->name);
    EXPECT(now.status == STATUS_OK || strstr(now.err, begin) != NULL, "not a word of why");
}

void check_status(const struct act *act)
{
    EXPECT(now.judged, "it did not come to a run");
    EXPECT(now.status == status_due(&now), "its exit status is %d, due is %d", now.status,
           status_due(&now));
    check_words(act);
}

void check_record(void)
{
    if (now.out[0] != '{')
        return;
    json_t *record = json_loads(now.out, JSON_REJECT_DUPLICATES, NULL);
    const char *fault = record != NULL ? record_fault(record) : "it is no JSON";
    EXPECT(fault == NULL, "its record: %s", fault);
    json_int_t sum = 0;
    const char *class;
    json_t *count;
    json_object_foreach(json_object_get(record, "outcomes"), class, count)
    {
        sum += json_integer_value(count);
    }
    EXPECT(sum == now.tasks, "its classes sum to %lld of %u tasks", (long long)sum, now.tasks);
    json_decref(record);
}

const char *end_name(const struct end *end)
{
    return outcome_name((enum outcome)end->outcome);
}

static bool same_end(const struct end *a, const struct end *b)
{
    return a->outcome == b->outcome && a->detail == b->detail && a->value == b->value;
}

bool all_as_plain(void)
{
    for (uint32_t i = 0; i < now.tasks; i++)
        if (now.ends[i].outcome != plain.ends[i].outcome)
            return false;
    return now.tasks == plain.tasks && now.root.outcome == plain.root.outcome &&
           now.verified == plain.verified;
}

/* Who had nothing to do with it ends as always, or was cancelled as a consequence. */
void check_others(uint32_t culprit)
{
    EXPECT(now.tasks <= plain.tasks, "%u tasks, %u without a failure", now.tasks, plain.tasks);
    for (uint32_t i = 0; i < now.tasks; i++) {
        const struct end *end = &now.ends[i];
        EXPECT(i == culprit || end->outcome == plain.ends[i].outcome ||
                   end->outcome == OUTCOME_CANCELLED,
               "task %u is %s, and nothing happened to it", i, end_name(end));
    }
    EXPECT(culprit == TASK_ROOT || now.root.outcome == OUTCOME_OK ||
               now.root.outcome == OUTCOME_CANCELLED,
           "the root is %s", end_name(&now.root));
}

/* ---- What is the same. ---- */

/* Behind a word. */
static size_t word_length(const char *text)
{
    return strcspn(text, " \n");
}

/* Numbers with a fraction are times, and figures made of them. */
static bool is_time(const char *word, size_t length)
{
    size_t number = strspn(word, "0123456789.e-+");
    return number > 0 && number <= length && memchr(word, '.', number) != NULL;
}

bool same_words(const char *a, const char *b)
{
    while (*a != 0 && *b != 0) {
        size_t of_a = word_length(a), of_b = word_length(b);
        bool same = of_a == of_b && memcmp(a, b, of_a) == 0;
        if (!same && !(is_time(a, of_a) && is_time(b, of_b)))
            return false;
        a += of_a + (a[of_a] != 0);
        b += of_b + (b[of_b] != 0);
    }
    return *a == *b;
}

static void check_plain(const struct act *act, const struct performance *result)
{
    now = *result;
    check_status(act);
    EXPECT(now.status == STATUS_OK, "it fails without a failure");
    EXPECT(now.verified != VERIFIED_NO, "it does not verify");
}

void rehearse(const struct act *act)
{
    struct trial nothing = {0};
    for (int i = 0; i < 3; i++) /* what libraries keep for good is there then */
        perform(act, &nothing, &plain);
    check_plain(act, &plain);
}

void check_same(void)
{
    EXPECT(now.tasks == plain.tasks && same_end(&now.root, &plain.root) &&
               now.verified == plain.verified,
           "it ends otherwise");
    for (uint32_t i = 0; i < now.tasks; i++)
        EXPECT(same_end(&now.ends[i], &plain.ends[i]), "task %u is %s with %lld", i,
               end_name(&now.ends[i]), (long long)now.ends[i].value);
}
