/* Whether the project is there and paid for, what is enabled in it, and what the caller may do. */
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/doctor.h"
#include "gcp/billing.h"
#include "gcp/iam.h"
#include "gcp/permission.h"
#include "gcp/serviceusage.h"

enum { REGIONS_MAX = 128 };

static void no_project(const struct doctor *d, struct doctor_result *r)
{
    const char *own = d->link.info.project;

    doctor_say(r, DOCTOR_FAILED, CR_E_CONFIG, "no project is set");
    if (own)
        doctor_hint(r, "crdeploy config set project %s", own);
    else
        doctor_hint(r, "crdeploy config set project PROJECT; those you have: gcloud projects list");
}

void doctor_look_project(struct doctor *d, struct doctor_result *r)
{
    const char *project = doctor_project(d);
    struct cr_error err = {0};

    if (!*project) {
        no_project(d, r);
        return;
    }
    gcp_project_clear(&d->project);
    if (gcp_project_get(&d->link.gcp, project, &d->project, &err) < 0) {
        doctor_error(r, DOCTOR_FAILED, &err);
        if (r->late) { /* Resource Manager itself is disabled: a pity, no more */
            r->status = DOCTOR_WARNING;
            return;
        }
        if (err.code == CR_E_AUTH && !strstr(err.msg, "HTTP 401"))
            doctor_hint(r, "gcloud projects describe %s; those you have: gcloud projects list", project);
        return;
    }
    if (strcmp(d->project.state, "ACTIVE") == 0) {
        doctor_say(r, DOCTOR_OK, CR_OK, "'%s', number %s", project, d->project.number);
        return;
    }
    doctor_say(r, DOCTOR_FAILED, CR_E_CONFIG, "'%s' is not active but %s", project, d->project.state);
    doctor_hint(r, "gcloud projects undelete %s", project);
    doctor_call(r, "POST %s/v1/projects/%s:undelete {}", d->link.gcp.endpoint[GCP_RESOURCE_MANAGER], project);
}

void doctor_look_billing(struct doctor *d, struct doctor_result *r)
{
    const char *project = doctor_project(d);
    CR_AUTO_FREE char *account = NULL;
    struct cr_error err = {0};
    bool enabled;

    if (gcp_billing_get(&d->link.gcp, project, &enabled, &account, &err) < 0) {
        /* Who may build need not be allowed to see who pays. */
        doctor_error(r, err.code == CR_E_AUTH ? DOCTOR_WARNING : DOCTOR_FAILED, &err);
        return;
    }
    if (enabled) {
        doctor_say(r, DOCTOR_OK, CR_OK, "paid for by '%s'", account ? account : "an account that is not shown");
        return;
    }
    doctor_say(r, DOCTOR_FAILED, CR_E_CONFIG,
               account ? "the billing account of the project is closed"
                       : "no billing account is linked to the project");
    doctor_hint(r,
                "gcloud billing projects link %s --billing-account=ACCOUNT; those you have: gcloud billing accounts "
                "list",
                project);
    doctor_call(r, "PUT %s/v1/projects/%s/billingInfo {\"billingAccountName\":\"billingAccounts/ACCOUNT\"}",
                d->link.gcp.endpoint[GCP_BILLING], project);
}

/* The names of those that are not enabled, with `between` them. New. */
static char *disabled(const struct doctor *d, const char *quote, const char *between)
{
    char *all = cr_strdup("");

    for (size_t i = 0; i < d->apis; i++) {
        char *more;

        if (d->enabled[i])
            continue;
        more = cr_format("%s%s%s%s%s", all, *all ? between : "", quote, d->api[i], quote);
        free(all);
        all = more;
    }
    return all;
}

void doctor_look_apis(struct doctor *d, struct doctor_result *r)
{
    const char *project = doctor_project(d);
    CR_AUTO_FREE char *number = NULL, *missing = NULL, *listed = NULL, *quoted = NULL;
    struct cr_error err = {0};

    d->apis = 0;
    for (const struct gcp_needed_service *s = gcp_needed_services; s->name; s++)
        if (!s->impersonation || d->link.info.target) {
            d->enabled[d->apis] = true; /* until it is known better */
            d->api[d->apis++] = s->name;
        }
    if (gcp_services_get(&d->link.gcp, project, d->api, d->apis, d->enabled, &number, &err) < 0) {
        doctor_error(r, err.code == CR_E_AUTH ? DOCTOR_WARNING : DOCTOR_FAILED, &err);
        return;
    }
    if (!d->project.number || !*d->project.number) {
        free(d->project.number);
        d->project.number = CR_STEAL(number);
    }
    missing = disabled(d, "", " ");
    if (!*missing) {
        doctor_say(r, DOCTOR_OK, CR_OK, "all %zu are enabled", d->apis);
        return;
    }
    listed = disabled(d, "", ", ");
    quoted = disabled(d, "\"", ",");
    doctor_say(r, DOCTOR_FAILED, CR_E_CONFIG, "not enabled: %s", listed);
    doctor_hint(r, "gcloud services enable %s --project=%s", missing, project);
    doctor_call(r, "POST %s/v1/projects/%s/services:batchEnable {\"serviceIds\":[%s]}",
                d->link.gcp.endpoint[GCP_SERVICE_USAGE], project, quoted);
    r->fixable = true;
}

