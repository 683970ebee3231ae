/*
 * origin: a web of its own on the loopback address. It serves the sites of a file under their real
 * names over HTTP and HTTPS, with the latency, the size and the faults that the file gives each, on
 * ephemeral ports. In its directory it leaves what clients need: ca.pem (the throw-away authority),
 * connect-to (where each host is), sites (the URLs), films (what the movie pages tell, where there
 * are some), served (the sites file) and manifest (length and SHA-256 of each body). When all is
 * there it prints "ready DIRECTORY". It ends, and takes the directory's files with it, on SIGTERM,
 * SIGINT or with its parent.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/address.h"
#include "core/number.h"
#include "core/standard.h"
#include "origin/certificates.h"
#include "origin/films.h"
#include "origin/server.h"
#include "origin/traps.h"

static const char *const file_names[] = {"ca.pem", "connect-to", "sites",
                                         "films",  "served",     "manifest"};
enum { CA, CONNECT_TO, SITES, FILMS, SERVED, MANIFEST, FILES };
enum { TICKETS_MAX = 16 };

struct origin {
    struct sites sites;
    struct certificates *certificates;
    struct server server;
    struct traps traps; /* where the file has such faults */
    const char *sites_path;
    uint64_t tickets; /* behind each full TLS handshake */
    char *directory;
    bool made_directory;
    struct problem problem;
};

/* ---- The directory. ---- */

/* What lies there is somebody's: it would be overwritten now and removed at the end. */
static int refuse_files(struct origin *origin)
{
    char path[4200];
    for (int i = 0; i < FILES; i++) {
        snprintf(path, sizeof path, "%s/%s", origin->directory, file_names[i]);
        if (access(path, F_OK) != 0)
            continue;
        problem_set(&origin->problem, STATUS_USAGE,
                    "'%s' is there already; name a directory without it, or remove it", path);
        free(origin->directory);
        origin->directory = NULL; /* nothing in it is to be removed */
        return STATUS_USAGE;
    }
    return 0;
}

static int make_directory(struct origin *origin)
{
    if (origin->directory == NULL) {
        const char *parent = getenv("TMPDIR");
        char *template = NULL;
        if (asprintf(&template, "%s/crossover-origin-XXXXXX", parent != NULL ? parent : "/tmp") < 0)
            return problem_no_memory(&origin->problem);
        origin->directory = mkdtemp(template);
        origin->made_directory = origin->directory != NULL;
        if (origin->directory != NULL)
            return 0;
        problem_set(&origin->problem, STATUS_OUTPUT, "no directory like %s could be made: %s",
                    template, strerror(errno));
        free(template);
        return STATUS_OUTPUT;
    }
    origin->made_directory = mkdir(origin->directory, 0700) == 0;
    if (origin->made_directory)
        return 0;
    if (errno == EEXIST)
        return refuse_files(origin);
    return problem_set(&origin->problem, STATUS_OUTPUT, "the directory '%s' cannot be made: %s",
                       origin->directory, strerror(errno));
}

static void remove_directory(const struct origin *origin)
{
    char path[4200];
    for (int i = 0; i < FILES && origin->directory != NULL; i++) {
        snprintf(path, sizeof path, "%s/%s", origin->directory, file_names[i]);
        unlink(path);
    }
    if (origin->made_directory)
        rmdir(origin->directory);
}

/* ---- Its files. ---- */

static uint16_t port_of(const struct origin *origin, const struct site *site)
{
    if (site->fault != NULL && site->fault->stage == FAULT_CONNECT)
        return origin->traps.ports[site->fault->trap];
    return origin->server.ports[site->url.tls];
}

static bool write_connect_to(const struct origin *origin, FILE *file)
{
    for (size_t i = 0; i < origin->sites.count; i++) {
        const struct url *url = &origin->sites.all[i].url;
        if (origin->sites.all[i].page == PAGE_FILM) /* on its listing's host */
            continue;
        const char *open = url->has_colon ? "[" : "", *shut = url->has_colon ? "]" : "";
        fprintf(file, "%s%s%s:%u:%s:%u\n", open, url->host, shut, url->port, origin->server.address,
                port_of(origin, &origin->sites.all[i]));
    }
    return true;
}

static bool write_sites(const struct origin *origin, FILE *file)
{
    for (size_t i = 0; i < origin->sites.count; i++)
        if (origin->sites.all[i].page == PAGE_TEXT)
            fprintf(file, "%s\n", origin->sites.all[i].text);
    return true;
}

static bool has_films(const struct origin *origin)
{
    for (size_t i = 0; i < origin->sites.count; i++)
        if (origin->sites.all[i].page != PAGE_TEXT)
            return true;
    return false;
}

