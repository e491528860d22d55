#include "cli/record_service.h"

#include "base/auto.h"
#include "base/mem.h"
#include "cli/record_file.h"
#include "core/diff.h"

static const char file[] = "services.json";

int cli_record_service_get(const char *platform, const char *name, json_t **kept, int64_t *time, struct cr_error *err)
{
    CR_AUTO_FREE char *key = cr_format("%s/%s", platform, name);
    json_auto_t *all = NULL;
    const json_t *row;

    if (cli_record_load(file, &all, err) < 0)
        return -1;
    row = json_object_get(all, key);
    *kept = json_incref(json_object_get(row, "service"));
    *time = json_integer_value(json_object_get(row, "time"));
    return 0;
}

int cli_record_service_put(const char *platform, const char *name, const json_t *service, struct cr_error *err)
{
    CR_AUTO_FREE char *key = cr_format("%s/%s", platform, name);

    return cli_record_save(file, key, service ? json_pack("{s:o}", "service", cr_diff_keep(service)) : NULL, err);
}
