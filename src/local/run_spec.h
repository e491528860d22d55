/*
 * run_spec.h - a v2 Service as Cloud Run reads it: checked beyond its schema, defaults filled in, an update mask
 * applied. Pure.
 *
 * Errors: violations are {field, description} appended to an array; nothing is changed by a check.
 * Source: google.cloud.run.v2.Service and RevisionTemplate; texts as the service writes them.
 */
#ifndef LOCAL_RUN_SPEC_H
#define LOCAL_RUN_SPEC_H

#include <jansson.h>
#include <stdbool.h>

bool local_service_name_ok(const char *name); /* ^[a-z]([a-z0-9-]{0,47}[a-z0-9])?$ */

/* "SERVICE-…" of at most 63 characters: no two services have a revision of one name. */
bool local_revision_name_ok(const char *service, const char *name);

/* Everything that is refused at once with 400. */
void local_service_check(const char *name, const json_t *service, json_t *violations);
/* CPU, memory, GPU, generation, billing, concurrency, timeout and instances, alone and together (run_limits.c); then
 * the texts: labels, variables, mounts, tags, and what goes with what (run_limits_text.c). */
void local_limits_check(const json_t *service, json_t *violations);
void local_limits_texts(const json_t *service, json_t *violations);

/* How containers, volumes and networks of a template fit together (run_shape.c). */
void local_shape_check(const json_t *template, json_t *violations);

/* What Cloud Run fills in for what is absent, and drops: false, 0 and "" are not shown. */
void local_service_defaults(json_t *service);

/* The fields a client may set, from `body` onto `old`; everything else of old stays. mask NULL or "*": all of them.
 * New, or NULL and the path of the mask that names no field in *bad (into mask; up to the next comma). */
json_t *local_service_merge(const json_t *old, const json_t *body, const char *mask, const char **bad);

/* Whether two templates ask for the same revision; the name they give it does not count. */
bool local_template_same(const json_t *a, const json_t *b);

/* "memory", "cpu" and the like of the containers of a template. */
const char *local_template_limit(const json_t *container, const char *name);

#endif
