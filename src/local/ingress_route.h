/*
 * ingress_route.h - which revision answers for a Host.
 *
 * Threads: a lock of its own; lookups copy out. Errors: as local_ingress_route() in ingress.h says.
 */
#ifndef LOCAL_INGRESS_ROUTE_H
#define LOCAL_INGRESS_ROUTE_H

#include "local/ingress.h"
#include "local/ingress_head.h"

struct local_routes;

struct local_choice {
    char revision[LOCAL_REVISION_NAME];
    int concurrency;
    int64_t timeout_ms;
    bool open;
};

struct local_routes *local_routes_new(void);
void local_routes_free(struct local_routes *r);
int local_routes_set(struct local_routes *r, const char *service, bool open, const struct local_target *target,
                     size_t count, struct cr_error *err) CR_CHECKED;
void local_routes_forget(struct local_routes *r, const char *service);
/* 0 with `choice` set, or the HTTP status to refuse with: 400 (not a valid host), 421 (not the host of a service), 404
 * (that of a service, but without such a tag, or it serves by tag only). Targets with percents take turns. */
int local_routes_find(struct local_routes *r, struct local_text host, struct local_choice *choice);

#endif
