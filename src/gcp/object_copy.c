#include "gcp/object_copy.h"

#include "base/auto.h"
#include "base/mem.h"

enum { CALLS_MAX = 10000 }; /* each copies what fits into one call; an object of 5 TiB takes a few thousand */

int gcp_object_copy(struct gcp *g, const char *bucket, const char *object, const char *generation,
                    const char *to_bucket, const char *to_object, json_t **meta, struct cr_error *err)
{
    CR_AUTO_FREE char *b = gcp_url_escape(bucket), *o = gcp_url_escape(object), *token = gcp_url_escape("");
    CR_AUTO_FREE char *tb = gcp_url_escape(to_bucket), *to = gcp_url_escape(to_object);
    CR_AUTO_FREE char *gen = gcp_url_escape(generation ? generation : "");

    for (int i = 0; i < CALLS_MAX; i++) {
        CR_AUTO_FREE char *url = gcp_url(g, GCP_STORAGE, "storage/v1/b/%s/o/%s/rewriteTo/b/%s/o/%s?%s%s%s%s%s", b, o,
                                         tb, to, generation ? "sourceGeneration=" : "", gen,
                                         generation && *token ? "&" : "", *token ? "rewriteToken=" : "", token);
        json_auto_t *reply = NULL;
        const char *next;

        /* The same bytes to the same name, however often. */
        if (gcp_call_json(g, &(struct gcp_request){.method = "POST", .url = url, .repeat = GCP_REPEAT_SAFE}, NULL,
                          &reply, "copy the object", err) < 0)
            return -1;
        if (json_is_true(json_object_get(reply, "done"))) {
            *meta = json_incref(json_object_get(reply, "resource"));
            if (!*meta)
                return cr_fail(err, CR_E_API, "cannot copy the object: the reply names no copy");
            return 0;
        }
        next = json_string_value(json_object_get(reply, "rewriteToken"));
        if (!next)
            return cr_fail(err, CR_E_API, "cannot copy the object: the reply is neither an end nor a next step");
        free(token);
        token = gcp_url_escape(next);
    }
    return cr_fail(err, CR_E_API, "cannot copy the object: it does not come to an end");
}
