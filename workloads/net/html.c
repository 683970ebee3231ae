/* Pages, by libxml2. The tree is walked without recursion: its depth is the page's choice. */
#include "workloads/net/html.h"

#include <errno.h>
#include <libxml/HTMLparser.h>
#include <stdlib.h>
#include <string.h>

void html_begin(void)
{
    xmlInitParser();
}

/* ---- Shortages of memory: many of libxml2's functions have no other sign of one. ---- */

#if LIBXML_VERSION >= 21200
typedef const xmlError told_error;
#else
typedef xmlError told_error;
#endif

/* A parser that could not remember where it stands would go round there for ever. */
static void on_error(void *no_memory, told_error *error)
{
    if (error->code != XML_ERR_NO_MEMORY)
        return;
    *(bool *)no_memory = true;
    if (error->ctxt != NULL && error->domain == XML_FROM_PARSER)
        xmlStopParser(error->ctxt);
}

/* From here on this thread's errors are looked at, and not printed. */
static void watch_errors(bool *no_memory)
{
    *no_memory = false;
    xmlSetStructuredErrorFunc(no_memory, on_error);
}

/* What a reading came to, all in all. */
static int watched(const bool *no_memory, int rc)
{
    xmlSetStructuredErrorFunc(NULL, NULL);
    return *no_memory ? -ENOMEM : rc;
}

/* ---- The tree. ---- */

/* The parser holds each attribute of a tag against all before it, which takes minutes where a page
 * of 2 MiB is one tag; so there is a limit on how many can differ in a page, by the memory for its
 * names. The dictionary grows by 1,000, 4,000 and 16,000 bytes, and once it is above this limit no
 * more. */
enum { NAMES_BYTES_MAX = 16000 };

/* Whether there were more names than that: then one as long as the parser reads (100 bytes) finds
 * no room either. */
static bool has_too_many_names(xmlDictPtr names)
{
    static const xmlChar probe[] =
        "................................................................"
        "................................................................";
    return xmlDictGetUsage(names) > NAMES_BYTES_MAX && /* else memory was short */
           xmlDictLookup(names, probe, sizeof probe - 1) == NULL;
}

static int parse(const char *page, size_t length, htmlDocPtr *out)
{
    *out = NULL;
    if (length > HTML_BYTES_MAX)
        return -EFBIG;
    htmlParserCtxtPtr context = htmlNewParserCtxt();
    if (context == NULL)
        return -ENOMEM;
    xmlDictSetLimit(context->dict, NAMES_BYTES_MAX);
    htmlDocPtr document =
        htmlCtxtReadMemory(context, page, (int)length, NULL, "UTF-8",
                           HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                               HTML_PARSE_NONET | HTML_PARSE_COMPACT);
    /* Beyond its limit of depth it stops and leaves half a tree, which is not to be taken for one.
     */
    int error = context->errNo;
    bool too_many = has_too_many_names(context->dict);
    htmlFreeParserCtxt(context);
    int rc = error == XML_ERR_INTERNAL_ERROR || too_many ? -EFBIG
             : error == XML_ERR_NO_MEMORY                ? -ENOMEM
             : document == NULL                          ? -EBADMSG
                                                         : 0;
    if (rc == 0)
        *out = document;
    else
        xmlFreeDoc(document);
    return rc;
}

/* The node behind this one in the document's order, within `top`; NULL at the end. */
static xmlNodePtr next_node(xmlNodePtr node, const xmlNode *top)
{
    if (node->children != NULL && node->type == XML_ELEMENT_NODE)
        return node->children;
    while (node != top && node->next == NULL)
        node = node->parent;
    return node != top ? node->next : NULL;
}

/* The node behind all that is in this one. */
static xmlNodePtr node_after(xmlNodePtr node, const xmlNode *top)
{
    while (node != top && node->next == NULL)
        node = node->parent;
    return node != top ? node->next : NULL;
}

static bool is_element(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && strcasecmp((const char *)node->name, name) == 0;
}