static bool write_one(const struct origin *origin, int which, FILE *file)
{
    switch (which) {
    case CA:
        return origin->certificates == NULL || certificates_write_ca(origin->certificates, file);
    case CONNECT_TO: return write_connect_to(origin, file);
    case SITES: return write_sites(origin, file);
    case FILMS: films_write_lines(file); return true;
    case SERVED: sites_write_lines(&origin->sites, file); return true;
    default: return sites_write_manifest(&origin->sites, file);
    }
}

static int write_files(struct origin *origin)
{
    for (int i = 0; i < FILES; i++) {
        char path[4200];
        if ((i == CA && origin->certificates == NULL) || (i == FILMS && !has_films(origin)))
            continue;
        snprintf(path, sizeof path, "%s/%s", origin->directory, file_names[i]);
        FILE *file = fopen(path, "w");
        bool good = file != NULL && write_one(origin, i, file) && fflush(file) == 0;
        int error = errno;
        if (file != NULL)
            fclose(file);
        if (!good)
            return problem_set(&origin->problem, STATUS_OUTPUT, "'%s' could not be written: %s",
                               path, strerror(error));
    }
    return 0;
}

/* ---- TLS. ---- */

static int set_up_tls(struct origin *origin)
{
    const char **hosts = calloc(origin->sites.count, sizeof *hosts);
    size_t count = 0;
    if (hosts == NULL)
        return problem_no_memory(&origin->problem);
    for (size_t i = 0; i < origin->sites.count; i++) {
        const struct url *url = &origin->sites.all[i].url;
        bool known = !url->tls;
        for (size_t j = 0; j < count && !known; j++)
            known = strcmp(hosts[j], url->host) == 0;
        if (!known)
            hosts[count++] = url->host;
    }
    int status = 0;
    if (count > 0) {
        origin->certificates = certificates_make(hosts, count, &origin->problem);
        SSL_CTX *context = origin->certificates != NULL
                               ? certificates_context(origin->certificates, (size_t)origin->tickets)
                               : NULL;
        origin->server.tls = context != NULL ? tls_context_of_server(context) : NULL;
        if (origin->certificates == NULL)
            status = (int)origin->problem.status;
        else if (origin->server.tls == NULL)
            status = problem_no_memory(&origin->problem);
    }
    for (size_t i = 0; i < count && status == 0; i++) {
        const char *path = sites_certificate(&origin->sites, hosts[i]);
        bool fails = sites_handshake_fault(&origin->sites, hosts[i]) != NULL;
        if (path != NULL || fails)
            status = certificates_replace(origin->certificates, hosts[i], fails ? NULL : path,
                                          &origin->problem);
    }
    free(hosts);
    return status;
}

/* ---- Faults. ---- */

/* Not by address_reach(): to listen on 0.0.0.0 is to listen on every address. */
static bool is_loopback(const char *text)
{
    struct address address;
    return address_parse(text, 0, &address) && address.bytes[0] == 127;
}

/* They are for tests on this machine, not for those who reach us from elsewhere. */
static int set_up_faults(struct origin *origin)
{
    bool traps = false;
    for (size_t i = 0; i < origin->sites.count; i++) {
        const struct site *site = &origin->sites.all[i];
        bool faulty = site->fault != NULL || site->raw != NULL || site->drip_ms != 0 ||
                      site->certificate != NULL;
        if (faulty && !is_loopback(origin->server.address))
            return problem_set(&origin->problem, STATUS_USAGE,
                               "'%s' misbehaves, which is served on the loopback address alone: "
                               "leave out --bind or the fault",
                               site->text);
        traps |= site->fault != NULL && site->fault->stage == FAULT_CONNECT;
    }
    return traps ? traps_open(&origin->traps, &origin->problem) : 0;
}

/* ---- The command line. ---- */

static const char help[] =
    "Usage: origin [OPTION…]\n"
    "Serves the sites of a file under their real names, on the loopback address.\n\n"
    "      --sites FILE   a line a site: URL, latency in ms, bytes, and what is not plain "
    "(chunked,\n"
    "                     close-delimited, redirect=URL, status=N, films; drip=MS, fault=NAME,\n"
    "                     raw=TEXT, certificate=FILE); default: the notes' twelve sites and\n"
    "                     their movie pages\n"
    "      --faults       list the faults that a site can have, and end\n"
    "      --bind ADDR    the IPv4 address to serve on; default 127.0.0.1. Sites with faults are\n"
    "                     served on loopback addresses alone\n"
    "      --dir DIR      where ca.pem, connect-to, sites, films, served and manifest go, until\n"
    "                     the end; default: a new one in $TMPDIR or /tmp\n"
    "      --port N       of HTTP; default: any that is free\n"
    "      --tls-port N   of HTTPS; default: any that is free\n"
    "      --tls-tickets N\n"
    "                     session tickets behind each full TLS handshake, from 0 to 16, so that\n"
    "                     clients can resume; default 0: every handshake is a full one\n"
    "  -h, --help         this text\n\n"
    "It prints 'ready DIR' once it serves: download --origin DIR uses it. Ends on SIGTERM, SIGINT\n"
    "or with the process that started it. Exit status: 0 fine; 2 usage; 5 a resource is missing;\n"
    "6 a file could not be written.\n";

