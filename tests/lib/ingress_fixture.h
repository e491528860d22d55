/*
 * ingress_fixture.h - an ingress in front of processes in place of containers, for unit tests: its service `svc` is
 * open, and answers as fixture_server.c says.
 */
#ifndef INGRESS_FIXTURE_H
#define INGRESS_FIXTURE_H

#include <jansson.h>

#include "lib/local_fixture.h"
#include "lib/raw_http.h"
#include "local/ingress.h"

#define TOKEN "0123456789abcdef"
#define HOST "Host: svc.localhost\r\n"
#define GET(path) "GET " path " HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"

extern struct local_fixture fixture;
extern struct local_ingress *ingress;

/* Token, instances and the queue's wait are set here. */
void ingress_start(struct local_ingress_opt opt);
void ingress_stop(void);
/* A revision; members of `more` replace those of its container. Takes more, which may be NULL. */
void ingress_add(const char *service, const char *revision, json_t *more);
void ingress_route(const char *service, const char *revision, bool open, int concurrency, int64_t timeout_ms);
/* One request on a connection of its own, which must ask for its end; the answer is new. */
char *ingress_ask(const char *request);
void ingress_expect(const char *request, const char *start, const char *inside);

#endif
