/*
 * routes.h - which path does what. A route either replies at once, from any thread, or hands the body to the worker.
 */
#ifndef SERVER_ROUTES_H
#define SERVER_ROUTES_H

#include "service.h"

#define ROUTES_MAX 12

struct route {
    char path[512];
    void (*get)(const struct service *s, struct reply *reply); /* NULL: POST, and the worker answers */
    bool probe;
};

struct routes {
    struct route list[ROUTES_MAX];
    size_t n;
};

void routes_make(struct routes *r, const struct settings *settings);
/* The route, or NULL with the reply to send: 404 for the path, 405 with Allow for the method. */
const struct route *routes_find(const struct routes *r, const char *method, const char *path, struct reply *reply);

#endif