static int read_options(struct origin *origin, int argc, char **argv, bool *finished)
{
    static const struct option options[] = {{"sites", required_argument, NULL, 's'},
                                            {"faults", no_argument, NULL, 'f'},
                                            {"bind", required_argument, NULL, 'b'},
                                            {"dir", required_argument, NULL, 'd'},
                                            {"port", required_argument, NULL, 'p'},
                                            {"tls-port", required_argument, NULL, 't'},
                                            {"tls-tickets", required_argument, NULL, 'k'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    opterr = 0;
    origin->server.address = "127.0.0.1";
    for (int code; (code = getopt_long(argc, argv, ":h", options, NULL)) != -1;) {
        uint64_t port = 0;
        struct address address;
        switch (code) {
        case 's': origin->sites_path = optarg; break;
        case 'd': origin->directory = strdup(optarg); break;
        case 'b':
            if (!address_parse(optarg, 0, &address) || address.family != 4)
                return problem_set(&origin->problem, STATUS_USAGE,
                                   "--bind takes an IPv4 address in figures, not '%s'", optarg);
            origin->server.address = optarg;
            break;
        case 'p':
        case 't':
            if (!number_parse(optarg, 1, 65535, &port))
                return problem_set(&origin->problem, STATUS_USAGE,
                                   "a port is a number from 1 to 65535, not '%s'", optarg);
            origin->server.ports[code == 't'] = (uint16_t)port;
            break;
        case 'k':
            if (!number_parse(optarg, 0, TICKETS_MAX, &origin->tickets))
                return problem_set(&origin->problem, STATUS_USAGE,
                                   "--tls-tickets takes a whole number from 0 to %d, not '%s'",
                                   TICKETS_MAX, optarg);
            break;
        case 'f':
        case 'h':
            if (code == 'h')
                fputs(help, stdout);
            else
                fault_list(stdout);
            *finished = true;
            return standard_flush(&origin->problem) > 0 ? STATUS_OUTPUT : 0;
        default:
            return problem_set(&origin->problem, STATUS_USAGE,
                               code == ':' ? "%s needs a value; see --help"
                                           : "there is no option '%s'; see --help",
                               argv[optind - 1]);
        }
    }
    if (optind < argc)
        return problem_set(&origin->problem, STATUS_USAGE, "it takes no argument, but got '%s'",
                           argv[optind]);
    return 0;
}

/* ---- The flow. ---- */

/* Who asks a second time while the files are being removed is not to keep them from it. */
static void hold_signals(void)
{
    sigset_t held;
    sigemptyset(&held);
    sigaddset(&held, SIGTERM);
    sigaddset(&held, SIGINT);
    sigprocmask(SIG_BLOCK, &held, NULL);
}

static void on_signal(uv_signal_t *signal, int number)
{
    (void)number;
    hold_signals();
    uv_stop(signal->loop);
}

/* Nobody can find us when that could not be said. */
static int say_ready(struct origin *origin)
{
    printf("ready %s\n", origin->directory);
    return standard_flush(&origin->problem);
}

static int serve(struct origin *origin)
{
    uv_signal_t signals[2];
    static const int numbers[2] = {SIGTERM, SIGINT};
    for (int i = 0; i < 2; i++) {
        uv_signal_init(&origin->server.loop, &signals[i]);
        uv_signal_start(&signals[i], on_signal, numbers[i]);
    }
    int status = make_directory(origin);
    if (status == 0)
        status = write_files(origin);
    if (status == 0)
        status = say_ready(origin);
    if (status != 0) {
        hold_signals();
        uv_stop(&origin->server.loop);
    }
    server_run(&origin->server);
    remove_directory(origin);
    return status > 0 ? status : 0;
}

int main(int argc, char **argv)
{
    static struct origin origin;
    bool finished = false;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    standard_hold();
    int status = read_options(&origin, argc, argv, &finished);
    if (status == 0 && !finished) {
        status = sites_parse(&origin.sites, origin.sites_path, &origin.problem);
        if (status == 0)
            status = sites_make(&origin.sites, &origin.problem);
        if (status == 0)
            status = set_up_tls(&origin);
        if (status == 0)
            status = set_up_faults(&origin);
        origin.server.sites = &origin.sites;
        if (status == 0)
            status = server_listen(&origin.server, &origin.problem);
        if (status == 0)
            status = serve(&origin);
    }
    if (status != 0 && origin.problem.text[0] != 0)
        fprintf(stderr, "origin: %s\n", origin.problem.text);
    traps_close(&origin.traps);
    tls_context_free(origin.server.tls);
    certificates_free(origin.certificates);
    sites_free(&origin.sites);
    free(origin.directory);
    return status;
}
