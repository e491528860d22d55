#include "gcp/run.h"

#include <string.h>

#include "base/auto.h"
#include "base/interrupt.h"
#include "base/mem.h"

enum { CONFLICTS = 5, FIRST_WAIT_MS = 500 };

static const char invoker[] = "roles/run.invoker", everyone[] = GCP_EVERYONE;

int gcp_run_policy_get(struct gcp *g, const char *name, json_t **policy, struct cr_error *err)
{
    CR_AUTO_FREE char *url = gcp_url(g, GCP_RUN, "v2/%s:getIamPolicy?options.requestedPolicyVersion=3", name);

    if (gcp_call_json(g, &(struct gcp_request){.method = "GET", .url = url, .missing_ok = true}, NULL, policy,
                      "read who may call the service", err) < 0)
        return -1;
    if (!*policy)
        *policy = cr_oom_check(json_object());
    return 0;
}

/* *conflict: the policy changed since it was read. */
static int set_once(struct gcp *g, const char *name, const json_t *policy, json_t **now, bool *conflict,
                    struct cr_error *err)
{
    static const int answers[] = {409, 0};
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
    CR_AUTO_FREE char *url = gcp_url(g, GCP_RUN, "v2/%s:setIamPolicy", name);
    json_auto_t *body = cr_oom_check(json_pack("{s:O}", "policy", policy));
    CR_AUTO_FREE char *text = cr_oom_check(json_dumps(body, JSON_COMPACT));
    bool guarded = json_object_get(policy, "etag") != NULL;

    if (gcp_call_answers(g,
                         &(struct gcp_request){.method = "POST",
                                               .url = url,
                                               .content_type = "application/json",
                                               .body = text,
                                               .body_len = strlen(text),
                                               .repeat = guarded ? GCP_REPEAT_SAFE : GCP_REPEAT_NEVER},
                         answers, &reply, "set who may call the service", err) < 0)
        return -1;
    *conflict = reply.status == 409;
    if (*conflict)
        return 0;
    *now = json_loadb(reply.body.buf, reply.body.len, 0, NULL);
    return *now ? 0 : cr_fail(err, CR_E_API, "cannot set who may call the service: the reply is not JSON");
}

static bool is_invoker(const json_t *binding)
{
    const char *role = json_string_value(json_object_get(binding, "role"));

    return role && strcmp(role, invoker) == 0 && !json_object_get(binding, "condition");
}

/* Index of a member in an unconditional invoker binding, or -1. */
static int member_index(const json_t *binding, const char *member)
{
    json_t *row;
    size_t i;

    if (is_invoker(binding))
        json_array_foreach(json_object_get(binding, "members"), i,
                           row) if (json_is_string(row) && strcmp(json_string_value(row), member) == 0) return (int)i;
    return -1;
}

static bool may_call(const json_t *policy, const char *member)
{
    json_t *row;
    size_t i;

    json_array_foreach(json_object_get(policy, "bindings"), i, row) if (member_index(row, member) >= 0) return true;
    return false;
}

bool gcp_run_policy_public(const json_t *policy)
{
    return may_call(policy, everyone);
}

static void add_member(json_t *policy, const char *member)
{
    json_t *bindings = json_object_get(policy, "bindings"), *row;
    size_t i;

    if (!json_is_array(bindings)) {
        bindings = json_array();
        json_object_set_new(policy, "bindings", bindings);
    }
    json_array_foreach(bindings, i, row) if (is_invoker(row) && json_is_array(json_object_get(row, "members")))
    {
        json_array_append_new(json_object_get(row, "members"), json_string(member));
        return;
    }
    json_array_append_new(bindings, cr_oom_check(json_pack("{s:s, s:[s]}", "role", invoker, "members", member)));
}

static void remove_member(json_t *policy, const char *member)
{
    json_t *bindings = json_object_get(policy, "bindings");

    for (size_t i = json_array_size(bindings); i-- > 0;) {
        json_t *row = json_array_get(bindings, i), *members = json_object_get(row, "members");

        for (int at; (at = member_index(row, member)) >= 0;)
            json_array_remove(members, (size_t)at);
        if (is_invoker(row) && json_array_size(members) == 0)
            json_array_remove(bindings, i); /* a binding without members is refused */
    }
}

bool gcp_run_policy_edit(json_t *policy, const struct gcp_invoker *list, size_t n)
{
    bool changed = false;

    for (size_t i = 0; i < n; i++) {
        if (may_call(policy, list[i].member) == list[i].allowed)
            continue;
        (list[i].allowed ? add_member : remove_member)(policy, list[i].member);
        changed = true;
    }
    return changed;
}

int gcp_run_set_invokers(struct gcp *g, const char *name, const struct gcp_invoker *list, size_t n, bool *changed,
                         struct cr_error *err)
{
    for (int i = 0; i < CONFLICTS; i++) {
        json_auto_t *policy = NULL, *now = NULL;
        bool conflict = false;

        if (i)
            g->http->sleep_ms(g->http, FIRST_WAIT_MS << (i - 1));
        if (cr_interrupt_check(err) < 0 || gcp_run_policy_get(g, name, &policy, err) < 0)
            return -1;
        if (!gcp_run_policy_edit(policy, list, n)) {
            if (changed)
                *changed = i > 0; /* after a conflict: a repeat of ours may have won */
            return 0;
        }
        if (set_once(g, name, policy, &now, &conflict, err) < 0)
            return -1;
        if (!conflict) {
            if (changed)
                *changed = true;
            return 0;
        }
    }
    cr_fail(err, CR_E_API, "the policy of '%s' keeps being changed by somebody else", name);
    return cr_hint(err, "run it again when nobody else edits it");
}
