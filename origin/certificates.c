/* The throw-away authority. */
#include "origin/certificates.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "core/address.h"

enum { VALID_BEFORE_S = 3600, VALID_S = 30 * 24 * 3600 };

struct leaf {
    char *host;
    X509 *certificate; /* NULL: none is shown */
    EVP_PKEY *key;
    STACK_OF(X509) * chain; /* of a certificate from a file */
    bool replaced;
};

struct certificates {
    X509 *ca;
    EVP_PKEY *ca_key;
    struct leaf *leaves;
    size_t count;
};

static bool add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    bool good = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return good;
}

/* A certificate without extensions and signature. */
static X509 *blank(const char *name, EVP_PKEY *key, const X509 *issuer)
{
    X509 *certificate = X509_new();
    unsigned char serial[16];
    if (certificate == NULL || RAND_bytes(serial, sizeof serial) != 1)
        return certificate;
    serial[0] &= 0x7f;
    BIGNUM *number = BN_bin2bn(serial, sizeof serial, NULL);
    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
    BN_free(number);
    X509_set_version(certificate, X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -VALID_BEFORE_S);
    X509_gmtime_adj(X509_getm_notAfter(certificate), VALID_S);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(certificate, issuer != NULL ? X509_get_subject_name(issuer)
                                                     : X509_get_subject_name(certificate));
    X509_set_pubkey(certificate, key);
    return certificate;
}

static bool is_address(const char *host, bool *v4)
{
    struct address address;
    bool yes = address_parse(host, 0, &address);
    *v4 = yes && address.family == 4;
    return yes;
}

