/* A launch of a model that simulates, of which the record is kept. */
#include "bench/engine/ideal.h"

#include "bench/engine/journal.h"

static json_t *words_of(const struct arm *arm)
{
    json_t *words = json_array();
    for (int i = 0; i < arm->argc; i++)
        json_array_append_new(words, json_string(arm->argv[i]));
    return words;
}

json_t *ideal_simulate(const struct arm *arm, const struct stage *stage, const char *cell,
                       bool *interrupted)
{
    /* A kind that nobody looks on at. */
    struct order order = {.kind = LAUNCH_WARM_UP, .cell = cell};
    struct presence presence;
    if (arm->not_applicable[0] != 0)
        return json_pack("{s:s, s:s, s:o}", "type", "ideal", "cell", cell, "failed",
                         journal_text(arm->not_applicable));
    json_t *launch = perform(arm, stage, &order, &presence, interrupted);
    json_t *failed = json_object_get(launch, "failed");
    const char *outcome = failed != NULL ? "failed" : "record";
    json_t *line = json_pack("{s:s, s:s, s:O, s:o, s:O}", "type", "ideal", "cell", cell, "time",
                             json_object_get(launch, "time"), "command", words_of(arm), outcome,
                             json_object_get(launch, outcome));
    json_decref(launch);
    return line;
}
