/*
 * run_outcome.h - how bringing a revision about ended: google.rpc code, the conditions of revision and service, and
 * Cloud Run's words for it.
 *
 * Ownership: local_outcome_clear() frees the texts; conditions are new.
 * Source: Cloud Run Admin API v2, Condition.CommonReason and Condition.RevisionReason.
 */
#ifndef LOCAL_RUN_OUTCOME_H
#define LOCAL_RUN_OUTCOME_H

#include <jansson.h>

#include "base/error.h"

enum local_refusal {
    LOCAL_REFUSED_NOTHING, /* it is ready */
    LOCAL_REFUSED_HEALTH,  /* the container did not start, or did not answer */
    LOCAL_REFUSED_SECRET,
    LOCAL_REFUSED_IMAGE,   /* not there */
    LOCAL_REFUSED_READING, /* the image may not be read */
    LOCAL_REFUSED_MACHINE, /* this machine is at fault */
    LOCAL_REFUSED_TRAFFIC, /* no revision is new, and what traffic names is not ready */
};

struct local_outcome {
    enum local_refusal kind;
    int code;
    char *message; /* of the revision's conditions; NULL when nothing was refused */
    char *told;    /* of the service's and the operation's */
};

/* revision: its short name, or NULL when none is new. The message is err's. */
void local_outcome_make(struct local_outcome *o, enum local_refusal kind, const char *revision,
                        const struct cr_error *err);
/* What a failure on command is: its text says which of the above it stands for. */
enum local_refusal local_outcome_kind(const char *said);
void local_outcome_clear(struct local_outcome *o);

json_t *local_outcome_condition(const struct local_outcome *o, const char *type); /* of a service: "Ready" … */
json_t *local_outcome_ready(const char *type);                                    /* one that is fine */
json_t *local_outcome_conditions(const struct local_outcome *o);                  /* all of a revision */

/* Cloud Run reads every secret when a revision is made. Here there are none, so the first one asked for is refused as
 * one that may not be read. 0 or CR_E_CONFIG. */
int local_outcome_secrets(const json_t *template, const char *project, struct cr_error *err) CR_CHECKED;

#endif
