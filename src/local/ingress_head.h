/*
 * ingress_head.h - the head of an HTTP/1.1 message, and the frame of a chunked body; strict, since what two servers in
 * a row read differently is how requests get smuggled.
 *
 * Refused: bare LF, folded lines, blanks before a colon, control characters, more than one Host, Content-Length with
 * anything but digits or given twice, Content-Length beside Transfer-Encoding, any transfer coding but "chunked".
 * Ownership: everything points into the bytes that were parsed.
 * Errors: these return the HTTP status to answer with, not the usual -1: 400, 413, 431, 501 or 505; 0 is success.
 * Source: RFC 9112.
 */
#ifndef LOCAL_INGRESS_HEAD_H
#define LOCAL_INGRESS_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define LOCAL_HEAD_MAX 32768
#define LOCAL_HEAD_FIELDS 100

struct local_text {
    const char *at;
    size_t len;
};

struct local_field {
    struct local_text name, value; /* value without blanks around it */
};

struct local_head {
    bool request;
    struct local_text method, target; /* of a request; target in origin form, or "*" */
    int status;                       /* of a response */
    struct local_text reason;
    int minor;      /* HTTP/1.minor, 0 or 1 */
    int64_t length; /* of the body by Content-Length; -1 when not given */
    bool chunked, close, expect_continue, upgrade;
    struct local_text host; /* empty when not given */
    struct local_field field[LOCAL_HEAD_FIELDS];
    size_t fields;
};

/* Bytes of the head with its empty line; 0 while that has not come. */
size_t local_head_end(const char *bytes, size_t n);
/* Parses exactly the head, `n` as local_head_end() gave it. */
int local_head_request(struct local_head *h, const char *bytes, size_t n);
int local_head_response(struct local_head *h, const char *bytes, size_t n);
/* The field of that name (any case), or NULL. */
const struct local_field *local_head_get(const struct local_head *h, const char *name);
bool local_text_is(struct local_text t, const char *word); /* any case */
/* Whether a comma-separated list has the word (any case). */
bool local_text_has(struct local_text t, const char *word);

/* Follows a chunked body that is passed on as it is. Zeroed is the start. */
struct local_chunks {
    int state;
    uint64_t left; /* of the chunk, or digits seen while its size is read */
    int digits;
    uint64_t bytes; /* of data so far, for ceilings */
    size_t trailer; /* bytes of trailer so far */
    bool done;
};
/* How many of the bytes belong to the body; with `done` set the last of them ended it. -1: not a chunked body. */
ssize_t local_chunks_feed(struct local_chunks *c, const char *bytes, size_t n);

#endif
