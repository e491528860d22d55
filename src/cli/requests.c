#include "cli/requests.h"

#include "base/auto.h"
#include "base/mem.h"
#include "gcp/json.h"

int cli_requests_show(struct cmd *c, json_t *requests, struct cr_error *err)
{
    json_t *one;
    size_t i;

    if (c->json)
        return cmd_json(c, json_pack("{s:O}", "requests", requests), err);
    json_array_foreach(requests, i, one)
    {
        const json_t *body = json_object_get(one, "body");

        fprintf(c->out, "%s %s\n", gcp_text_at(one, "method"), gcp_text_at(one, "url"));
        if (json_is_object(body)) {
            CR_AUTO_FREE char *text = cr_oom_check(json_dumps(body, JSON_INDENT(2)));

            fprintf(c->out, "%s\n", text);
        }
    }
    return 0;
}
