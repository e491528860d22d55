/*
 * route.h - which handler answers a request, and what may be in it.
 *
 * A pattern is a path whose segments are literal, `*` (captured, percent-decoded), `*:verb` (what stands before the
 * verb is captured) or, last, `**` (the rest). The first row that matches wins; the table is in routes.c.
 */
#ifndef LOCAL_ROUTE_H
#define LOCAL_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "local/local.h"
#include "local/message.h"

typedef void local_handler(struct local *l, struct local_request *rq, struct local_reply *rp);

enum local_route_flag {
    LOCAL_NO_TOKEN = 1, /* anybody on this machine may ask */
    LOCAL_OWN_USER = 2, /* in place of the token: the caller is a process of the user who runs the daemon */
    LOCAL_RAW = 4,      /* the body is not JSON */
    LOCAL_SESSION = 8,  /* an upload_id stands for the token */
    LOCAL_GCS = 16,     /* refuses in Cloud Storage's shape; any query */
    LOCAL_PAGE = 32,    /* a page that a person opens in a browser (caller.h) */
};

struct local_row {
    const char *method, *pattern;
    local_handler *fn;
    const char *message; /* of the schema, for the body; NULL: no body is read */
    const char *field;   /* what Google calls the body in its errors: "service"; "" when it is the request itself */
    const char *query;   /* parameters it knows besides the common ones, separated by blanks */
    unsigned flags;
    local_handler *open; /* opens rq->sink before the body comes; NULL: the body is collected in memory */
};

extern const struct local_row local_rows[];
extern const size_t local_row_count;

/* Matches and fills rq->arg. NULL when no row does. */
const struct local_row *local_route(const struct local_row *rows, size_t count, struct local_request *rq);

/* Before the body: token, row, query, sink. NULL when the reply is already said. `own` says that the caller is the same
 * user. */
const struct local_row *local_begin(struct local *l, struct local_request *rq, bool own, struct local_reply *rp);
/* After the body (in rq->text, or gone to the sink): JSON, schema, handler. */
void local_finish(struct local *l, const struct local_row *row, struct local_request *rq, struct local_reply *rp);

#endif
