/* The account in a record, checked and judged. */
#include "bench/sample/accounts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/sample/certificate.h"
#include "bench/sample/sample.h"

/* A record has nine digits of each part. */
#define ROUNDING 1e-6

static const char *const part_names[ACCOUNT_PARTS] = {
    "cpu", "user", "system", "peer", "asleep", "tasks", "turn", "startup", "residual"};

const char *account_part_name(enum account_part part)
{
    return part_names[part];
}

/* ---- From a line. ---- */

static double seconds_of(const json_t *account, const char *key)
{
    const json_t *value = json_object_get(account, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

/* True when the parts are the whole, but for rounding: else what is called unexplained is not what
 * is left. */
static bool adds_up(const struct arm_account *account)
{
    const double *seconds = account->seconds;
    double sum = seconds[ACCOUNT_CPU], all = fabs(sum);
    for (int i = ACCOUNT_PEER; i < ACCOUNT_PARTS; i++) {
        sum += seconds[i];
        all += fabs(seconds[i]);
    }
    double slack = ROUNDING * (all + account->life_s);
    double modes = seconds[ACCOUNT_USER] + seconds[ACCOUNT_SYSTEM];
    if (!isnan(modes) && !(fabs(modes - seconds[ACCOUNT_CPU]) <= slack))
        return false;
    return account->life_s > 0 && isfinite(all / account->life_s) &&
           fabs(sum - account->life_s) <= slack;
}

/* Returns why this is no account, or NULL. */
static const char *take(struct arm_account *account, const json_t *told)
{
    account->life_s = seconds_of(told, "life_s");
    for (int i = ACCOUNT_USER; i < ACCOUNT_PARTS; i++) {
        char key[24];
        snprintf(key, sizeof key, "%s_s", part_names[i]);
        account->seconds[i] = seconds_of(told, key);
    }
    account->seconds[ACCOUNT_CPU] =
        seconds_of(told, "cpu_in_steps_s") + seconds_of(told, "cpu_around_s");
    json_int_t tasks = json_integer_value(json_object_get(told, "tasks"));
    account->tasks = tasks > 0 ? (size_t)tasks : 0;
    account->knows_delays = json_is_true(json_object_get(told, "knows_delays"));
    return adds_up(account) ? NULL : "its parts are not the whole of its tasks' lives";
}

/* Why the record of a launch has none. */
static const char *untold(const json_t *record)
{
    const char *why =
        json_string_value(json_object_get(json_object_get(record, "missing"), "account"));
    return why != NULL ? why : "its record has none";
}

int account_add(struct sample_cell *cell, const json_t *line, struct problem *problem)
{
    const char *label = json_string_value(json_object_get(line, "arm"));
    const json_t *record = json_object_get(line, "record");
    const json_t *told = json_object_get(record, "account");
    const char *why = json_string_value(json_object_get(line, "failed"));
    int arm = label != NULL ? sample_arm_find(cell, label) : -1;
    if (arm < 0 || (why == NULL && !json_is_object(record)))
        return problem_set(problem, STATUS_INCOMPARABLE,
                           "a line of type 'account' of cell '%s' is of an unknown arm, or has "
                           "neither a record nor a reason",
                           cell->name);
    struct arm_account *account = &cell->arms[arm].account;
    if (account->told)
        return 0;
    account->told = true;
    account->certificate = json_incref(json_object_get(record, "certificate"));
    if (why == NULL)
        why = json_is_object(told) ? take(account, told) : untold(record);
    if (why == NULL)
        return 0;
    size_t size = 4 * strlen(why) + 1;
    account->missing = malloc(size);
    if (account->missing == NULL)
        return problem_no_memory(problem);
    text_escape(why, account->missing, size);
    return 0;
}

void account_free(struct arm_account *account)
{
    free(account->missing);
    json_decref(account->certificate);
    *account = (struct arm_account){0};
}

/* ---- What follows. ---- */

/* Why an arm was not launched for it. */
static const char *not_launched(const struct sample_cell *cell, size_t arm)
{
    const struct sample_arm *of = &cell->arms[arm];
    const char *why =
        json_string_value(json_object_get(json_object_get(cell->header, "missing"), "account"));
    if (of->not_applicable != NULL)
        return of->not_applicable;
    if (of->model[0] == 0)
        return "it is another program: it keeps no account";
    if (of->bounded)
        return "its launches do not come to an end within the limit";
    if (of->failure != NULL)
        return "it failed";
    return why != NULL ? why : "it was not launched for it";
}

const struct arm_account *account_of(const struct sample_cell *cell, size_t arm,
                                     char why[ACCOUNT_WHY_BYTES])
{
    const struct sample_arm *of = &cell->arms[arm];
    const struct arm_account *account = &of->account;
    why[0] = 0;
    if (!account->told)
        text_escape(not_launched(cell, arm), why, ACCOUNT_WHY_BYTES);
    else if (account->missing != NULL)
        snprintf(why, ACCOUNT_WHY_BYTES, "%s", account->missing);
    else if (certificate_same(account->certificate, of->certificate, why, ACCOUNT_WHY_BYTES))
        return account;
    return NULL;
}

double account_share(const struct arm_account *account, enum account_part part)
{
    return account->seconds[part] / account->life_s;
}

bool account_unexplained(const struct arm_account *account)
{
    return fabs(account_share(account, ACCOUNT_RESIDUAL)) > ACCOUNT_UNEXPLAINED_MAX;
}
