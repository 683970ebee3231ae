/* The account's parts, told. */
#include "bench/program/accounts.h"

#include <errno.h>

/* Most kernels look every few milliseconds who is on a CPU, and in what: from a few such looks
 * nothing follows. */
#define TOLD_APART_S 0.1

enum { PARTS_MAX = 8 };

struct part {
    const char *key;
    const char *name;
    double seconds;
};

/* In the order in which they are told, the residual last; how many. */
static int list_parts(const struct account *account, double user_s, double system_s,
                      struct part parts[PARTS_MAX])
{
    double cpu = account->steps + account->model, all_s = user_s + system_s;
    int count = 0;
    if (all_s >= TOLD_APART_S) {
        parts[count++] = (struct part){"user_s", "user", cpu * user_s / all_s};
        parts[count++] = (struct part){"system_s", "system", cpu * system_s / all_s};
    } else {
        parts[count++] = (struct part){NULL, "user and system", cpu};
    }
    parts[count++] = (struct part){"peer_s", "waiting for the peer", account->peer};
    parts[count++] = (struct part){"asleep_s", "asleep", account->asleep};
    parts[count++] = (struct part){"tasks_s", "waiting for other tasks", account->tasks};
    parts[count++] = (struct part){"turn_s", "waiting for a turn", account->turn};
    parts[count++] = (struct part){"startup_s", "start-up", account->startup};
    parts[count++] = (struct part){"residual_s", "unexplained", account->residual};
    return count;
}

static const char *why_not(const struct tracing *tracing)
{
    if (!tracing->accounts)
        return "not asked for: --account";
    if (!tracing->accounted)
        return "memory was short";
    if (tracing->dropped > 0)
        return "there was no room for all events";
    if (tracing->account.unfinished > 0)
        return "a task that began did not end: its worker was lost";
    return tracing->account.life <= 0 ? "no task took any time" : NULL;
}

json_t *accounts_record(struct record *record, const struct tracing *tracing, double user_s,
                        double system_s)
{
    const struct account *account = &tracing->account;
    struct part parts[PARTS_MAX];
    const char *why = why_not(tracing);
    if (why != NULL)
        return record_null(record, "account", why);
    json_t *all = json_object();
    record_set_in(record, all, "life_s", json_real(account->life));
    int count = list_parts(account, user_s, system_s, parts);
    for (int i = 0; i < count; i++)
        if (parts[i].key != NULL)
            record_set_in(record, all, parts[i].key, json_real(parts[i].seconds));
    if (parts[0].key == NULL) {
        static const char short_run[] = "the run used too little of the CPU to tell them apart";
        record_set_in(record, all, "user_s", record_null(record, "account.user_s", short_run));
        record_set_in(record, all, "system_s", record_null(record, "account.system_s", short_run));
    }
    record_set_in(record, all, "cpu_in_steps_s", json_real(account->steps));
    record_set_in(record, all, "cpu_around_s", json_real(account->model));
    record_set_in(record, all, "tasks", json_integer(account->children));
    record_set_in(record, all, "knows_delays", json_boolean(account->knows_delays));
    record_set_in(record, all, "events", json_integer((json_int_t)tracing->events));
    record_set_in(record, all, "event_ns", json_real(tracing->event_ns));
    return all;
}

static void print_parts(const struct tracing *tracing, double user_s, double system_s, FILE *out)
{
    const struct account *account = &tracing->account;
    struct part parts[PARTS_MAX];
    int count = list_parts(account, user_s, system_s, parts);
    fprintf(out, "where the time of %u tasks went, %.4g s in all:\n", account->children,
            account->life);
    for (int i = 0; i < count; i++)
        if (parts[i].seconds != 0 || i + 1 == count)
            fprintf(out, "  %-24s %7.2f %%  %10.4g s\n", parts[i].name,
                    parts[i].seconds / account->life * 100, parts[i].seconds);
    fprintf(out, "  (of the CPU time %.4g s in steps, %.4g s around them%s)\n", account->steps,
            account->model,
            account->knows_delays ? ""
                                  : "; the kernel does not tell how long a thread waits for a CPU");
}

int accounts_print(const struct tracing *tracing, double user_s, double system_s, FILE *out)
{
    const char *why = why_not(tracing);
    errno = 0;
    if (why != NULL)
        fprintf(out, "where the time of the tasks went is not known: %s\n", why);
    else
        print_parts(tracing, user_s, system_s, out);
    return ferror(out) && errno != EPIPE ? STATUS_OUTPUT : STATUS_OK;
}
