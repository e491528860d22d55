/* Flags that are one field of the service or its template: yes or no, a text, or a choice by Cloud Run's own word. */
#include <string.h>

#include "base/mem.h"
#include "core/edit_parts.h"

static const struct field {
    enum cr_flag flag;
    bool template; /* of the template, or of the service */
    const char *name;
    bool inverted;         /* the field says what is not so */
    const char *words[3];  /* of the choices, in their order in core/flag; all NULL: the text itself */
    bool empty_is_nothing; /* otherwise an empty text takes the field away */
} fields[] = {
    {CR_FLAG_EXECUTION_ENVIRONMENT,
     true,
     "executionEnvironment",
     false,
     {"EXECUTION_ENVIRONMENT_GEN1", "EXECUTION_ENVIRONMENT_GEN2"},
     true},
    {CR_FLAG_GPU_ZONAL_REDUNDANCY, true, "gpuZonalRedundancyDisabled", true, {NULL}, false},
    {CR_FLAG_SERVICE_ACCOUNT, true, "serviceAccount", false, {NULL}, true},
    {CR_FLAG_SESSION_AFFINITY, true, "sessionAffinity", false, {NULL}, false},
    {CR_FLAG_KEY, true, "encryptionKey", false, {NULL}, false},
    {CR_FLAG_POST_KEY_REVOCATION, true, "encryptionKeyRevocationAction", false, {"PREVENT_NEW", "SHUTDOWN"}, false},
    {CR_FLAG_DEPLOY_HEALTH_CHECK, true, "healthCheckDisabled", true, {NULL}, false},
    {CR_FLAG_DESCRIPTION, false, "description", false, {NULL}, false},
    {CR_FLAG_INGRESS,
     false,
     "ingress",
     false,
     {"INGRESS_TRAFFIC_ALL", "INGRESS_TRAFFIC_INTERNAL_ONLY", "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"},
     false},
    {CR_FLAG_DEFAULT_URL, false, "defaultUriDisabled", true, {NULL}, false},
    {CR_FLAG_INVOKER_IAM_CHECK, false, "invokerIamDisabled", true, {NULL}, false},
    {CR_FLAG_IAP, false, "iapEnabled", false, {NULL}, false},
};

/* v2 has no word for false: the field is there, or it is not. */
static void set_truth(json_t *object, const struct field *f, const char *text)
{
    if ((strcmp(text, "true") == 0) != f->inverted)
        json_object_set_new(object, f->name, json_true());
    else
        json_object_del(object, f->name);
}

static int set_word(json_t *object, const struct field *f, const struct cr_edit *e, struct cr_error *err)
{
    const char *const *choices = cr_flags[e->flag].choices;

    for (size_t i = 0; i < CR_LEN(f->words) && choices[i]; i++)
        if (strcmp(choices[i], e->text) == 0) {
            json_object_set_new(object, f->name, json_string(f->words[i]));
            return 0;
        }
    cr_edit_fail(e, err, "it does not take '%s'", e->text);
    return cr_hint(err, "'crdeploy deploy --help' lists what --%s takes", cr_flags[e->flag].name);
}

static int set_text(json_t *object, const struct field *f, const struct cr_edit *e, struct cr_error *err)
{
    json_t *text = json_string(e->text);

    if (!text)
        return cr_edit_fail(e, err, "the value is not UTF-8");
    if (*e->text)
        json_object_set(object, f->name, text);
    else if (!f->empty_is_nothing)
        json_object_del(object, f->name);
    json_decref(text);
    return 0;
}

int cr_edit_field(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    for (size_t i = 0; i < CR_LEN(fields); i++) {
        const struct field *f = &fields[i];
        json_t *object = f->template ? at->template : at->service;

        if (f->flag != e->flag)
            continue;
        if (cr_flags[e->flag].form != CR_FORM_BOOL)
            return f->words[0] ? set_word(object, f, e, err) : set_text(object, f, e, err);
        set_truth(object, f, e->text);
    }
    return 0;
}
