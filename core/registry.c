/* Looking things up in the registry; the tables themselves are written by the build. */
#include "core/registry.h"

#include <string.h>

const struct model_entry *model_find(const char *name)
{
    for (const struct model_entry *entry = model_registry; entry->name != NULL; entry++)
        if (strcmp(entry->name, name) == 0)
            return entry;
    return NULL;
}
