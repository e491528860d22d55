#include "core/label.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

static void add(json_t *list, const char *key, const char *value)
{
    json_array_append_new(list, cr_oom_check(json_pack("{s:s, s:s}", "key", key, "value", value)));
}

void cr_label_created(const struct cr_plan *plan, char out[21])
{
    const char *s = cr_plan_text(plan, CR_KEY_BUILD_SNAPSHOT);

    if (strlen(s) == 16)
        snprintf(out, 21, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", s, s + 4, s + 6, s + 9, s + 11, s + 13);
    else
        snprintf(out, 21, "1970-01-01T00:00:00Z");
}

json_t *cr_label_list(const struct cr_plan *plan, const struct cr_lock *lock, const char *base_image)
{
    char created[21], digest[CR_SHA256_HEX], version[13], samples[24];
    const char *license = cr_plan_text(plan, CR_KEY_MODEL_LICENSE);
    json_t *list = json_array();

    cr_label_created(plan, created);
    cr_lock_digest(lock, digest);
    snprintf(version, sizeof(version), "%.12s", digest);
    snprintf(samples, sizeof(samples), "%zu", plan->manifest ? plan->manifest->samples : 0);
    add(list, CR_LABEL_BASE, base_image);
    add(list, CR_LABEL_SAMPLES, samples);
    add(list, CR_LABEL_TASK, cr_plan_text(plan, CR_KEY_MODEL_TASK));
    add(list, CR_LABEL_VERSION, CR_VERSION);
    add(list, CR_LABEL_CREATED, created);
    add(list, CR_LABEL_LICENSES, *license ? license : "NOASSERTION");
    add(list, CR_LABEL_REVISION, lock->revision ? lock->revision : digest);
    add(list, CR_LABEL_SOURCE, lock->source ? lock->source : "");
    add(list, CR_LABEL_TITLE, cr_plan_text(plan, CR_KEY_NAME));
    add(list, CR_LABEL_MODEL_VERSION, lock->revision ? lock->revision : version);
    json_object_set_new(json_array_get(list, json_array_size(list) - 1), "last", json_true());
    return list;
}
