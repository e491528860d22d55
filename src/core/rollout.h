/*
 * rollout.h - from an edited service to the requests that bring it in: how the new revision is named, which traffic it
 * gets, and what is sent.
 *
 * A new revision is forced as gcloud forces it, by a label under client.knative.dev (template.labels, "nonce"), or by a
 * name where one is asked for (--tag, --revision-suffix); never both. The name the live service has is taken and goes.
 * Without a change of the revision neither is touched. Traffic stays where it is: pinned stays pinned.
 *
 * Ownership: results are new. Pure: randomness comes in. Errors: CR_E_USAGE naming the flag; CR_E_API for a service
 * that is being deleted. Source: the behaviour of gcloud run deploy, release 528.
 */
#ifndef CR_ROLLOUT_H
#define CR_ROLLOUT_H

#include <jansson.h>
#include <stdbool.h>

#include "core/edit.h"

struct cr_rollout {
    const char *name;   /* of the service, short */
    const json_t *live; /* v2 Service, or NULL for a new one */
    bool force;         /* also when nothing of the revision changed */
    const char *nonce;  /* ten random lower-case letters */
    const char *random; /* three letters: consonant, vowel, consonant */
};

/* Names the revision and moves traffic in `service`, which was edited from r->live: --tag, --revision-suffix,
 * --no-traffic. */
int cr_rollout_apply(const struct cr_rollout *r, const struct cr_edits *edits, json_t *service,
                     struct cr_error *err) CR_CHECKED;

/* The top-level fields in which the two differ, as an update mask: "labels,template,traffic". New; "" for none. */
char *cr_rollout_mask(const json_t *live, const json_t *service);

#endif