/* The authority may speak for these hosts and no other, should anyone ever come to trust it. */
static char *name_constraints(const char *const *hosts, size_t count)
{
    char *text = NULL;
    size_t bytes;
    FILE *file = open_memstream(&text, &bytes);
    if (file == NULL)
        return NULL;
    fprintf(file, "critical");
    for (size_t i = 0; i < count; i++) {
        bool v4, address = is_address(hosts[i], &v4);
        if (address)
            fprintf(file, ",permitted;IP:%s/%s", hosts[i],
                    v4 ? "255.255.255.255" : "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
        else
            fprintf(file, ",permitted;DNS:%s", hosts[i]);
    }
    return fclose(file) == 0 ? text : NULL;
}

static bool make_ca(struct certificates *made, const char *const *hosts, size_t count)
{
    made->ca_key = EVP_EC_gen("P-256");
    made->ca = made->ca_key != NULL ? blank("Crossover throw-away CA", made->ca_key, NULL) : NULL;
    char *constraints = name_constraints(hosts, count);
    X509 *ca = made->ca;
    bool good = ca != NULL && constraints != NULL &&
                add_extension(ca, ca, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                add_extension(ca, ca, NID_key_usage, "critical,keyCertSign,cRLSign") &&
                add_extension(ca, ca, NID_subject_key_identifier, "hash") &&
                add_extension(ca, ca, NID_name_constraints, constraints) &&
                X509_sign(ca, made->ca_key, EVP_sha256()) > 0;
    free(constraints);
    return good;
}

static bool make_leaf(struct certificates *made, struct leaf *leaf, const char *host)
{
    bool v4;
    char alternative[300];
    snprintf(alternative, sizeof alternative, "%s:%s", is_address(host, &v4) ? "IP" : "DNS", host);
    leaf->host = strdup(host);
    leaf->key = EVP_EC_gen("P-256");
    leaf->certificate = leaf->key != NULL ? blank("origin", leaf->key, made->ca) : NULL;
    X509 *certificate = leaf->certificate;
    return leaf->host != NULL && certificate != NULL &&
           add_extension(certificate, made->ca, NID_basic_constraints, "critical,CA:FALSE") &&
           add_extension(certificate, made->ca, NID_key_usage, "critical,digitalSignature") &&
           add_extension(certificate, made->ca, NID_ext_key_usage, "serverAuth") &&
           add_extension(certificate, made->ca, NID_authority_key_identifier, "keyid") &&
           add_extension(certificate, made->ca, NID_subject_alt_name, alternative) &&
           X509_sign(certificate, made->ca_key, EVP_sha256()) > 0;
}

struct certificates *certificates_make(const char *const *hosts, size_t count,
                                       struct problem *problem)
{
    struct certificates *made = calloc(1, sizeof *made);
    bool good = made != NULL && (made->leaves = calloc(count, sizeof *made->leaves)) != NULL &&
                make_ca(made, hosts, count);
    for (size_t i = 0; i < count && good; i++) {
        made->count = i + 1;
        good = make_leaf(made, &made->leaves[i], hosts[i]);
    }
    if (good)
        return made;
    const char *why = ERR_reason_error_string(ERR_peek_last_error());
    problem_set(problem, STATUS_ENVIRONMENT, "the certificates could not be made: %s",
                why != NULL ? why : memory_is_short);
    certificates_free(made);
    return NULL;
}

void certificates_free(struct certificates *certificates)
{
    if (certificates == NULL)
        return;
    for (size_t i = 0; i < certificates->count; i++) {
        free(certificates->leaves[i].host);
        X509_free(certificates->leaves[i].certificate);
        EVP_PKEY_free(certificates->leaves[i].key);
        sk_X509_pop_free(certificates->leaves[i].chain, X509_free);
    }
    free(certificates->leaves);
    X509_free(certificates->ca);
    EVP_PKEY_free(certificates->ca_key);
    free(certificates);
}

bool certificates_write_ca(const struct certificates *certificates, FILE *file)
{
    return PEM_write_X509(file, certificates->ca) == 1;
}

/* Its own certificate, those above it, its key. */
static bool read_leaf(struct leaf *leaf, const char *path)
{
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return false;
    leaf->certificate = PEM_read_X509(file, NULL, NULL, NULL);
    leaf->chain = sk_X509_new_null();
    for (X509 *above; leaf->chain != NULL && (above = PEM_read_X509(file, NULL, NULL, NULL));)
        sk_X509_push(leaf->chain, above);
    ERR_clear_error(); /* there was no further one */
    rewind(file);
    leaf->key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    fclose(file);
    return leaf->certificate != NULL && leaf->chain != NULL && leaf->key != NULL;
}

int certificates_replace(struct certificates *certificates, const char *host, const char *path,
                         struct problem *problem)
{
    for (size_t i = 0; i < certificates->count; i++) {
        struct leaf *leaf = &certificates->leaves[i];
        if (strcasecmp(leaf->host, host) != 0)
            continue;
        X509_free(leaf->certificate);
        EVP_PKEY_free(leaf->key);
        leaf->certificate = NULL;
        leaf->key = NULL;
        leaf->replaced = true;
        if (path != NULL && !read_leaf(leaf, path))
            return problem_set(problem, STATUS_USAGE,
                               "'%s' cannot be read as PEM certificates and their key", path);
    }
    return 0;
}

/* A client that names no host gets an address's certificate, or else the first one's; one that
 * names another host gets an alert. */
static const struct leaf *find_leaf(const struct certificates *certificates, const char *host)
{
    bool v4;
    for (size_t i = 0; i < certificates->count; i++) {
        const struct leaf *leaf = &certificates->leaves[i];
        if (host != NULL ? strcasecmp(host, leaf->host) == 0 : is_address(leaf->host, &v4))
            return leaf;
    }
    return host == NULL ? certificates->leaves : NULL;
}

static int choose(SSL *ssl, void *argument)
{
    const char *host = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    const struct leaf *leaf = find_leaf(argument, host);
    if (leaf == NULL || leaf->certificate == NULL)
        return 0;
    if (leaf->replaced) /* a weak key is the client's to refuse */
        SSL_set_security_level(ssl, 0);
    return SSL_use_certificate(ssl, leaf->certificate) == 1 &&
           SSL_use_PrivateKey(ssl, leaf->key) == 1 &&
           (leaf->chain == NULL || SSL_set1_chain(ssl, leaf->chain) == 1);
}

SSL_CTX *certificates_context(struct certificates *certificates, size_t tickets)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (context == NULL)
        return NULL;
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
    /* All that is needed to resume is in the ticket: nothing is kept here. */
    SSL_CTX_set_num_tickets(context, tickets);
    if (tickets == 0)
        SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_cert_cb(context, choose, certificates);
    return context;
}
