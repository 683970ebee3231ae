/*
 * How a site of the origin misbehaves: the words that a sites file chooses from, and what each does
 * to the way to a connection, to the TLS handshake, or to the answer. answer.c makes the bytes,
 * client.c sends them.
 */
#ifndef ORIGIN_FAULT_H
#define ORIGIN_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Where it goes wrong. */
enum fault_stage {
    FAULT_CONNECT,   /* no connection comes about: a trap's port is in connect-to */
    FAULT_HANDSHAKE, /* of TLS: for the whole host, which the client names before it asks */
    FAULT_ANSWER,
};

enum trap { TRAP_REFUSED, TRAP_FULL, TRAPS };

enum handshake { HANDSHAKE_ALERT, HANDSHAKE_PLAIN, HANDSHAKE_SILENT };

/* How the connection ends behind an answer. */
enum ending {
    ENDING_KEPT,   /* it does not */
    ENDING_CLOSED, /* over TLS with a close_notify */
    ENDING_RUDE,   /* over TLS without one */
    ENDING_RESET,
    ENDING_NEVER, /* nothing more comes */
};

/* What is changed in an answer that is right. */
enum spoil {
    SPOIL_NONE,
    SPOIL_ALL,        /* nothing of it is sent */
    SPOIL_HALF,       /* half of the body is missing */
    SPOIL_LAST_CHUNK, /* the one that says it was the last is missing */
    SPOIL_CHUNK_LINE, /* a chunk's length is no number */
    SPOIL_BYTE,       /* one byte of the body is another */
};

/* Where what never ends begins. */
enum endless { ENDLESS_NOTHING, ENDLESS_FROM_START, ENDLESS_HEADERS, ENDLESS_BODY };

struct fault {
    const char *word;
    const char *summary;
    enum fault_stage stage;
    enum trap trap;
    enum handshake handshake;
    bool chunked;        /* the body is, whatever the line says */
    const char *header;  /* a line more in the head */
    const char *instead; /* of the whole answer */
    const char *behind;  /* the answer */
    enum spoil spoil;
    enum endless endless;
    const char *again;  /* what is sent for ever */
    enum ending ending; /* of the connection; ENDING_KEPT: ENDING_CLOSED */
};

/* The fault of a name, or NULL. */
const struct fault *fault_find(const char *word);

/* A line for each: its name and what it does. */
void fault_list(FILE *file);

#endif
