/* OpenSSL behind a BIO of our own: reads come out of the lent bytes, writes go to the buffer. */
#include "workloads/net/tls.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "core/address.h"
#include "workloads/net/sessions.h"

enum {
    OUT_FIRST = 1024,     /* a client's flight, as a rule */
    OUT_MAX = 64 * 1024,  /* the largest one: a request of 8 KB and its records, with room */
    PLAIN_MAX = 16 * 1024 /* one record */
};

struct tls_context {
    SSL_CTX *ssl;
    BIO_METHOD *method;
    struct sessions *sessions; /* NULL: all handshakes are full */
};

struct tls {
    SSL *ssl;
    struct session_slot *slot; /* of its site; NULL: no session is kept */
    const uint8_t *in;
    size_t in_length;
    uint8_t *out;
    size_t out_length;
    size_t out_capacity;
    bool ended;
    bool out_failed;
};

/* ---- Shortages of memory. ---- */

/* The thread's errors of before are not those of what follows. */
static void forget_errors(void)
{
    ERR_clear_error();
    errno = 0;
}

/* Of a call that failed: whether a shortage is among the errors in the thread's queue, which is
 * empty afterwards. OpenSSL may have gone on from it to a later error; some of its functions leave
 * nothing there but malloc()'s errno. */
static bool was_short_of_memory(void)
{
    bool found = errno == ENOMEM;
    for (unsigned long error; (error = ERR_get_error()) != 0;)
        found |= ERR_GET_REASON(error) == (ERR_SYSTEM_ERROR(error) ? ENOMEM : ERR_R_MALLOC_FAILURE);
    return found;
}

static int memory_refused(struct problem *problem)
{
    return problem_set(problem, STATUS_ENVIRONMENT, "memory for TLS was refused");
}

/* ---- The BIO. ---- */

static int bio_read(BIO *bio, char *to, int room)
{
    struct tls *tls = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (tls->in_length == 0) {
        if (tls->ended)
            return 0;
        BIO_set_retry_read(bio);
        return -1;
    }
    size_t count = (size_t)room < tls->in_length ? (size_t)room : tls->in_length;
    memcpy(to, tls->in, count);
    tls->in += count;
    tls->in_length -= count;
    return (int)count;
}

static int bio_write(BIO *bio, const char *from, int length)
{
    struct tls *tls = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    size_t needed = tls->out_length + (size_t)length;
    if (needed > tls->out_capacity) {
        size_t capacity = tls->out_capacity == 0 ? OUT_FIRST : tls->out_capacity;
        while (capacity < needed)
            capacity *= 2;
        uint8_t *out = needed <= OUT_MAX ? realloc(tls->out, capacity) : NULL;
        if (out == NULL) {
            tls->out_failed = true;
            return -1;
        }
        tls->out = out;
        tls->out_capacity = capacity;
    }
    memcpy(tls->out + tls->out_length, from, (size_t)length);
    tls->out_length = needed;
    return length;
}

static long bio_control(BIO *bio, int command, long number, void *pointer)
{
    (void)number;
    (void)pointer;
    if (command == BIO_CTRL_EOF)
        return ((struct tls *)BIO_get_data(bio))->ended;
    return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *make_method(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "lent bytes");
    if (method != NULL) {
        BIO_meth_set_read(method, bio_read);
        BIO_meth_set_write(method, bio_write);
        BIO_meth_set_ctrl(method, bio_control);
    }
    return method;
}

/* ---- The context. ---- */

/* OpenSSL takes a certificate's extensions apart when it first needs them; better before the clock
 * than in whichever task comes first. False: one is not whole. It may have been made so, and is
 * then of no use; or memory was short, which OpenSSL goes on from as if it had been made so. */
static bool unpack_certificates(SSL_CTX *ssl)
{
    STACK_OF(X509_OBJECT) *objects = X509_STORE_get0_objects(SSL_CTX_get_cert_store(ssl));
    bool whole = true;
    for (int i = 0; i < sk_X509_OBJECT_num(objects); i++) {
        X509 *certificate = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i));
        if (certificate != NULL)
            whole &= X509_check_purpose(certificate, -1, 0) == 1 &&
                     X509_get0_pubkey(certificate) != NULL;
    }
    return whole;
}

static int set_up(SSL_CTX *ssl, const char *cacert, bool insecure, struct problem *problem)
{
    SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION);
    SSL_CTX_set_verify(ssl, insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
    /* What is resumed is in sessions.c's hands: OpenSSL's own cache is of no use to a client. */
    SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
    /* The same under every model: an idle connection gives its record buffers back, and the one for
     * writing is small, as a client sends little. */
    SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_max_send_fragment(ssl, 512);
    if (insecure)
        return 0;
    if (cacert == NULL)
        return SSL_CTX_set_default_verify_paths(ssl) == 1
                   ? 0
                   : problem_set(problem, STATUS_ENVIRONMENT,
                                 "the system's certificate store cannot be read; give --cacert");
    if (SSL_CTX_load_verify_locations(ssl, cacert, NULL) != 1) {
        const char *why = ERR_reason_error_string(ERR_peek_last_error());
        return was_short_of_memory()
                   ? memory_refused(problem)
                   : problem_set(problem, STATUS_USAGE,
                                 "--cacert '%s' cannot be read as PEM certificates: %s", cacert,
                                 why);
    }
    return unpack_certificates(ssl) || !was_short_of_memory() ? 0 : memory_refused(problem);
}

