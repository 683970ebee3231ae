/* The table of faults. */
#include "origin/fault.h"

#include <string.h>

/* Clang-format would give each field a line. */
/* clang-format off */
static const struct fault faults[] = {
    {"refused", "nobody listens", FAULT_CONNECT, .trap = TRAP_REFUSED},
    {"full", "a listener with a full backlog never accepts", FAULT_CONNECT, .trap = TRAP_FULL},
    {"alert", "an alert in the TLS handshake", FAULT_HANDSHAKE, .handshake = HANDSHAKE_ALERT},
    {"plain-text", "plain text on the TLS port", FAULT_HANDSHAKE, .handshake = HANDSHAKE_PLAIN},
    {"silent-handshake", "the TLS handshake is never answered", FAULT_HANDSHAKE,
     .handshake = HANDSHAKE_SILENT},
    {"silent", "the request is never answered", FAULT_ANSWER, .spoil = SPOIL_ALL,
     .ending = ENDING_NEVER},
    {"stalled", "half of the body, then nothing", FAULT_ANSWER, .spoil = SPOIL_HALF,
     .ending = ENDING_NEVER},
    {"close", "closed before a byte", FAULT_ANSWER, .spoil = SPOIL_ALL},
    {"cut", "closed before the length of the body is reached", FAULT_ANSWER, .spoil = SPOIL_HALF},
    {"reset", "reset in the body", FAULT_ANSWER, .spoil = SPOIL_HALF, .ending = ENDING_RESET},
    {"no-last-chunk", "closed before the last chunk", FAULT_ANSWER, .chunked = true,
     .spoil = SPOIL_LAST_CHUNK},
    {"no-notify", "over TLS, closed without a close_notify", FAULT_ANSWER, .ending = ENDING_RUDE},
    {"bad-chunk", "a chunk's length is no number", FAULT_ANSWER, .chunked = true,
     .spoil = SPOIL_CHUNK_LINE},
    {"both-lengths", "chunked, and with a length", FAULT_ANSWER, .chunked = true,
     .header = "Content-Length: 5\r\n"},
    {"two-lengths", "two lengths that differ", FAULT_ANSWER, .header = "Content-Length: 5\r\n"},
    {"folded-header", "a header over two lines", FAULT_ANSWER, .header = "X-Folded: a\r\n b\r\n"},
    {"not-http", "another protocol", FAULT_ANSWER, .instead = "SSH-2.0-OpenSSH_9.2p1\r\n"},
    {"upgrade", "it changes the protocol", FAULT_ANSWER,
     .instead = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"},
    {"surplus", "bytes behind the answer", FAULT_ANSWER, .behind = "HTTP/1.1 200 OK\r\n\r\n"},
    {"endless-headers", "headers that do not end", FAULT_ANSWER, .endless = ENDLESS_HEADERS,
     .again = "X-Endless: on and on\r\n"},
    {"endless-header", "one header that does not end", FAULT_ANSWER, .endless = ENDLESS_HEADERS,
     .again = "on and on "},
    {"endless-continue", "informational answers that do not end", FAULT_ANSWER,
     .endless = ENDLESS_FROM_START, .again = "HTTP/1.1 102 Processing\r\n\r\n"},
    {"endless-body", "a body that does not end", FAULT_ANSWER, .chunked = true,
     .endless = ENDLESS_BODY, .again = "a\r\non and on \r\n"},
    {"endless-chunk-line", "a chunk's length that does not end", FAULT_ANSWER, .chunked = true,
     .endless = ENDLESS_BODY, .again = "0"},
    {"flip", "one byte of the body is another", FAULT_ANSWER, .spoil = SPOIL_BYTE},
};
/* clang-format on */

const struct fault *fault_find(const char *word)
{
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        if (strcmp(faults[i].word, word) == 0)
            return &faults[i];
    return NULL;
}

void fault_list(FILE *file)
{
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        fprintf(file, "%-20s%s\n", faults[i].word, faults[i].summary);
}
