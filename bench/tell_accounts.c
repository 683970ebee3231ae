/* The table of where the tasks' time went. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/tell.h"

/* A column that is below this in all rows is left out. */
#define SHOWN_SHARE 0.0005

static const char *const heads[ACCOUNT_PARTS] = {
    "CPU", "user", "system", "peer", "asleep", "tasks", "turn", "start-up", "unexplained"};

struct row {
    const struct cell_model *model;
    const struct arm_account *account; /* NULL: none */
    char why[ACCOUNT_WHY_BYTES];
};

struct table {
    struct row rows[SAMPLE_ARMS_MAX];
    size_t count;
    bool any; /* a row has an account, or a reason of its own launch's */
    bool shown[ACCOUNT_PARTS];
};

static void add_row(struct table *table, const struct cell *cell, size_t at)
{
    struct row *row = &table->rows[table->count];
    const struct sample_arm *arm = &cell->sample->arms[at];
    if (arm->not_applicable != NULL || arm->failure != NULL || arm->model[0] == 0)
        return; /* what there is to say of it was said, or it is no model */
    row->model = &cell->models[at];
    row->account = account_of(cell->sample, at, row->why);
    table->any |= arm->account.told;
    table->count++;
}

/* In the order of the figures. */
static void fill_rows(struct table *table, const struct cell *cell)
{
    size_t order[SAMPLE_ARMS_MAX], count = cell_sorted(cell, order);
    for (size_t i = 0; i < count; i++)
        add_row(table, cell, order[i]);
    for (size_t i = 0; i < cell->count; i++)
        if (!cell_has_figure(&cell->models[i]))
            add_row(table, cell, i);
}

/* User and system stand for the CPU where all rows have them. */
static void choose_columns(struct table *table)
{
    bool apart = true;
    for (size_t i = 0; i < table->count; i++) {
        const struct arm_account *account = table->rows[i].account;
        for (int part = 0; account != NULL && part < ACCOUNT_PARTS; part++) {
            double share = account_share(account, (enum account_part)part);
            table->shown[part] |= fabs(share) >= SHOWN_SHARE;
        }
        apart &= account == NULL || (isfinite(account->seconds[ACCOUNT_USER]) &&
                                     isfinite(account->seconds[ACCOUNT_SYSTEM]));
    }
    table->shown[apart ? ACCOUNT_CPU : ACCOUNT_USER] = false;
    table->shown[apart ? ACCOUNT_CPU : ACCOUNT_SYSTEM] = false;
    table->shown[ACCOUNT_RESIDUAL] = true;
}

/* In per cent; what is as good as none has no sign. */
static double percent(const struct arm_account *account, int part)
{
    double value = account_share(account, (enum account_part)part) * 100;
    return fabs(value) < 0.005 ? 0 : value;
}

static int width_of(int part)
{
    int length = (int)strlen(heads[part]);
    return length > 8 ? length : 8;
}

static void tell_row(const struct table *table, const struct row *row, int width,
                     const struct tone *tone, FILE *out)
{
    const struct arm_account *account = row->account;
    char life[32];
    const char *unit;
    if (account == NULL) {
        fprintf(out, "  %-*s no account: %s\n", width, row->model->name, row->why);
        return;
    }
    bool marked = account_unexplained(account);
    number_show(account->life_s * metric_unit("life_s", account->life_s, &unit), life, sizeof life);
    fprintf(out, "  %s%-*s %10s %-2s", tone_paint(tone, marked ? YELLOW : ""), width,
            row->model->name, life, unit);
    for (int part = 0; part < ACCOUNT_PARTS; part++)
        if (table->shown[part])
            fprintf(out, " %*.2f", width_of(part), percent(account, part));
    if (marked)
        fprintf(out, "  over %g %%", ACCOUNT_UNEXPLAINED_MAX * 100);
    fprintf(out, "%s\n", tone_paint(tone, marked ? PLAIN : ""));
}

void tell_accounts(const struct cell *cell, const struct tone *tone, FILE *out)
{
    struct table table = {.count = 0};
    int width = tell_name_width(cell);
    fill_rows(&table, cell);
    if (!table.any)
        return;
    choose_columns(&table);
    fprintf(out, "\n  Where the tasks' time went, in per cent of their lives: sums over all tasks "
                 "(1000 that wait\n  50 ms each are 50 s), of one launch with --account that is "
                 "none of the timed ones\n");
    fprintf(out, "  %-*s %10s   ", width, "", "lives");
    for (int part = 0; part < ACCOUNT_PARTS; part++)
        if (table.shown[part])
            fprintf(out, " %*s", width_of(part), heads[part]);
    fprintf(out, "\n");
    for (size_t i = 0; i < table.count; i++)
        tell_row(&table, &table.rows[i], width, tone, out);
}
