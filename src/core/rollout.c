#include "core/rollout.h"

#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/traffic.h"

#define NONCE "client.knative.dev/nonce"
enum { NAME_MAX_LEN = 63 };

/* The last of the edits of a flag that say something, or NULL. Borrowed. */
static const struct cr_edit *said(const struct cr_edits *edits, enum cr_flag flag)
{
    for (size_t i = edits->len; i-- > 0;)
        if (edits->row[i].flag == flag)
            return &edits->row[i];
    return NULL;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

/* projects/P/.../revisions/R as R, and R as it is. */
static const char *short_name(const char *name)
{
    const char *slash = strrchr(name, '/');

    return slash ? slash + 1 : name;
}

static void set_nonce(json_t *template, const char *nonce)
{
    json_t *labels;

    if (nonce)
        json_object_set_new(cr_edit_object(template, "labels"), NONCE, json_string(nonce));
    else if ((labels = json_object_get(template, "labels"))) {
        json_object_del(labels, NONCE);
        if (!json_object_size(labels))
            json_object_del(template, "labels");
    }
}

/* SERVICE-SUFFIX; the service's part is cut where both are too long together. New. */
static char *revision_name(const char *service, const char *suffix)
{
    size_t used = strlen(suffix) + 1, room = used < NAME_MAX_LEN ? NAME_MAX_LEN - used : 0;

    return cr_format("%.*s-%s", (int)room, service, suffix);
}

static long long generation(const json_t *live)
{
    const json_t *value = json_object_get(live, "generation"); /* an int64, which JSON has as text */

    return json_is_string(value) ? strtoll(json_string_value(value), NULL, 10) : (long long)json_integer_value(value);
}

/* By a name or by a nonce. What the live service was named never stays: that name is taken. */
static void make_revision(const struct cr_rollout *r, const struct cr_edits *edits, json_t *template)
{
    const struct cr_edit *suffix = said(edits, CR_FLAG_REVISION_SUFFIX), *tag = said(edits, CR_FLAG_TAG);
    CR_AUTO_FREE char *name = NULL;

    json_object_del(template, "revision");
    if (!suffix && !tag) {
        set_nonce(template, r->nonce);
        return;
    }
    set_nonce(template, NULL);
    if (suffix && !*suffix->text)
        return;
    if (suffix)
        name = revision_name(r->name, suffix->text);
    else {
        CR_AUTO_FREE char *made = cr_format("%05lld-%s", generation(r->live) + 1, r->random);

        name = revision_name(r->name, made);
    }
    json_object_set_new(template, "revision", json_string(name));
}

static int keep_traffic(const struct cr_rollout *r, const struct cr_edit *e, json_t *service, struct cr_error *err)
{
    const char *ready = short_name(text_of(r->live, "latestReadyRevision"));

    if (!r->live) {
        cr_edit_fail(e, err, "a new service has no other revision that could take the traffic");
        return cr_hint(err, "leave --no-traffic out for the first deployment");
    }
    if (!*ready) {
        cr_edit_fail(e, err, "no revision of '%s' is ready that could keep the traffic", r->name);
        return cr_hint(err, "leave --no-traffic out, or first mend the service");
    }
    json_object_set_new(service, "traffic", cr_traffic_pin(json_object_get(service, "traffic"), ready));
    return 0;
}

/* On the revision that is made; where none is made, on the newest there is. */
static void add_tag(const struct cr_rollout *r, const char *tag, json_t *service)
{
    const char *name = text_of(json_object_get(service, "template"), "revision");

    if (!*name)
        name = short_name(text_of(r->live, "latestCreatedRevision"));
    json_object_set_new(service, "traffic",
                        cr_traffic_tag(json_object_get(service, "traffic"), tag, *name ? name : CR_TRAFFIC_LATEST));
}

static int being_deleted(const struct cr_rollout *r, struct cr_error *err)
{
    cr_fail(err, CR_E_API, "service '%s' is being deleted", r->name);
    return cr_hint(err, "wait until it is gone, then deploy it again");
}

int cr_rollout_apply(const struct cr_rollout *r, const struct cr_edits *edits, json_t *service, struct cr_error *err)
{
    const struct cr_edit *traffic = said(edits, CR_FLAG_TRAFFIC), *tag = said(edits, CR_FLAG_TAG);

    if (json_object_get(r->live, "deleteTime"))
        return being_deleted(r, err);
    if (r->force || !r->live || cr_edits_revision(edits))
        make_revision(r, edits, cr_edit_object(service, "template"));
    if (traffic && strcmp(traffic->text, "false") == 0 && keep_traffic(r, traffic, service, err) < 0)
        return -1;
    if (tag && *tag->text)
        add_tag(r, tag->text, service);
    return 0;
}

/* Absent and empty are one: what the platform fills in comes back when it is not said. */
static bool is_empty(const json_t *value)
{
    return !value || json_is_null(value) || json_is_false(value) || (json_is_array(value) && !json_array_size(value)) ||
           (json_is_object(value) && !json_object_size(value)) || (json_is_string(value) && !json_string_length(value));
}

char *cr_rollout_mask(const json_t *live, const json_t *service)
{
    /* What a client may change, in the order of the API's reference. */
    static const char *const fields[] = {"description",
                                         "labels",
                                         "annotations",
                                         "client",
                                         "clientVersion",
                                         "ingress",
                                         "launchStage",
                                         "binaryAuthorization",
                                         "template",
                                         "traffic",
                                         "scaling",
                                         "invokerIamDisabled",
                                         "defaultUriDisabled",
                                         "iapEnabled",
                                         "multiRegionSettings",
                                         "customAudiences",
                                         "buildConfig"};
    char *mask = cr_strdup("");

    for (size_t i = 0; i < CR_LEN(fields); i++) {
        const json_t *had = json_object_get(live, fields[i]), *has = json_object_get(service, fields[i]);

        if ((is_empty(had) && is_empty(has)) || (had && has && json_equal(had, has)))
            continue;
        CR_AUTO_FREE char *shorter = mask;
        mask = cr_format("%s%s%s", shorter, *shorter ? "," : "", fields[i]);
    }
    return mask;
}
