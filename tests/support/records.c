/* The JSON record, looked at without knowing what was run. */
#include "tests/support/records.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/histogram.h"

json_t *record_read(const struct invocation *invocation, const struct usage *usage)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    json_t *record = NULL;
    if (out != NULL) {
        bool good = record_print(invocation, usage, out);
        fclose(out);
        if (good && size > 0 && text[size - 1] == '\n')
            record = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    }
    free(text);
    return record;
}

__attribute__((format(printf, 1, 2))) static const char *fault(const char *format, ...)
{
    static char sentence[300];
    va_list values;
    va_start(values, format);
    vsnprintf(sentence, sizeof sentence, format, values);
    va_end(values);
    return sentence;
}

/* ---- Nulls and reasons. ---- */

/* Walks what lies below `path`, and takes out of `reasons` those that it finds a null for. */
static const char *match_nulls(const json_t *object, const char *path, json_t *reasons)
{
    const char *key, *wrong = NULL;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        char here[200];
        snprintf(here, sizeof here, "%s%s%s", path, *path != 0 ? "." : "", key);
        if (strcmp(here, "missing") == 0)
            continue;
        const char *reason = json_string_value(json_object_get(reasons, here));
        if (json_is_null(value) && (reason == NULL || *reason == 0))
            return fault("%s is null for no reason", here);
        if (json_is_null(value))
            json_object_del(reasons, here);
        else if (json_is_object(value) && (wrong = match_nulls(value, here, reasons)) != NULL)
            return wrong;
    }
    return NULL;
}

static const char *check_nulls(const json_t *record)
{
    json_t *reasons = json_copy(json_object_get(record, "missing"));
    if (!json_is_object(reasons))
        return fault("there is no object 'missing'");
    const char *wrong = match_nulls(record, "", reasons);
    if (wrong == NULL && json_object_size(reasons) > 0)
        wrong = fault("%s has a reason and is not null",
                      json_object_iter_key(json_object_iter(reasons)));
    json_decref(reasons);
    return wrong;
}

/* ---- Quantiles and histograms. ---- */

static const struct {
    const char *key;
    double share;
} quantiles[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99_9", 0.999}, {"max", 1}};
enum { QUANTILES = sizeof quantiles / sizeof quantiles[0] };

static double quantile_of(const json_t *all, int at)
{
    return json_number_value(json_object_get(all, quantiles[at].key));
}

static const char *check_histogram(const json_t *record, const char *key, const json_t *all)
{
    const json_t *list = json_object_get(json_object_get(record, "histograms"), key);
    if (!json_is_array(list))
        return fault("there is no histogram of %s", key);
    struct histogram histogram = {0};
    json_int_t total = 0, before = -1;
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_int_t upper = json_integer_value(json_array_get(json_array_get(list, i), 0));
        json_int_t count = json_integer_value(json_array_get(json_array_get(list, i), 1));
        uint32_t bucket = histogram_bucket((uint64_t)upper);
        if (upper <= before || histogram_upper_ns(bucket) != (uint64_t)upper || count <= 0)
            return fault("%s: [%lld, %lld] is no bucket, or out of order", key, upper, count);
        histogram.counts[bucket] += (uint64_t)count;
        total += count;
        before = upper;
    }
    if (total != json_integer_value(json_object_get(all, "count")))
        return fault("%s: its histogram counts %lld", key, total);
    for (int i = 0; i < QUANTILES && total > 0; i++) {
        double exact_ns = quantile_of(all, i) * 1e9;
        double told_ns = histogram_quantile_ns(&histogram, quantiles[i].share);
        if (told_ns < exact_ns * (1 - 1e-8) || told_ns > exact_ns * (1 + 1.0 / 16 + 1e-8))
            return fault("%s: %s is %.0f ns, by the histogram %.0f", key, quantiles[i].key,
                         exact_ns, told_ns);
    }
    return NULL;
}

static const char *check_latencies(const json_t *record)
{
    const json_t *latency = json_object_get(record, "latency_s");
    const json_t *intended = json_object_get(record, "latency_intended_s");
    const char *wrong = check_histogram(record, "latency", latency);
    if (wrong == NULL)
        wrong = check_histogram(record, "latency_intended", intended);
    for (int i = 0; i < QUANTILES && wrong == NULL && json_is_object(latency); i++) {
        if (i > 0 && (quantile_of(latency, i) < quantile_of(latency, i - 1) ||
                      quantile_of(intended, i) < quantile_of(intended, i - 1)))
            wrong = fault("%s is below %s", quantiles[i].key, quantiles[i - 1].key);
        else if (quantile_of(latency, i) > quantile_of(intended, i))
            wrong = fault("%s is %.9f s from the first step, but %.9f s from before it",
                          quantiles[i].key, quantile_of(latency, i), quantile_of(intended, i));
    }
    return wrong;
}

const char *record_fault(const json_t *record)
{
    if (json_integer_value(json_object_get(record, "schema_version")) != 3)
        return fault("its version is another");
    const char *wrong = check_nulls(record);
    return wrong != NULL ? wrong : check_latencies(record);
}
