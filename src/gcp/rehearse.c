#include "gcp/rehearse.h"

#include <string.h>

#include "base/mem.h"

/* Whether the last row is the same read: this is its repetition after a failure. */
static bool is_repeated(const struct gcp_rehearsal *r, const struct gcp_request *req)
{
    const json_t *last = json_array_get(r->requests, json_array_size(r->requests) - 1);
    const char *method = json_string_value(json_object_get(last, "method"));
    const char *url = json_string_value(json_object_get(last, "url"));

    return last && strcmp(method, "GET") == 0 && strcmp(req->method, "GET") == 0 && strcmp(url, req->url) == 0;
}

static void write_down(struct gcp_rehearsal *r, const struct gcp_request *req)
{
    json_t *body = req->body ? json_loadb(req->body, req->body_len, JSON_DECODE_ANY, NULL) : NULL;

    json_array_append_new(r->requests, cr_oom_check(json_pack("{s:s, s:s, s:o}", "method", req->method, "url", req->url,
                                                              "body", body ? body : json_null())));
}

static int rehearsed_send(struct gcp_http *self, const struct gcp_request *req, struct gcp_reply *reply,
                          struct cr_error *err)
{
    struct gcp_rehearsal *r = (struct gcp_rehearsal *)self; /* door is its first member */

    if (!req->secret_url && !is_repeated(r, req))
        write_down(r, req);
    if (strcmp(req->method, "GET") == 0)
        return r->behind->send(r->behind, req, reply, err);
    gcp_reply_reset(reply);
    reply->status = 200;
    return cr_str_add(&reply->body, "{}", 2, err);
}

static void rehearsed_sleep(struct gcp_http *self, int64_t ms)
{
    struct gcp_http *behind = ((struct gcp_rehearsal *)self)->behind;

    behind->sleep_ms(behind, ms);
}

void gcp_rehearsal_init(struct gcp_rehearsal *r, struct gcp_http *behind)
{
    *r = (struct gcp_rehearsal){{rehearsed_send, rehearsed_sleep}, behind, cr_oom_check(json_array())};
}

void gcp_rehearsal_clear(struct gcp_rehearsal *r)
{
    json_decref(r->requests);
    *r = (struct gcp_rehearsal){0};
}
