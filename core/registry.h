/* The models and workloads that the build found in their folders. The build writes the tables. */
#ifndef CORE_REGISTRY_H
#define CORE_REGISTRY_H

#include "core/model.h"
#include "core/workload.h"

struct model_entry {
    const char *name;
    const struct model *model; /* NULL: not built */
    const char *missing;       /* then the reason … */
    uint32_t colour;           /* … and its colour nevertheless, for results from elsewhere */
};

struct workload_entry {
    const char *name;
    const struct workload *workload;
};

/* Both end with a NULL name. */
extern const struct model_entry model_registry[];
extern const struct workload_entry workload_registry[];

/* NULL when there is no such entry. */
const struct model_entry *model_find(const char *name);

/* True for a model that measures nothing: it is no arm of a comparison. */
static inline bool model_simulates(const struct model_entry *entry)
{
    return entry->model != NULL && entry->model->simulated;
}

/* Why a model cannot run here at all, for which `why` has room; NULL when it can. */
static inline const char *model_unavailable(const struct model_entry *entry, char *why, size_t size)
{
    if (entry->model == NULL)
        return entry->missing;
    if (entry->model->available != NULL && !entry->model->available(why, size))
        return why;
    return NULL;
}

#endif
