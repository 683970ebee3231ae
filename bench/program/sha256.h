/*
 * SHA-256 (FIPS 180-4) for the record's certificate. Not OpenSSL's: programs that fetch nothing
 * would load its library for this alone, and be measured with it. Nothing here keeps a secret.
 */
#ifndef BENCH_PROGRAM_SHA256_H
#define BENCH_PROGRAM_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_BLOCK = 64, SHA256_HEX = 64 };

struct sha256 {
    uint32_t state[8];
    uint64_t length; /* bytes so far */
    unsigned char block[SHA256_BLOCK];
};

void sha256_begin(struct sha256 *sha);
void sha256_add(struct sha256 *sha, const void *bytes, size_t length);

/* In hexadecimal. */
void sha256_end(struct sha256 *sha, char hex[SHA256_HEX + 1]);

#endif
