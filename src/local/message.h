/*
 * message.h - a request and its reply, apart from any socket: what handlers get and fill, and what tests build by hand.
 *
 * Ownership: a request and a reply own what they hold; local_request_clear() and local_reply_clear() free it, and close
 *   descriptors. Names returned by lookups are borrowed.
 * Errors: a handler never fails; it fills the reply, with Google's error document when it refuses (see
 *   https://cloud.google.com/apis/design/errors, and for storage its JSON API's own shape).
 */
#ifndef LOCAL_MESSAGE_H
#define LOCAL_MESSAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define LOCAL_ARGS 8

struct local_pair {
    char *name, *value;
};

struct local_pairs {
    struct local_pair *row;
    size_t len;
};

void local_pairs_add(struct local_pairs *p, const char *name, const char *value);
const char *local_pairs_get(const struct local_pairs *p, const char *name); /* without regard to case; NULL */
void local_pairs_clear(struct local_pairs *p);

struct local_request {
    char *method, *path; /* the path as sent, percent-encoded, without the query */
    char *authority;     /* of a target in absolute form, which clients send to a proxy; else NULL */
    struct local_pairs query, headers;
    char *arg[LOCAL_ARGS]; /* what the stars of the pattern matched, decoded */
    json_t *body;          /* parsed JSON, or NULL when there was none */
    char *text;            /* the body as it came, for what is not JSON; NULL for streams */
    size_t text_len;
    int sink;         /* where a streamed body goes, or -1 */
    int64_t sink_max; /* bytes of the body that are kept; the rest is read and dropped. -1: all */
    int64_t skip;     /* bytes of the body, from its start, that are there already and do not go to the sink */
    int64_t sunk;     /* bytes kept, the skipped ones included */
    int64_t received; /* bytes of body that arrived */
    bool cut;         /* the connection ended before the body did; no reply will be seen */
    void *hold;       /* of the handler that opened the sink; freed with free() */
    char *caller;     /* e-mail of who asks; NULL where nobody had to say */
    char *fail;       /* why the operation this request starts must fail (see fault.h), or NULL */
};

struct local_reply {
    int status; /* 0: nothing said yet */
    json_t *json;
    char *text; /* instead of json */
    size_t text_len;
    int fd; /* instead of both: bytes from `from`, `size` of them; -1 */
    int64_t from, size;
    const char *type; /* Content-Type; NULL: JSON */
    struct local_pairs headers;
};

/* The target in origin form ("/path?query") or absolute form ("http://host/path"; RFC 9112, 3.2). */
void local_request_init(struct local_request *rq, const char *method, const char *target);
void local_request_clear(struct local_request *rq);
void local_reply_init(struct local_reply *rp);
void local_reply_clear(struct local_reply *rp);

const char *local_query(const struct local_request *rq, const char *name); /* NULL */
bool local_query_true(const struct local_request *rq, const char *name);
const char *local_header(const struct local_request *rq, const char *name); /* NULL */

/* %XX and, in queries, + . New; NULL when a percent sign is not followed by two digits or the text holds a NUL. */
char *local_decode(const char *text, size_t len, bool plus);
/* Everything but unreserved characters as %XX. New. */
char *local_encode(const char *text);

/* Takes over the document. */
void local_reply_json(struct local_reply *rp, int status, json_t *json);
void local_reply_text(struct local_reply *rp, int status, const char *type, const char *text);
void local_reply_empty(struct local_reply *rp, int status);

/* {"error":{"code","message","status"}}; code follows from status ("NOT_FOUND" is 404). */
void local_refuse(struct local_reply *rp, const char *status, const char *fmt, ...) CR_PRINTF(3, 4);
/* The same with google.rpc.BadRequest: violations is an array of {field, description} that is taken over. */
void local_refuse_fields(struct local_reply *rp, const char *message, json_t *violations);
/* Cloud Storage's shape: reason as "notFound". */
void local_refuse_storage(struct local_reply *rp, int status, const char *reason, const char *fmt, ...) CR_PRINTF(4, 5);

int local_status_http(const char *status); /* "ABORTED" is 409; 500 when unknown */

#endif
