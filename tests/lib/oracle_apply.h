/*
 * oracle_apply.h - what a list of requests to Cloud Run v2 would leave of a service and its policy.
 *
 * Ownership: the outcome owns what is in it. Nothing is sent.
 */
#ifndef ORACLE_APPLY_H
#define ORACLE_APPLY_H

#include <jansson.h>
#include <stdbool.h>

struct oracle_outcome {
    json_t *service, *policy; /* as v2; NULL where there is none */
    bool written;             /* anything at all was to be changed */
    char *odd;                /* a request that is not understood, or NULL */
};

/* One row of a dry run, {"method", "url", "body"}: POST makes a service, PATCH changes it by its mask. */
void oracle_apply(struct oracle_outcome *o, const json_t *request);
void oracle_clear(struct oracle_outcome *o);

#endif
