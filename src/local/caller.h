/*
 * caller.h - whether a request to the APIs is accepted at all, before anything else looks at it.
 *
 * A page on the web can make a browser on this machine send requests here: directly, and, once the name of its own
 * server resolves to 127.0.0.1 (DNS rebinding), as if they were to its own server, whose answers it may read. Both
 * leave a mark that the page cannot remove: the name in Host, or Origin and Sec-Fetch-Site.
 *
 *   400  no Host, several, or one that is not a valid authority (RFC 9112, 3.2)
 *   421  a host that is not served here. Served are this machine's loopback names, those of the metadata server, and
 *        those of Google's APIs, for clients that use the platform as a proxy. Ports do not matter.
 *   403  a request that a web page sent: Origin, or Sec-Fetch-Site other than "none". Pages that a person opens in a
 *        browser (LOCAL_PAGE) accept those of their own origin, and a navigation of the whole tab from anywhere, as
 *        when a link in a web terminal is followed; they cannot be framed, fetched or posted to.
 *
 * Source: https://www.w3.org/TR/fetch-metadata/
 */
#ifndef LOCAL_CALLER_H
#define LOCAL_CALLER_H

#include "local/message.h"

/* False: the reply says why. Uses method, path, authority and headers; rq->arg is overwritten. */
bool local_caller_accept(struct local_request *rq, struct local_reply *rp);

#endif
