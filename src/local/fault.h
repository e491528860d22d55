/*
 * fault.h - failures on command, for tests of clients: POST /local/faults.
 *
 * A fault is JSON: {"match": "PUT *upload*", "times": 1, "action": "status", ...}. Its pattern is a glob over "METHOD
 * /path" (a star also matches slashes). `times` counts it down; 0 or absent is once, -1 is for ever; `skip` lets that
 * many requests pass first. The actions:
 *
 *   status          answers {status} (or 503) and {message}, with {retry_after} as a header; {after_bytes}: only when
 *                   that much of the body was read and kept
 *   delay           waits {delay_ms}, then goes on as usual
 *   cut             closes the connection when {after_bytes} of the request's body came (absent or 0: before the body);
 *                   when the body is shorter, the request is carried out and {after_bytes} of the answer's are sent
 *   reset           the same, ended by a reset (RST)
 *   lost            the request is carried out and the connection closed in place of the answer
 *   truncate        the request is carried out; the answer announces its full length and ends after half of it
 *   expire-token    401: the token of the request has expired, from now on if it was issued here
 *   persist         keeps at most {persist} bytes of the body, as a resumable upload may, and goes on as usual
 *   bad-json        carries the request out and answers with half a document, as if that were all
 *   fail-operation  the operation or build that the request starts ends as failed, with {message}
 *
 * {rst}: 1 makes lost and truncate end by a reset as well.
 *
 * Units: bytes, milliseconds, seconds for retry_after. Threads: all calls may come from any thread.
 */
#ifndef LOCAL_FAULT_H
#define LOCAL_FAULT_H

#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum local_action {
    LOCAL_FAULT_NONE,
    LOCAL_FAULT_STATUS,
    LOCAL_FAULT_DELAY,
    LOCAL_FAULT_CUT,
    LOCAL_FAULT_LOST,
    LOCAL_FAULT_TRUNCATE,
    LOCAL_FAULT_EXPIRE_TOKEN,
    LOCAL_FAULT_PERSIST,
    LOCAL_FAULT_BAD_JSON,
    LOCAL_FAULT_FAIL_OPERATION,
};

struct local_fault {
    enum local_action action;
    int status, retry_after;
    int64_t after_bytes; /* -1: not said */
    int64_t delay_ms, persist;
    bool rst; /* the connection ends by a reset, not in good order */
    char message[256];
};

struct local_faults {
    pthread_mutex_t lock;
    json_t *rows;
};

void local_faults_init(struct local_faults *f);
void local_faults_clear(struct local_faults *f);

/* CR_E_USAGE naming the key that is wrong. */
int local_faults_add(struct local_faults *f, const json_t *row, struct cr_error *err) CR_CHECKED;
json_t *local_faults_list(struct local_faults *f); /* new */
void local_faults_drop(struct local_faults *f);
/* The first fault that matches, counted down; action NONE when none does. */
struct local_fault local_faults_take(struct local_faults *f, const char *method, const char *path);

#endif
