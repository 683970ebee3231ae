/* Launches for their records. */
#include "bench/engine/alone.h"

#include "bench/engine/journal.h"

static json_t *words_of(const struct arm *arm)
{
    json_t *words = json_array();
    for (int i = 0; i < arm->argc; i++)
        json_array_append_new(words, json_string(arm->argv[i]));
    return words;
}

/* Completes the line with what came of the launch; takes the reference. */
static json_t *launch(json_t *line, const struct arm *arm, const struct stage *stage,
                      const struct order *order, json_t *words, bool *interrupted)
{
    struct presence presence;
    json_t *told = perform(arm, stage, order, &presence, interrupted);
    json_t *failed = json_object_get(told, "failed");
    const char *outcome = failed != NULL ? "failed" : "record";
    bool good = json_object_set(line, "time", json_object_get(told, "time")) == 0;
    good = json_object_set_new(line, "command", words) == 0 && good;
    good = json_object_set(line, outcome, json_object_get(told, outcome)) == 0 && good;
    json_decref(told);
    if (good)
        return line;
    json_decref(line);
    return NULL;
}

/* Both are of a kind that nobody looks on at. */

json_t *alone_simulate(const struct arm *arm, const struct stage *stage, const char *cell,
                       bool *interrupted)
{
    struct order order = {.kind = LAUNCH_WARM_UP, .cell = cell};
    json_t *line = json_pack("{s:s, s:s}", "type", "ideal", "cell", cell);
    if (arm->not_applicable[0] == 0)
        return launch(line, arm, stage, &order, words_of(arm), interrupted);
    json_object_set_new(line, "failed", journal_text(arm->not_applicable));
    return line;
}

json_t *alone_account(const struct arm *arm, const struct stage *stage, const char *cell,
                      bool *interrupted)
{
    struct order order = {.kind = LAUNCH_WARM_UP, .cell = cell, .account = true};
    json_t *line = json_pack("{s:s, s:s, s:s}", "type", "account", "cell", cell, "arm", arm->label);
    json_t *words = words_of(arm);
    json_array_append_new(words, json_string(ACCOUNT_OPTION));
    return launch(line, arm, stage, &order, words, interrupted);
}
