/* Command lines, drawn. */
#include "tests/seeds/lines.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"

/* ---- What there is to draw from. ---- */

const char line_sites[] = "http://one.test/             5  700\n"
                          "http://one.test/empty        1  0\n"
                          "https://one.test/secure      3  2000 chunked\n"
                          "http://two.test/             0  3000 chunked\n"
                          "http://two.test/close        7  900 close-delimited\n"
                          "http://two.test/moved        2  10 redirect=http://one.test/\n"
                          "http://two.test/round        1  10 redirect=http://two.test/round\n"
                          "http://two.test/drip         2  20 drip=3\n"
                          "http://two.test/none         1  40 status=404\n"
                          "http://bad.test/silent       0  50 fault=silent\n"
                          "http://bad.test/stalled      1  50 fault=stalled\n"
                          "http://bad.test/closed       1  50 fault=close\n"
                          "http://bad.test/cut          1  500 fault=cut\n"
                          "http://bad.test/reset        1  500 fault=reset\n"
                          "http://bad.test/no-last      1  500 fault=no-last-chunk\n"
                          "http://bad.test/bad-chunk    1  500 fault=bad-chunk\n"
                          "http://bad.test/both-lengths 1  500 fault=both-lengths\n"
                          "http://bad.test/two-lengths  1  500 fault=two-lengths\n"
                          "http://bad.test/folded       1  500 fault=folded-header\n"
                          "http://bad.test/not-http     1  500 fault=not-http\n"
                          "http://bad.test/upgrade      1  500 fault=upgrade\n"
                          "http://bad.test/surplus      1  500 fault=surplus\n"
                          "http://bad.test/headers      1  500 fault=endless-headers\n"
                          "http://bad.test/header       1  500 fault=endless-header\n"
                          "http://bad.test/continue     1  500 fault=endless-continue\n"
                          "http://bad.test/body         1  500 fault=endless-body\n"
                          "http://bad.test/chunk-line   1  500 fault=endless-chunk-line\n"
                          "http://films.test/later/     3  100 films\n"
                          "https://films.test/secure/   0  400 films chunked\n";

static const char *const good_urls[] = {
    "http://one.test/", "http://one.test/empty", "https://one.test/secure",
    "http://two.test/", "http://two.test/close", "http://two.test/moved",
};

static const char *const bad_urls[] = {
    "http://two.test/round",        "http://two.test/drip",        "http://two.test/none",
    "http://one.test/not-there",    "http://nowhere.test/",        "http://bad.test/silent",
    "http://bad.test/stalled",      "http://bad.test/closed",      "http://bad.test/cut",
    "http://bad.test/reset",        "http://bad.test/no-last",     "http://bad.test/bad-chunk",
    "http://bad.test/both-lengths", "http://bad.test/two-lengths", "http://bad.test/folded",
    "http://bad.test/not-http",     "http://bad.test/upgrade",     "http://bad.test/surplus",
    "http://bad.test/headers",      "http://bad.test/header",      "http://bad.test/continue",
    "http://bad.test/body",         "http://bad.test/chunk-line",
};

/* a|b: one of them. 2..9: one of those numbers. @: one of the URLs. A word behind ? is left out
 * half of the time; of an option, with its value. */
#define FETCHES                                                                                    \
    "--max-filesize 5000|100000 ?--connect-timeout 1ms|50ms|1 ?--idle-timeout 1ms|50ms|1 "         \
    "?--max-time 5ms|100ms|2 ?--width 1..4 "
static const struct {
    const char *workload;
    const char *words;
} patterns[] = {
    {"noop", "--tasks 1..30 ?--width 1..8"},
    {"crawl", "--unit 1us|1ms|10ms ?--width 1..5 url_3 url_0 ?url_7 url_1 ?url_2"},
    {"crawl", "--tasks 1..20 --waits equal|heavy-tailed ?--width 1..6 ?--blocking"},
    {"order", "?--unit 1us|1s --runs 1..4"},
    {"gather", "?--unit 1us|1s ?--return-exceptions"},
    {"queue", "--unit 0|1us|10ms --producers 1..3 --consumers 1..3 --items 1..12 --capacity 1..4"},
    {"queue", "--unit 0|0|1us|10ms --producers 1..4 --consumers 1..3 --items 1..20 "
              "--capacity 4..6 --batch 2..4"},
    /* The last batch finds room where the others do not. */
    {"queue", "--unit 1us|1ms --producers 2..6 --consumers 1..2 --items 7|11|15 --capacity 6 "
              "--batch 4..5"},
    {"queue", "--unit 1us|1ms --producers 2..6 --consumers 1..2 --items 4|7|10 --capacity 4..5 "
              "--batch 3"},
    {"race", "--increments 1..12 --tasks 2..4"},
    {"race", "--increments 1..30 --ways lock|yield,lock|atomic,yield ?--memory private|shared"},
    {"switch", "--handoffs 2..20 --spawns 0..12"},
    {"squares", "?--width 1..3 ?--tasks 1..9 0..100 1..1000 ?1..5000 ?7"},
    {"download", FETCHES "?--requests-per-connection 1..4 ?--tasks 1..8 ?--max-redirs 0..2 "
                         "@ ?@ ?@ ?@ ?! ?!"},
    {"movies", FETCHES "--films 1..6 ?--parse-cost 1..2 "
                       "http://films.test/later/|http://films.test/later/|"
                       "https://films.test/secure/|http://one.test/"},
};
enum { PATTERNS = sizeof patterns / sizeof patterns[0] };

