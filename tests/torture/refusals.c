/* Each allocation is refused in turn: the run goes well all the same, or ends in an orderly way. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "tests/support/records.h"
#include "tests/torture/torture.h"
#include "tests/torture/trial.h"
#include "workloads/net/fetch.h"

/* Of many allocations, only so many where each takes a process, or real network and TLS. */
enum { COLD_EVERY = 5, REAL_EVERY = 2 };

/* ---- Each allocation is refused. ---- */

/* Whether a record has all that another one has; numbers differ, and what is null has its reason:
 * record_fault() sees to that. */
static bool same_shape(const char *at, const json_t *a, const json_t *b)
{
    const char *key;
    json_t *value;
    if (json_is_null(b) || strcmp(at, "histograms") == 0 || strcmp(at, "missing") == 0)
        return true;
    if (json_is_string(a))
        return json_is_string(b) && strcmp(json_string_value(a), json_string_value(b)) == 0;
    if (json_is_array(a))
        return json_array_size(a) == json_array_size(b);
    json_object_foreach((json_t *)(uintptr_t)a, key, value)
    {
        const json_t *other = json_object_get(b, key);
        if (other == NULL || !same_shape(key, value, other))
            return false;
    }
    return json_is_null(a) || json_typeof(a) == json_typeof(b) ||
           (json_is_number(a) && json_is_number(b));
}

static void check_output(bool real)
{
    if (now.out[0] != '{') {
        EXPECT(real || same_words(plain.out, now.out),
               "all is well, but it prints something else:\n%s", now.out);
        return;
    }
    check_record();
    json_t *before = json_loads(plain.out, 0, NULL), *record = json_loads(now.out, 0, NULL);
    EXPECT(same_shape("", before, record), "its record lacks something: %s", now.out);
    json_decref(before);
    json_decref(record);
}

/* Libraries that do not bear it. */
static bool is_fragile(void)
{
    return allocations_refused_in("xmlParserInputGrow") || /* libxml2 2.9 reads on, from nowhere */
           allocations_refused_by("realloc", "/libuv.");   /* of its watchers: it aborts */
}

/* OpenSSL 3.0 has no sign of some of its shortages. It takes an algorithm for one that it does not
 * have, or a key for one that is not valid, and a connection then fails for that. */
static bool is_mistaken_by_openssl(void)
{
    bool by_openssl = allocations_refused_by("malloc", "/libcrypto.") ||
                      allocations_refused_by("realloc", "/libcrypto.");
    uint32_t count = 0;
    for (uint32_t i = 0; i < now.tasks && now.judged && by_openssl; i++) {
        const struct end *end = &now.ends[i];
        bool is_mistaken = end->outcome == OUTCOME_TLS_HANDSHAKE ||
                           end->outcome == OUTCOME_TLS_VERIFY ||
                           (end->outcome == OUTCOME_PROTOCOL && end->detail == FETCH_FAULT_RECORD);
        if (!is_mistaken && end->outcome != OUTCOME_OK && end->outcome != OUTCOME_RESOURCE)
            return false;
        count += is_mistaken;
    }
    return count > 0 && (now.status == STATUS_FAILED || now.status == STATUS_ENVIRONMENT);
}

static uint64_t mistaken;

/* It went well all the same, or somebody says that a resource was refused. */
static void check_refused(const struct act *act, bool real)
{
    if (real && is_mistaken_by_openssl()) {
        mistaken++;
        return;
    }
    EXPECT(now.status == STATUS_OK || now.status == STATUS_ENVIRONMENT ||
               (now.status == STATUS_OUTPUT && now.judged),
           "its exit status is %d", now.status);
    check_words(act);
    if (!now.judged)
        return;
    EXPECT(now.verified != VERIFIED_NO, "a shortage is told as a wrong result");
    for (uint32_t i = 0; i < now.tasks && i < plain.tasks; i++)
        EXPECT(now.ends[i].outcome == plain.ends[i].outcome ||
                   now.ends[i].outcome == OUTCOME_RESOURCE ||
                   now.ends[i].outcome == OUTCOME_CANCELLED,
               "task %u is %s for want of memory", i, end_name(&now.ends[i]));
    if (now.status != STATUS_OK)
        return;
    check_same();
    check_output(real);
}

static void refuse_round(const struct act *act, bool real, uint64_t every, const char *whose)
{
    uint64_t n, count = plain.allocations, trials = 0, harmless = 0;
    for (uint64_t at = 0; (n = pick(at, count)) != 0; at += every, trials++) {
        attempt(act, &(struct trial){.refuse = n});
        check_refused(act, real);
        harmless += now.status == STATUS_OK;
    }
    printf("#   %llu of %llu allocations%s refused, %llu of them without harm; %llu spared, %llu "
           "mistaken by a library\n",
           (unsigned long long)trials, (unsigned long long)count, whose,
           (unsigned long long)harmless, (unsigned long long)allocations_spared(),
           (unsigned long long)mistaken);
}

static void refuse_few(const struct act *act, bool real)
{
    allocations_spare(is_fragile);
    allocations_count_few(true);
    perform(act, &(struct trial){0}, &plain);
    refuse_round(act, real, 1, " of few");
}

static void refuse_each(const struct act *act, bool real)
{
    allocations_spare(is_fragile);
    refuse_round(act, real, real ? REAL_EVERY : 1, "");
    if (plain.allocations > TRIALS_MAX)
        refuse_few(act, real);
}

void test_allocations(const void *argument)
{
    play_prepare();
    rehearse(argument);
    refuse_each(argument, false);
}

void test_real_allocations(const void *argument)
{
    play_prepare();
    rehearse(argument);
    refuse_each(argument, true);
}

void test_real_few(const void *argument)
{
    play_prepare();
    rehearse(argument);
    refuse_few(argument, true);
}

/* In a process of its own: what libraries make once, and keep, is made in it. */
static void perform_alone(const struct act *act, uint64_t refuse, bool real,
                          struct performance *result)
{
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        perform(act, &(struct trial){.refuse = refuse}, &now);
        EXPECT(now.fault[0] == 0, "%s", now.fault);
        if (refuse != 0)
            check_refused(act, real);
        *result = now;
        fflush(stdout);
        _exit(0);
    }
    int status = 1;
    CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0, "it ended with %d", status);
}

/* What a first run asks for, and no later one. */
static void refuse_first(const struct act *act, bool real)
{
    struct performance *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(shared != MAP_FAILED, "no memory");
    play_prepare();
    perform_alone(act, 0, real, shared);
    plain = *shared;
    allocations_spare(is_fragile);
    uint64_t n, trials = 0, harmless = 0;
    uint64_t every = plain.allocations > TRIALS_MAX ? COLD_EVERY : 1;
    for (uint64_t at = 0; (n = pick(at * every, plain.allocations)) != 0; at++, trials++) {
        perform_alone(act, n, real, shared);
        harmless += shared->status == STATUS_OK;
    }
    printf("#   %llu of %llu allocations of a first run refused, %llu of them without harm\n",
           (unsigned long long)trials, (unsigned long long)plain.allocations,
           (unsigned long long)harmless);
}

void test_first(const void *argument)
{
    refuse_first(argument, false);
}

void test_real_first(const void *argument)
{
    refuse_first(argument, true);
}
