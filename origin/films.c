/* The movie pages, written out of the built-in list. */
#include "origin/films.h"

#include <stdbool.h>
#include <string.h>

enum { FILMS_MAX = 64 };

/* The list, as the build has put it here. */
extern const char builtin_films[];

struct film {
    char path[64];
    char date[32];
    char poster[128];
    char name[128];
};

static struct film films[FILMS_MAX];
static size_t count;

/* Once: "PATH DATE POSTER NAME", # begins a comment. */
static void read_films(void)
{
    for (const char *line = builtin_films; *line != 0 && count < FILMS_MAX;) {
        size_t length = strcspn(line, "\n");
        struct film *film = &films[count];
        if (*line == '/' && sscanf(line, "%63s %31s %127s %127[^\n]", film->path, film->date,
                                   film->poster, film->name) == 4)
            count++;
        line += length + (line[length] == '\n');
    }
}

size_t films_count(void)
{
    if (count == 0)
        read_films();
    return count;
}

const char *films_path(size_t at)
{
    return films[at].path;
}

/* ---- Pages. ---- */

static void write_text(FILE *file, const char *text)
{
    for (; *text != 0; text++) {
        switch (*text) {
        case '&': fputs("&amp;", file); break;
        case '<': fputs("&lt;", file); break;
        case '>': fputs("&gt;", file); break;
        case '"': fputs("&quot;", file); break;
        default: fputc(*text, file);
        }
    }
}

static void write_head(FILE *file, const char *base, const char *title)
{
    fprintf(file,
            "<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n"
            "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\">\n<title>");
    write_text(file, title);
    fprintf(file,
            "</title>\n<script>var item = '<div class=\"item\">';</script>\n</head>\n<body>\n"
            "<div id=\"db-global-nav\"><ul><li><a href=\"%s/\">首页</a></li>"
            "<li><a href=\"%s/chart\">排行榜</a></li></ul></div>\n<div id=\"content\">\n",
            base, base);
}

/* Comments of viewers, as many as fill the page. */
static void write_tail(FILE *file, const char *base, size_t filler)
{
    fprintf(file, "<div id=\"comments\">\n");
    for (size_t written = 0, i = 0; written < filler; i++) {
        int bytes =
            fprintf(file,
                    "<div class=\"comment-item\" data-cid=\"%zu\"><h3><a href=\"%s/people/%zu/\">"
                    "viewer %zu</a><span class=\"rating\">%zu</span></h3>"
                    "<p>Seen it. &quot;Good&quot; &amp; long; <b>again</b> &hellip;</p></div>\n",
                    i, base, i, i, i % 5 + 1);
        if (bytes <= 0)
            break;
        written += (size_t)bytes;
    }
    fprintf(file,
            "</div>\n</div>\n<div class=\"footer\"><a href=\"%s/about\">about</a></div>\n"
            "</body>\n</html>\n",
            base);
}

static void write_item(FILE *file, const char *base, size_t at)
{
    const struct film *film = &films[at];
    fprintf(file,
            "<div class=\"item mod%s\">\n  <a class=\"thumb\" href=\"%s%s\"><img src=\"%s\" "
            "alt=\"\"></a>\n  <div class=\"intro\">\n    <h3><a href=\"%s%s\">",
            at % 2 == 0 ? " odd" : "", base, film->path, film->poster, base, film->path);
    write_text(file, film->name);
    fprintf(file,
            "</a></h3>\n    <ul>\n      <li class=\"dt\">%s</li>\n"
            "      <li class=\"dt\">剧情</li>\n      <li class=\"dt\">中国大陆</li>\n"
            "      <li class=\"dt last\"><span>%zu人想看</span></li>\n    </ul>\n"
            "    <ul>\n      <li><a class=\"trailer_icon\" href=\"%s%strailer\">预告片</a></li>\n"
            "    </ul>\n  </div>\n</div>\n",
            film->date, 1000 + at * 37, base, film->path);
}

void films_write_listing(FILE *file, const char *base, size_t filler)
{
    write_head(file, base, "即将上映的电影");
    /* What is on now has items too, which are not meant. */
    fprintf(file, "<div id=\"hot-soon\" class=\"tab-bd\">\n");
    write_item(file, base, 0);
    fprintf(file, "</div>\n<div id=\"showing-soon\" class=\"tab-bd\">\n");
    for (size_t i = 0; i < films_count(); i++)
        write_item(file, base, i);
    fprintf(file, "</div>\n");
    write_tail(file, base, filler);
}

void films_write_detail(FILE *file, const char *base, size_t at, size_t filler)
{
    const struct film *film = &films[at];
    write_head(file, base, film->name);
    fprintf(file, "<h1><span property=\"v:itemreviewed\">");
    write_text(file, film->name);
    fprintf(file,
            "</span></h1>\n<div id=\"mainpic\"><a class=\"nbgnbg\" href=\"%s%sphotos\">"
            "<img src=\"%s\" title=\"点击看更多海报\" alt=\"\" rel=\"v:image\"></a></div>\n"
            "<img src=\"%s/pics/rating.png\" alt=\"\">\n",
            base, film->path, film->poster, base);
    write_tail(file, base, filler);
}

void films_write_lines(FILE *file)
{
    for (size_t i = 0; i < films_count(); i++)
        fprintf(file, "%s %s %s\n", films[i].name, films[i].date, films[i].poster);
}
