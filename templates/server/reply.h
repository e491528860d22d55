/*
 * reply.h - what goes back to a client: JSON, always.
 */
#ifndef SERVER_REPLY_H
#define SERVER_REPLY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

struct reply {
    int status; /* 0: not decided yet */
    char *body; /* owned */
    size_t length;
    const char *allow; /* with 405 */
    int retry_after_s; /* with 503; 0: no header */
    bool close;        /* the connection ends with it */
    bool ran;          /* the task was asked; the fields below count */
    bool cold;         /* this was the first question this process was asked */
    int64_t queue_us, run_us;
    char message[512]; /* for the log; empty when all went well */
};

void reply_json(struct reply *r, int status, json_t *body);   /* body is taken; ends in a line feed */
void reply_answer(struct reply *r, json_t *body, int digits); /* 200; digits of its numbers, 0: as above */
/* {"error": {"code": "not_found", "message": ...}}; the code word follows from the status. */
void reply_error(struct reply *r, int status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void reply_clear(struct reply *r);

#endif
