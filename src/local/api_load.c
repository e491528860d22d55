/* POST /local/load: a service from a file, into a project and region. */
#include "local/api.h"

#include "base/auto.h"
#include "local/load.h"

void local_load_post(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    const char *project = local_query(rq, "project"), *region = local_query(rq, "region");
    json_auto_t *document = rq->text ? json_loadb(rq->text, rq->text_len, JSON_REJECT_DUPLICATES, NULL) : NULL;
    CR_AUTO_FREE char *name = NULL;
    struct cr_error err = {0};
    size_t revisions;

    if (!project || !*project || !region || !*region)
        local_refuse(rp, "INVALID_ARGUMENT", "project and region say where the service is to stand");
    else if (!document)
        local_refuse(rp, "INVALID_ARGUMENT", "it is not JSON");
    else if (local_load(l, document, project, region, &name, &revisions, &err) < 0)
        local_refuse(rp, err.code == CR_E_USAGE ? "INVALID_ARGUMENT" : "INTERNAL", "%s%s%s", err.msg,
                     *err.hint ? "; " : "", err.hint);
    else
        local_reply_json(rp, 200, json_pack("{s:s, s:i}", "name", name, "revisions", (int)revisions));
}
