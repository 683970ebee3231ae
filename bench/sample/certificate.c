/* Certificates, held against each other. */
#include "bench/sample/certificate.h"

#include <stdio.h>
#include <string.h>

/* ---- Two of them. ---- */

static const char *id_of(const json_t *certificate)
{
    return json_string_value(json_object_get(certificate, "id"));
}

static void say_number(const json_t *value, char *text, size_t size)
{
    if (json_is_integer(value))
        snprintf(text, size, "%lld", (long long)json_integer_value(value));
    else
        snprintf(text, size, "no");
}

/* Says it when the two numbers differ. What a name says may be anybody's. */
static bool numbers_differ(const char *name, const json_t *a, const json_t *b, char *why,
                           size_t size)
{
    char mine[24], others[24], shown[80], safe[4 * sizeof shown];
    say_number(a, mine, sizeof mine);
    say_number(b, others, sizeof others);
    if (strcmp(mine, others) == 0)
        return false;
    snprintf(shown, sizeof shown, "%s", name);
    snprintf(why, size, "did other work: %s %.100s where the others did %s", mine,
             text_escape(shown, safe, sizeof safe), others);
    return true;
}

static bool counts_differ(const json_t *a, const json_t *b, char *why, size_t size)
{
    const char *key;
    const json_t *value;
    json_object_foreach((json_t *)(uintptr_t)b, key, value)
    {
        if (numbers_differ(key, json_object_get(a, key), value, why, size))
            return true;
    }
    json_object_foreach((json_t *)(uintptr_t)a, key, value)
    {
        if (numbers_differ(key, value, json_object_get(b, key), why, size))
            return true;
    }
    return false;
}

bool certificate_same(const json_t *a, const json_t *b, char *why, size_t size)
{
    static const char *const numbers[] = {"tasks", "bytes", "connections"};
    static const char *const counts[] = {"operations", "outcomes"};
    const char *mine = id_of(a), *others = id_of(b);
    if (mine == others || (mine != NULL && others != NULL && strcmp(mine, others) == 0))
        return true;
    if (mine == NULL || others == NULL) {
        snprintf(why, size,
                 mine != NULL ? "did work that is certified, unlike that of the others"
                              : "did work that nobody certifies, unlike that of the others");
        return false;
    }
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (numbers_differ(numbers[i], json_object_get(a, numbers[i]),
                           json_object_get(b, numbers[i]), why, size))
            return false;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        if (counts_differ(json_object_get(a, counts[i]), json_object_get(b, counts[i]), why, size))
            return false;
    snprintf(why, size, "did other work: its results have another digest");
    return false;
}

/* ---- Those of a cell. ---- */

static bool has_work(const struct sample_arm *arm)
{
    return arm->worked && arm->not_applicable == NULL && arm->failure == NULL;
}

/* How many arms, of those that agree with themselves, did the same work as this one. */
static size_t count_like(const struct sample_cell *cell, size_t at)
{
    char why[WORK_WHY_BYTES];
    const struct sample_arm *arms = cell->arms;
    size_t count = 0;
    for (size_t i = 0; i < cell->arm_count; i++)
        count += has_work(&arms[i]) && !arms[i].torn &&
                 certificate_same(arms[i].certificate, arms[at].certificate, why, sizeof why);
    return count;
}

void certificate_judge(const struct sample_cell *cell, char why[][WORK_WHY_BYTES])
{
    const struct sample_arm *arms = cell->arms;
    size_t most = 0, like = 0;
    for (size_t i = 0; i < cell->arm_count; i++) {
        size_t count = has_work(&arms[i]) && !arms[i].torn ? count_like(cell, i) : 0;
        if (count > most) {
            most = count;
            like = i;
        }
    }
    for (size_t i = 0; i < cell->arm_count; i++) {
        static const char one[] = "not all the same: a launch ";
        why[i][0] = 0;
        if (!has_work(&arms[i]))
            continue;
        if (!arms[i].torn) {
            certificate_same(arms[i].certificate, arms[like].certificate, why[i], WORK_WHY_BYTES);
            continue;
        }
        strcpy(why[i], one);
        certificate_same(arms[i].another, arms[i].certificate, why[i] + sizeof one - 1,
                         WORK_WHY_BYTES - sizeof one + 1);
    }
}
