#include "gcp/fetch.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "base/mem.h"

enum { FETCH_MS = 300000, MAX_HEADERS = 15 };

/* curl and browsers take every name under .localhost for this machine; a resolver often does not. New; NULL: no need.
 */
static char *connect_localhost(const char *url)
{
    const char *host = strstr(url, "://"), *port;
    size_t n;

    if (!host || !gcp_url_loopback(url))
        return NULL;
    host += 3;
    n = strcspn(host, ":/?#");
    if (n < strlen(".localhost") || strncasecmp(host + n - 9, "localhost", 9) != 0)
        return NULL; /* an address: connected to as it is */
    port = host[n] == ':' ? host + n + 1 : strncasecmp(url, "https:", 6) == 0 ? "443" : "80";
    return cr_format("%.*s:%.*s:127.0.0.1:%.*s", (int)n, host, (int)strcspn(port, "/?#"), port,
                     (int)strcspn(port, "/?#"), port);
}

int gcp_fetch(struct gcp_http *http, const struct gcp_fetch *f, struct gcp_reply *reply, struct cr_error *err)
{
    CR_AUTO_FREE char *bearer = NULL, *there = f->connect_to ? NULL : connect_localhost(f->url);
    struct gcp_header headers[MAX_HEADERS + 2] = {{0}};
    size_t n = 0;
    int rc;

    if (f->token && strncasecmp(f->url, "https://", 8) != 0 && !gcp_url_loopback(f->url)) {
        cr_fail(err, CR_E_USAGE, "'%.200s' is plain http, where a token would travel unencrypted", f->url);
        return cr_hint(err, "use the https:// address, or call it without a token");
    }
    for (const struct gcp_header *h = f->headers; h && h->name && n < MAX_HEADERS; h++)
        headers[n++] = *h;
    if (f->token) {
        bearer = cr_format("Bearer %s", f->token);
        headers[n++] = (struct gcp_header){"Authorization", bearer};
    }
    rc = http->send(http,
                    &(struct gcp_request){.method = f->method,
                                          .url = f->url,
                                          .headers = headers,
                                          .content_type = f->content_type,
                                          .body = f->body,
                                          .body_len = f->body_len,
                                          .repeat = f->again ? GCP_REPEAT_SAFE : GCP_REPEAT_BY_METHOD,
                                          .timeout_ms = f->timeout_ms ? f->timeout_ms : FETCH_MS,
                                          .connect_to = f->connect_to ? f->connect_to : there},
                    reply, err);
    if (bearer)
        explicit_bzero(bearer, strlen(bearer));
    return rc;
}
