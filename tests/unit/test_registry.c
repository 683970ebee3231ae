/* The registered models' tables: what every one of them must say of itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/registry.h"

static uint32_t colour_of(const struct model_entry *entry)
{
    return entry->model != NULL ? entry->model->colour : entry->colour;
}

/* The greatest difference of two colours in red, green or blue. */
static int distance(uint32_t a, uint32_t b)
{
    int most = 0;
    for (int shift = 0; shift < 24; shift += 8) {
        int apart = abs((int)(a >> shift & 255) - (int)(b >> shift & 255));
        most = apart > most ? apart : most;
    }
    return most;
}

/* What a model simulates is no measurement, and no bar among theirs. */
static bool is_measured(const struct model_entry *entry)
{
    return entry->model == NULL || !entry->model->simulated;
}

/* Black is who is not known. */
static void test_colours(void **state)
{
    (void)state;
    for (const struct model_entry *one = model_registry; one->name != NULL; one++) {
        if (!is_measured(one))
            continue;
        if (distance(colour_of(one), 0x000000) < 64 || distance(colour_of(one), 0xffffff) < 48)
            fail_msg("%s has no colour, or one that is not seen", one->name);
        for (const struct model_entry *two = one + 1; two->name != NULL; two++)
            if (is_measured(two) && distance(colour_of(one), colour_of(two)) < 48)
                fail_msg("%s and %s have the same colour, or nearly", one->name, two->name);
    }
}

static void test_entries(void **state)
{
    (void)state;
    for (const struct model_entry *entry = model_registry; entry->name != NULL; entry++) {
        char why[200];
        assert_ptr_equal(model_find(entry->name), entry);
        assert_true((entry->model == NULL) == (entry->missing != NULL));
        if (entry->model == NULL)
            assert_string_equal(model_unavailable(entry, why, sizeof why), entry->missing);
        else
            assert_true(entry->model->summary != NULL && entry->model->run != NULL);
    }
    assert_null(model_find("nobody"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_colours),
        cmocka_unit_test(test_entries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
