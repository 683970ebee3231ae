/* The registered models that can run here, one after another, with those that simulate or without;
 * those that cannot are named. */
#ifndef TESTS_SUPPORT_MODELS_H
#define TESTS_SUPPORT_MODELS_H

#include <stdio.h>

#include "core/registry.h"

/* The first of them from `entry` on; its name is NULL behind the last. */
static inline const struct model_entry *models_from(const struct model_entry *entry)
{
    char room[200];
    const char *why;
    for (; entry->name != NULL; entry++) {
        if ((why = model_unavailable(entry, room, sizeof room)) == NULL)
            break;
        printf("# %s: not tried: %s\n", entry->name, why);
    }
    return entry;
}

static inline const struct model_entry *models_real_from(const struct model_entry *entry)
{
    while ((entry = models_from(entry))->name != NULL && entry->model->simulated)
        entry++;
    return entry;
}

#endif
