#include "cli/record_served.h"

#include "base/auto.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/record_file.h"
#include "core/rollback.h"

static const char file[] = "served.json";

static json_t *revisions_in(const json_t *row)
{
    json_t *list = json_object_get(row, "revisions"), *one;
    size_t i;

    if (!json_array_size(list))
        return NULL;
    json_array_foreach(list, i, one)
    {
        if (!json_is_string(one))
            return NULL;
    }
    return json_incref(list);
}

json_t *cli_record_served_get(const char *platform, const char *name)
{
    CR_AUTO_FREE char *key = cr_format("%s/%s", platform, name);
    json_auto_t *all = NULL;
    struct cr_error unread = {0};

    return cli_record_load(file, &all, &unread) < 0 ? NULL : revisions_in(json_object_get(all, key));
}

void cli_record_served_put(const char *platform, const char *name, const json_t *before, const json_t *after)
{
    CR_AUTO_FREE char *key = cr_format("%s/%s", platform, name);
    json_auto_t *was = cli_record_served_get(platform, name), *with = NULL;
    struct cr_error unwritten = {0};
    json_t *list;

    with = cr_rollback_record(was, cr_rollback_serving(before));
    list = cr_rollback_record(with, cr_rollback_serving(after));
    if (was ? json_equal(was, list) : !json_array_size(list)) {
        json_decref(list);
        return;
    }
    if (cli_record_save(file, key, json_pack("{s:o}", "revisions", list), &unwritten) < 0)
        cr_log("http", "what served is not recorded: %s", unwritten.msg);
}
