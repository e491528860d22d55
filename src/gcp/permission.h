/*
 * permission.h - what crdeploy needs in a project: APIs, and permissions of whoever calls, with the role that grants
 * each.
 *
 * One table for `crdeploy doctor`, which asks for them all, and for the hint of a call that was refused.
 * Ownership: everything is static. Source: https://cloud.google.com/iam/docs/permissions-reference, read 2026-10; the
 *   smallest of Google's roles that is meant for the task.
 */
#ifndef GCP_PERMISSION_H
#define GCP_PERMISSION_H

#include <stdbool.h>
#include <stddef.h>

struct gcp_permission {
    const char *name; /* "run.services.create" */
    const char *role; /* "roles/run.developer" */
    const char *verb; /* what cannot be done without: "deploy" */
    bool optional;    /* needed only for some uses, or granted on the resource rather than on the project */
};
extern const struct gcp_permission gcp_permissions[]; /* ends with a NULL name */
extern const size_t gcp_permission_count;

/* The row of that name, or NULL. */
const struct gcp_permission *gcp_permission_find(const char *name);

struct gcp_needed_service {
    const char *name, *what; /* "run.googleapis.com", "to deploy" */
    bool impersonation;      /* only where a service account is impersonated */
};
extern const struct gcp_needed_service gcp_needed_services[]; /* ends with a NULL name */
bool gcp_service_is_needed(const char *name);

#endif