/* Whether a word stands in an attribute, as classes do. */
static bool has_word(xmlNodePtr node, const char *attribute, const char *word)
{
    xmlChar *value = xmlGetProp(node, (const xmlChar *)attribute);
    bool found = false;
    size_t length = strlen(word);
    for (const char *at = (const char *)value; at != NULL && *at != 0 && !found;) {
        at += strspn(at, " \t\r\n\f");
        size_t size = strcspn(at, " \t\r\n\f");
        found = size == length && strncmp(at, word, length) == 0;
        at += size;
    }
    xmlFree(value);
    return found;
}

/* ---- A listing. ---- */

/* What an item has of interest; owned. */
struct item {
    xmlChar *name, *date, *href;
};

static char *trim(xmlChar *text)
{
    char *from = (char *)text;
    from += strspn(from, " \t\r\n\f");
    size_t length = strlen(from);
    while (length > 0 && strchr(" \t\r\n\f", from[length - 1]) != NULL)
        length--;
    from[length] = 0;
    return from;
}

static void read_item(xmlNodePtr top, struct item *item)
{
    int links = 0;
    for (xmlNodePtr node = next_node(top, top); node != NULL; node = next_node(node, top)) {
        if (is_element(node, "a") && ++links == 2) {
            item->name = xmlNodeGetContent(node);
            item->href = xmlGetProp(node, (const xmlChar *)"href");
        } else if (is_element(node, "li") && item->date == NULL) {
            item->date = xmlNodeGetContent(node);
        }
    }
}

/* False, with *rc, when the reading is over. */
static bool tell_item(xmlNodePtr node, html_film_fn *found, void *sink, int *rc)
{
    struct item item = {0};
    read_item(node, &item);
    bool whole = item.name != NULL && item.date != NULL && item.href != NULL;
    bool more = whole && found(sink, trim(item.name), trim(item.date), trim(item.href));
    *rc = whole ? *rc + 1 : -EBADMSG;
    xmlFree(item.name);
    xmlFree(item.date);
    xmlFree(item.href);
    return more;
}

static xmlNodePtr find_showing_soon(xmlNodePtr top)
{
    for (xmlNodePtr node = top; node != NULL; node = next_node(node, top))
        if (is_element(node, "div") && has_word(node, "id", "showing-soon"))
            return node;
    return NULL;
}

static int read_listing(const char *page, size_t length, html_film_fn *found, void *sink)
{
    htmlDocPtr document;
    int rc = parse(page, length, &document);
    if (rc != 0)
        return rc;
    xmlNodePtr root = xmlDocGetRootElement(document);
    xmlNodePtr top = root != NULL ? find_showing_soon(root) : NULL;
    rc = top != NULL ? 0 : -EBADMSG;
    for (xmlNodePtr node = top != NULL ? next_node(top, top) : NULL; node != NULL;) {
        bool is_item = is_element(node, "div") && has_word(node, "class", "item");
        if (is_item && !tell_item(node, found, sink, &rc))
            break;
        node = is_item ? node_after(node, top) : next_node(node, top);
    }
    xmlFreeDoc(document);
    return rc;
}

int html_read_listing(const char *page, size_t length, html_film_fn *found, void *sink)
{
    bool no_memory;
    watch_errors(&no_memory);
    int rc = read_listing(page, length, found, sink);
    return watched(&no_memory, rc);
}

/* ---- A detail page. ---- */

static int copy_address(xmlNodePtr image, char *address, size_t size)
{
    xmlChar *source = xmlGetProp(image, (const xmlChar *)"src");
    int rc = source == NULL ? -EBADMSG : strlen((char *)source) >= size ? -EFBIG : 0;
    if (rc == 0)
        strcpy(address, trim(source));
    xmlFree(source);
    return rc;
}

static int first_image(const char *page, size_t length, char *address, size_t size)
{
    htmlDocPtr document;
    int rc = parse(page, length, &document);
    if (rc != 0)
        return rc;
    rc = -EBADMSG;
    xmlNodePtr top = xmlDocGetRootElement(document);
    for (xmlNodePtr node = top; node != NULL; node = next_node(node, top)) {
        if (is_element(node, "img")) {
            rc = copy_address(node, address, size);
            break;
        }
    }
    xmlFreeDoc(document);
    return rc;
}

int html_first_image(const char *page, size_t length, char *address, size_t size)
{
    bool no_memory;
    watch_errors(&no_memory);
    int rc = first_image(page, length, address, size);
    return watched(&no_memory, rc);
}
