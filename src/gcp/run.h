/*
 * run.h - Cloud Run Admin API v2: services and who may call them.
 *
 * Names: a service is "projects/P/locations/L/services/S", its parent "projects/P/locations/L".
 * Ownership: JSON returned is new; bodies are borrowed. Create, patch and delete return an operation: wait for it with
 *   gcp_run_wait().
 * Errors: see call.h. A patch whose etag is old is CR_E_API with HTTP 409 in its text.
 * Source: Cloud Run Admin API v2, projects.locations.services; v1, namespaces.revisions.
 */
#ifndef GCP_RUN_H
#define GCP_RUN_H

#include "gcp/operation.h"

int gcp_run_get(struct gcp *g, const char *name, json_t **service, struct cr_error *err) CR_CHECKED; /* NULL: missing */
/* *services: an array of all pages, newest first. */
int gcp_run_list(struct gcp *g, const char *parent, json_t **services, struct cr_error *err) CR_CHECKED;
/* The same for the revisions of a service. One alone is got and deleted by its name, as a service is. */
int gcp_run_revisions(struct gcp *g, const char *name, json_t **revisions, struct cr_error *err) CR_CHECKED;

/* The image of the revision that the live service's template stands for, by digest: found by the template's name, else
 * by its nonce, else the last one that was made, ready or not. name: the service's. *image is new; NULL: it is not
 * said.
 */
int gcp_run_base_image(struct gcp *g, const char *name, const json_t *live, char **image,
                       struct cr_error *err) CR_CHECKED;

/* When the answer is lost the service is looked for before it is asked for again; one that is there by then is CR_E_NET
 * with the advice to run the command again, which finds and updates it. */
int gcp_run_create(struct gcp *g, const char *parent, const char *id, const json_t *body, bool validate_only,
                   json_t **operation, struct cr_error *err) CR_CHECKED;

struct gcp_run_patch {
    const char *update_mask; /* NULL: full replace */
    bool allow_missing, validate_only;
};
/* The body carries the etag of what was read; then, and only then, a lost answer is asked for again. */
int gcp_run_patch(struct gcp *g, const char *name, const json_t *body, const struct gcp_run_patch *how,
                  json_t **operation, struct cr_error *err) CR_CHECKED;

/* *operation is NULL when the service was not there. etag may be NULL. */
int gcp_run_delete(struct gcp *g, const char *name, const char *etag, json_t **operation,
                   struct cr_error *err) CR_CHECKED;

/* Waits for an operation of this API; *service is the Service it ended with. on_tick may be NULL. */
int gcp_run_wait(struct gcp *g, const json_t *operation, const char *what,
                 void (*on_tick)(void *ud, const json_t *operation), void *ud, json_t **service,
                 struct cr_error *err) CR_CHECKED;

/* That of a service that is not there yet, as in a dry run, is empty. */
int gcp_run_policy_get(struct gcp *g, const char *name, json_t **policy, struct cr_error *err) CR_CHECKED;

#define GCP_EVERYONE "allUsers"

/* Whether a member ("allUsers", "serviceAccount:EMAIL") may call a service. */
struct gcp_invoker {
    const char *member;
    bool allowed;
};

/* Says of n members whether they may call. Everything else in the policy stays; a policy that changed meanwhile is read
 * again. *changed (may be NULL): something had to be written. */
int gcp_run_set_invokers(struct gcp *g, const char *name, const struct gcp_invoker *list, size_t n, bool *changed,
                         struct cr_error *err) CR_CHECKED;
/* Pure: adds members to, or removes them from roles/run.invoker without condition. True when the policy changed. */
bool gcp_run_policy_edit(json_t *policy, const struct gcp_invoker *list, size_t n);
bool gcp_run_policy_public(const json_t *policy);

#endif