/* ---- Drawing. ---- */

void draw_begin(struct draw *draw, uint64_t seed)
{
    *draw = (struct draw){.seed = random_at(~seed, 0)};
}

uint64_t draw_below(struct draw *draw, uint64_t count)
{
    return random_at(draw->seed, draw->drawn++) % count;
}

static void append(struct line *line, const char *word)
{
    if (line->argc == LINE_WORDS || strlen(word) >= LINE_WORD_BYTES) {
        fprintf(stderr, "a command line of a seed is too long: '%s'\n", word);
        abort();
    }
    line->argv[line->argc] = strcpy(line->words[line->argc], word);
    line->argv[++line->argc] = NULL;
}

static const char *choose(char *word, struct draw *draw)
{
    uint64_t count = 1;
    for (const char *at = word; *at != 0; at++)
        count += *at == '|';
    char *rest = word;
    for (uint64_t skip = draw_below(draw, count); skip > 0; skip--)
        strsep(&rest, "|");
    return strsep(&rest, "|");
}

static void append_drawn(struct line *line, char *word, struct draw *draw)
{
    char *range = strstr(word, ".."), number[24];
    if (strcmp(word, "@") == 0) {
        append(line, good_urls[draw_below(draw, sizeof good_urls / sizeof good_urls[0])]);
    } else if (strcmp(word, "!") == 0) {
        append(line, bad_urls[draw_below(draw, sizeof bad_urls / sizeof bad_urls[0])]);
    } else if (range != NULL && isdigit((unsigned char)*word)) {
        uint64_t least = strtoull(word, NULL, 10), most = strtoull(range + 2, NULL, 10);
        snprintf(number, sizeof number, "%llu",
                 (unsigned long long)(least + draw_below(draw, most - least + 1)));
        append(line, number);
    } else {
        append(line, choose(word, draw));
    }
}

static void append_pattern(struct line *line, const char *pattern, struct draw *draw)
{
    char words[400], *rest = words;
    bool value_is_out = false;
    snprintf(words, sizeof words, "%s", pattern);
    for (char *word; (word = strsep(&rest, " ")) != NULL;) {
        bool is_value = isalnum((unsigned char)*word), maybe = *word == '?';
        bool out = maybe ? draw_below(draw, 2) == 0 : is_value && value_is_out;
        value_is_out = out && maybe && word[1] == '-';
        if (!out && *word != 0)
            append_drawn(line, word + maybe, draw);
    }
}

/* The `at`th of a workload's patterns, going round; NULL: it has none. */
static const char *pattern_of(const char *workload, uint64_t at)
{
    const char *own[PATTERNS];
    size_t count = 0;
    for (size_t i = 0; i < PATTERNS; i++)
        if (strcmp(patterns[i].workload, workload) == 0)
            own[count++] = patterns[i].words;
    return count > 0 ? own[at % count] : NULL;
}

/* Mostly none; else every order of magnitude as often as any other, up to a second. */
static void append_time(struct line *line, const char *option, struct draw *draw)
{
    char value[24];
    if (draw_below(draw, 8) != 0)
        return;
    snprintf(value, sizeof value, "%lluus", 1ULL << draw_below(draw, 21));
    append(line, option);
    append(line, value);
}

void line_draw(struct line *line, const struct workload_entry *workload, uint64_t seed,
               struct draw *draw)
{
    char number[24];
    const char *pattern = pattern_of(workload->name, draw_below(draw, PATTERNS));
    line->argc = 0;
    append(line, workload->name);
    append_pattern(line, "-m sim --seed", draw);
    snprintf(number, sizeof number, "%llu", (unsigned long long)seed);
    append(line, number);
    append_time(line, "--deadline", draw);
    if (workload->workload->root_step == NULL)
        append_time(line, "--interarrival", draw);
    if (pattern == NULL && workload->workload->sized)
        pattern = "?--tasks 1..20";
    if (pattern != NULL)
        append_pattern(line, pattern, draw);
}

void line_text(const struct line *line, char *text, size_t size)
{
    size_t used = 0;
    text[0] = 0;
    for (int i = 0; i < line->argc && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", i > 0 ? " " : "", line->argv[i]);
}
