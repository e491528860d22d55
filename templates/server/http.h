/*
 * http.h - HTTP/1.1 through libmicrohttpd: one thread reads and writes (loop.h), call.h is one request, the worker runs
 * the model. Idle connections cost 17 KiB each; at the limit of connections, requests on new ones are refused.
 */
#ifndef SERVER_HTTP_H
#define SERVER_HTTP_H

#include "routes.h"
#include "worker.h"

struct http;

/* Binds and listens at once, before the model is loaded: requests that come early wait in the queue. */
int http_start(struct service *service, struct worker *worker, struct http **out, struct error *err);
int http_port(const struct http *h); /* the real one, when settings say 0 */
size_t http_active(struct http *h);  /* requests between their first header and their last byte */
void http_drain(struct http *h);     /* takes no new connections; replies from now on close theirs */
void http_close(struct http *h);     /* after it no request is given to the worker */
void http_stop(struct http *h);      /* only when none is active */

#endif