char *doctor_offer_apis(const struct doctor *d)
{
    CR_AUTO_FREE char *names = disabled(d, "", ", ");

    return cr_format("enable %s in project '%s'", names, doctor_project(d));
}

int doctor_mend_apis(struct doctor *d, struct cr_error *err)
{
    const char *name[DOCTOR_APIS_MAX];
    size_t n = 0;

    for (size_t i = 0; i < d->apis; i++)
        if (!d->enabled[i])
            name[n++] = d->api[i];
    if (gcp_services_enable(&d->link.gcp, doctor_project(d), name, n, err) < 0)
        return -1;
    d->waiting = true;
    return 0;
}

/* Each role that is missing once, with the command that gives it. */
static void give_roles(const struct doctor *d, const bool *granted, bool optional, struct doctor_result *r)
{
    CR_AUTO_FREE char *member = doctor_member(d);

    for (size_t i = 0; i < gcp_permission_count; i++) {
        const struct gcp_permission *p = &gcp_permissions[i];
        bool first = true;

        for (size_t j = 0; j < i; j++)
            first = first && (granted[j] || gcp_permissions[j].optional != optional ||
                              strcmp(gcp_permissions[j].role, p->role) != 0);
        if (granted[i] || p->optional != optional || !first)
            continue;
        doctor_hint(r, "gcloud projects add-iam-policy-binding %s --member=%s --role=%s", doctor_project(d), member,
                    p->role);
        doctor_call(r,
                    "POST %s/v1/projects/%s:setIamPolicy, with {\"role\":\"%s\",\"members\":[\"%s\"]} added to what "
                    ":getIamPolicy says",
                    d->link.gcp.endpoint[GCP_RESOURCE_MANAGER], doctor_project(d), p->role,
                    *member == '"' ? "user:YOU" : member);
    }
}

/* "run.services.create (deploy), …" of those that are missing. New. */
static char *lacking(const bool *granted, bool optional)
{
    char *all = cr_strdup("");

    for (size_t i = 0; i < gcp_permission_count; i++) {
        const struct gcp_permission *p = &gcp_permissions[i];
        char *more;

        if (granted[i] || p->optional != optional)
            continue;
        more = cr_format("%s%s%s (%s)", all, *all ? ", " : "", p->name, p->verb);
        free(all);
        all = more;
    }
    return all;
}

void doctor_look_permissions(struct doctor *d, struct doctor_result *r)
{
    const char *name[GCP_IAM_TEST_MAX];
    bool granted[GCP_IAM_TEST_MAX] = {false};
    CR_AUTO_FREE char *needed = NULL, *wanted = NULL;
    struct cr_error err = {0};

    for (size_t i = 0; i < gcp_permission_count; i++)
        name[i] = gcp_permissions[i].name;
    if (gcp_project_test(&d->link.gcp, doctor_project(d), name, gcp_permission_count, granted, &err) < 0) {
        doctor_error(r, err.code == CR_E_NET ? DOCTOR_FAILED : DOCTOR_WARNING, &err);
        return;
    }
    needed = lacking(granted, false);
    wanted = lacking(granted, true);
    if (*needed)
        doctor_say(r, DOCTOR_FAILED, CR_E_AUTH, "you lack %s", needed);
    else if (*wanted)
        doctor_say(r, DOCTOR_WARNING, CR_OK, "you lack, for some uses only, %s", wanted);
    else
        doctor_say(r, DOCTOR_OK, CR_OK, "all %zu that are needed", gcp_permission_count);
    if (r->status != DOCTOR_OK)
        give_roles(d, granted, !*needed, r);
}

void doctor_look_region(struct doctor *d, struct doctor_result *r)
{
    const char *region = cr_plan_text(&d->plan, CR_KEY_REGION), *names[REGIONS_MAX] = {NULL}, *near;
    json_auto_t *regions = NULL;
    struct cr_error err = {0};
    const json_t *row;
    size_t i;

    if (!*region) {
        doctor_say(r, DOCTOR_FAILED, CR_E_CONFIG, "no region is set");
        doctor_hint(r, "crdeploy config set region us-central1; the others: gcloud run regions list");
        return;
    }
    if (gcp_project_regions(&d->link.gcp, doctor_project(d), &regions, &err) < 0) {
        doctor_error(r, err.code == CR_E_AUTH && !strstr(err.msg, "has not been used") ? DOCTOR_WARNING : DOCTOR_FAILED,
                     &err);
        return;
    }
    json_array_foreach(regions, i, row)
    {
        if (strcmp(json_string_value(row), region) == 0) {
            doctor_say(r, DOCTOR_OK, CR_OK, "'%s'", region);
            return;
        }
        if (i < REGIONS_MAX - 1)
            names[i] = json_string_value(row);
    }
    near = cr_nearest(region, names);
    doctor_say(r, DOCTOR_FAILED, CR_E_CONFIG, "Cloud Run is not in '%s'", region);
    doctor_hint(r, "crdeploy config set region %s; the others: gcloud run regions list", near ? near : "us-central1");
}