struct tls_context *tls_context_make(const char *cacert, bool insecure, struct problem *problem)
{
    forget_errors();
    struct tls_context *context = calloc(1, sizeof *context);
    if (context != NULL) {
        context->ssl = SSL_CTX_new(TLS_client_method());
        context->method = make_method();
    }
    if (context == NULL || context->ssl == NULL || context->method == NULL) {
        memory_refused(problem);
    } else if (set_up(context->ssl, cacert, insecure, problem) == 0) {
        return context;
    }
    tls_context_free(context);
    return NULL;
}

bool tls_context_resume(struct tls_context *context)
{
    context->sessions = sessions_make();
    return context->sessions != NULL;
}

struct tls_context *tls_context_of_server(SSL_CTX *ssl)
{
    struct tls_context *context = calloc(1, sizeof *context);
    if (context == NULL || (context->method = make_method()) == NULL) {
        free(context);
        return NULL;
    }
    context->ssl = ssl;
    return context;
}

void tls_context_free(struct tls_context *context)
{
    if (context == NULL)
        return;
    sessions_free(context->sessions);
    SSL_CTX_free(context->ssl);
    BIO_meth_free(context->method);
    free(context);
}

/* ---- A connection. ---- */

static struct tls *open_ssl(const struct tls_context *context)
{
    forget_errors();
    struct tls *tls = calloc(1, sizeof *tls);
    BIO *bio = BIO_new(context->method);
    if (tls == NULL || bio == NULL || (tls->ssl = SSL_new(context->ssl)) == NULL) {
        ERR_clear_error();
        BIO_free(bio);
        free(tls);
        return NULL;
    }
    BIO_set_data(bio, tls);
    BIO_set_init(bio, 1);
    SSL_set_bio(tls->ssl, bio, bio);
    return tls;
}

/* Whom the certificate must name. A literal address is no name for SNI. */
static bool set_host(SSL *ssl, const char *host)
{
    struct address address;
    if (address_parse(host, 0, &address))
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
    return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

struct tls *tls_open(struct tls_context *context, const char *host, uint16_t port)
{
    struct tls *tls = open_ssl(context);
    if (tls == NULL)
        return NULL;
    SSL_set_connect_state(tls->ssl);
    if (!set_host(tls->ssl, host)) {
        ERR_clear_error();
        tls_close(tls);
        return NULL;
    }
    if (context->sessions != NULL &&
        (tls->slot = sessions_slot(context->sessions, host, port)) != NULL)
        session_offer(tls->slot, tls->ssl);
    return tls;
}

struct tls *tls_accept(struct tls_context *context)
{
    struct tls *tls = open_ssl(context);
    if (tls != NULL)
        SSL_set_accept_state(tls->ssl);
    return tls;
}

void tls_close(struct tls *tls)
{
    if (tls == NULL)
        return;
    if (tls->slot != NULL)
        session_keep(tls->slot, tls->ssl);
    SSL_free(tls->ssl);
    free(tls->out);
    free(tls);
}

void tls_lend(struct tls *tls, const uint8_t *bytes, size_t length)
{
    tls->in = bytes;
    tls->in_length = length;
}

void tls_end(struct tls *tls)
{
    tls->ended = true;
}

/* The queue begins with the cause, maybe one of a library below (of a signature that is wrong,
 * say), and ends with what TLS makes of it. */
static enum tls_result classify(const struct tls *tls, int code)
{
    unsigned long error = ERR_peek_last_error();
    if (was_short_of_memory() || tls->out_failed)
        return TLS_NO_MEMORY;
    if (code == SSL_ERROR_SYSCALL || ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
        return TLS_TRUNCATED;
    return ERR_GET_REASON(error) == SSL_R_CERTIFICATE_VERIFY_FAILED ? TLS_UNVERIFIED : TLS_FAILED;
}

/* What a call that did not succeed means. SSL_get_error() reads the thread's error queue, which
 * must have been empty before the call: it is emptied behind each failure and when a connection
 * begins, which is a thousand instructions a request cheaper than before each call. */
static enum tls_result failure(struct tls *tls, int rc)
{
    int code = SSL_get_error(tls->ssl, rc);
    if (code == SSL_ERROR_WANT_READ)
        return TLS_WANT;
    if (code == SSL_ERROR_ZERO_RETURN)
        return TLS_CLOSED;
    return classify(tls, code);
}

enum tls_result tls_handshake(struct tls *tls)
{
    int rc = SSL_do_handshake(tls->ssl);
    return rc == 1 ? TLS_OK : failure(tls, rc);
}

bool tls_resumed(const struct tls *tls)
{
    return SSL_session_reused(tls->ssl) == 1;
}

enum tls_result tls_read(struct tls *tls, uint8_t *buffer, size_t room, size_t *length)
{
    int rc = SSL_read_ex(tls->ssl, buffer, room, length);
    return rc == 1 ? TLS_OK : failure(tls, rc);
}

const char *tls_host(const struct tls *tls)
{
    return SSL_get_servername(tls->ssl, TLSEXT_NAMETYPE_host_name);
}

bool tls_has_more(const struct tls *tls)
{
    return tls->in_length > 0 || SSL_has_pending(tls->ssl);
}

enum tls_result tls_write(struct tls *tls, const void *bytes, size_t length)
{
    size_t written;
    int rc = SSL_write_ex(tls->ssl, bytes, length, &written);
    return rc == 1 ? TLS_OK : failure(tls, rc);
}

void tls_finish(struct tls *tls)
{
    SSL_shutdown(tls->ssl);
    ERR_clear_error();
}

const void *tls_pending(const struct tls *tls, size_t *length)
{
    *length = tls->out_length;
    return tls->out;
}

void tls_sent(struct tls *tls)
{
    tls->out_length = 0;
}

int tls_verify_code(const struct tls *tls)
{
    return (int)SSL_get_verify_result(tls->ssl);
}

const char *tls_verify_text(int code)
{
    return X509_verify_cert_error_string(code);
}
