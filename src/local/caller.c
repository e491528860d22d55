#include "local/caller.h"

#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "base/mem.h"
#include "local/authority.h"
#include "local/route.h"

static bool is_served(struct local_text name)
{
    static const char *const names[] = {"127.0.0.1",       "localhost",          "[::1]", "metadata.google.internal",
                                        "169.254.169.254", "accounts.google.com"};
    static const char apis[] = ".googleapis.com";
    size_t n = sizeof(apis) - 1;

    for (size_t i = 0; i < CR_LEN(names); i++)
        if (local_text_is(name, names[i]))
            return true;
    return name.len > n && name.at[0] != '.' && strncasecmp(name.at + name.len - n, apis, n) == 0;
}

/* What the client takes this server for: the authority of an absolute-form target, which wins, or Host. NULL: neither,
 * or several. */
static const char *authority_of(const struct local_request *rq)
{
    const char *host = NULL;
    int hosts = 0;

    for (size_t i = 0; i < rq->headers.len; i++) {
        if (strcasecmp(rq->headers.row[i].name, "Host") == 0) {
            host = rq->headers.row[i].value;
            hosts++;
        }
    }
    if (hosts > 1)
        return NULL;
    return rq->authority ? rq->authority : host;
}

static bool header_is(const struct local_request *rq, const char *name, const char *value)
{
    const char *have = local_header(rq, name);

    return have && strcasecmp(have, value) == 0;
}

static bool is_page(struct local_request *rq)
{
    const struct local_row *row = local_route(local_rows, local_row_count, rq);

    return row && row->flags & LOCAL_PAGE;
}

static bool is_own_origin(const char *origin, const char *authority)
{
    return strncasecmp(origin, "http://", 7) == 0 && strcasecmp(origin + 7, authority) == 0;
}

/* Whether a browser sent it for a web page that has no business here. */
static bool is_from_page(struct local_request *rq, const char *authority)
{
    const char *origin = local_header(rq, "Origin"), *site = local_header(rq, "Sec-Fetch-Site");
    bool direct = !site || strcasecmp(site, "none") == 0;

    if (!origin && direct)
        return false;
    if (!is_page(rq) || (origin && !is_own_origin(origin, authority)))
        return true;
    return !direct && strcasecmp(site, "same-origin") != 0 &&
           !(header_is(rq, "Sec-Fetch-Mode", "navigate") && header_is(rq, "Sec-Fetch-Dest", "document"));
}

bool local_caller_accept(struct local_request *rq, struct local_reply *rp)
{
    const char *authority = authority_of(rq);
    struct local_text name;

    if (!authority || !local_authority_name((struct local_text){authority, strlen(authority)}, &name)) {
        local_refuse(rp, "INVALID_ARGUMENT", "The request must have one valid Host header.");
        return false;
    }
    if (!is_served(name)) {
        local_reply_json(rp, 421,
                         json_pack("{s:{s:i, s:s, s:s}}", "error", "code", 421, "message",
                                   "This server does not serve the host that the request names.", "status",
                                   "FAILED_PRECONDITION"));
        return false;
    }
    if (is_from_page(rq, authority)) {
        local_refuse(rp, "PERMISSION_DENIED", "Requests that are sent by a web page are not accepted.");
        return false;
    }
    return true;
}
