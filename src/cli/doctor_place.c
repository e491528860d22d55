/* Where builds put things, and as whom builds and services run. */
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "cli/doctor.h"
#include "core/body_build.h"
#include "core/key.h"
#include "core/source.h"
#include "gcp/iam.h"
#include "gcp/storage.h"

static int region_of_builds(struct doctor *d, struct cr_error *err)
{
    return d->build_region ? 0 : cr_build_location(&d->plan, NULL, &d->build_region, err);
}

static bool bucket_is_named(const struct doctor *d)
{
    return cr_plan_has(&d->plan, CR_KEY_BUILD_STAGING_DIR);
}

/* As build chooses it. */
static int bucket_of(struct doctor *d, char **bucket, struct cr_error *err)
{
    static const char tail[] = "_cloudbuild";
    CR_AUTO_FREE char *usual = gcp_bucket_default(doctor_project(d)), *dir = NULL;
    bool regional =
        cr_key_same(CR_KEY_BUILD_BUCKETS, "regional-user-owned-bucket", cr_plan_text(&d->plan, CR_KEY_BUILD_BUCKETS));

    if (bucket_is_named(d))
        return cr_gs_parse(cr_plan_text(&d->plan, CR_KEY_BUILD_STAGING_DIR), bucket, &dir, err);
    if (region_of_builds(d, err) < 0)
        return -1;
    regional = regional && strcmp(d->build_region, "global") != 0;
    *bucket = regional ? cr_format("%.*s_%s%s", (int)(strlen(usual) - strlen(tail)), usual, d->build_region, tail)
                       : CR_STEAL(usual);
    return 0;
}

void doctor_look_bucket(struct doctor *d, struct doctor_result *r)
{
    enum gcp_bucket_owner owner;
    struct cr_error err = {0};

    free(CR_STEAL(d->bucket));
    if (bucket_of(d, &d->bucket, &err) < 0 ||
        gcp_bucket_owner(&d->link.gcp, doctor_project(d), d->bucket, &owner, &err) < 0) {
        doctor_error(r, DOCTOR_FAILED, &err);
        return;
    }
    if (owner == GCP_BUCKET_OURS) {
        doctor_say(r, DOCTOR_OK, CR_OK, "'%s' belongs to the project", d->bucket);
    } else if (owner == GCP_BUCKET_MISSING) {
        doctor_say(r, DOCTOR_WARNING, CR_OK, "'%s' is not there yet; the first build makes it", d->bucket);
        doctor_hint(r,
                    "gcloud storage buckets create gs://%s --project=%s --uniform-bucket-level-access "
                    "--public-access-prevention",
                    d->bucket, doctor_project(d));
        doctor_call(r,
                    "POST %s/storage/v1/b?project=%s {\"name\":\"%s\",\"iamConfiguration\":{"
                    "\"uniformBucketLevelAccess\":{\"enabled\":true},\"publicAccessPrevention\":\"enforced\"}}",
                    d->link.gcp.endpoint[GCP_STORAGE], doctor_project(d), d->bucket);
        r->fixable = true;
    } else {
        doctor_say(r, bucket_is_named(d) ? DOCTOR_WARNING : DOCTOR_FAILED, CR_E_CONFIG,
                   "'%s' belongs to somebody else; what is uploaded there could be changed before it is built",
                   d->bucket);
        doctor_hint(r, "choose another: --gcs-source-staging-dir=gs://%s-crdeploy/source", doctor_project(d));
    }
}

char *doctor_offer_bucket(const struct doctor *d)
{
    return cr_format("make the bucket '%s' in project '%s'", d->bucket, doctor_project(d));
}

int doctor_mend_bucket(struct doctor *d, struct cr_error *err)
{
    const char *where = d->build_region && strstr(d->bucket, d->build_region) ? d->build_region : NULL;

    return gcp_bucket_ensure(&d->link.gcp, doctor_project(d), d->bucket, where, true, err);
}

/* Where the image goes: what is said, or what build does when nothing is. */
static int image_of(struct doctor *d, struct cr_error *err)
{
    const char *said = cr_plan_text(&d->plan, CR_KEY_BUILD_IMAGE), *region = cr_plan_text(&d->plan, CR_KEY_REGION);

    gcp_image_clear(&d->image);
    if (*said)
        return gcp_image_parse(said, &d->image, err);
    if (!*region)
        return cr_fail(err, CR_E_CONFIG, "without a region it is not known where images go");
    d->image.project = cr_strdup(doctor_project(d));
    d->image.location = cr_strdup(region);
    d->image.repository = cr_strdup("crdeploy");
    return 0;
}

static void repository_missing(const struct doctor *d, struct doctor_result *r)
{
    const struct gcp_image *i = &d->image;

    doctor_say(r, DOCTOR_WARNING, CR_OK, "'%s' is not there yet in '%s'; the first build makes it", i->repository,
               i->location);
    doctor_hint(r, "gcloud artifacts repositories create %s --repository-format=docker --location=%s --project=%s",
                i->repository, i->location, i->project);
    doctor_call(r, "POST %s/v1/projects/%s/locations/%s/repositories?repositoryId=%s {\"format\":\"DOCKER\"}",
                d->link.gcp.endpoint[GCP_REGISTRY], i->project, i->location, i->repository);
    r->fixable = true;
}

/* An image far from its service is fetched across a continent at every cold start. */
static bool far_away(const struct doctor *d)
{
    const char *region = cr_plan_text(&d->plan, CR_KEY_REGION);
    size_t n = strlen(d->image.location);

    return *region && strncmp(region, d->image.location, n) != 0;
}

void doctor_look_repository(struct doctor *d, struct doctor_result *r)
{
    CR_AUTO_FREE char *format = NULL;
    struct cr_error err = {0};

    if (image_of(d, &err) < 0) {
        doctor_error(r, DOCTOR_FAILED, &err);
        return;
    }
    if (gcp_registry_format(&d->link.gcp, d->image.project, d->image.location, d->image.repository, &format, &err) <
        0) {
        doctor_error(r, DOCTOR_FAILED, &err);
    } else if (!format) {
        repository_missing(d, r);
    } else if (strcmp(format, "DOCKER") != 0) {
        doctor_say(r, DOCTOR_FAILED, CR_E_CONFIG, "'%s' in '%s' is of format %s, and cannot hold images",
                   d->image.repository, d->image.location, format);
        doctor_hint(r, "name another: --tag %s-docker.pkg.dev/%s/images/NAME", d->image.location, d->image.project);
    } else if (far_away(d)) {
        doctor_say(r, DOCTOR_WARNING, CR_OK, "'%s' is in '%s' and the service in '%s', so cold starts are slower",
                   d->image.repository, d->image.location, cr_plan_text(&d->plan, CR_KEY_REGION));
        doctor_hint(r, "--tag %s-docker.pkg.dev/%s/%s/NAME", cr_plan_text(&d->plan, CR_KEY_REGION), d->image.project,
                    d->image.repository);
    } else {
        doctor_say(r, DOCTOR_OK, CR_OK, "'%s' in '%s'", d->image.repository, d->image.location);
    }
}

char *doctor_offer_repository(const struct doctor *d)
{
    return cr_format("make the repository '%s' in '%s' of project '%s'", d->image.repository, d->image.location,
                     d->image.project);
}

int doctor_mend_repository(struct doctor *d, struct cr_error *err)
{
    return gcp_registry_ensure(&d->link.gcp, d->image.project, d->image.location, d->image.repository, NULL, err);
}

/* There, enabled, and ours to act as. True when nothing was found wrong; then nothing is said. */
static bool account_usable(struct doctor *d, const char *email, struct doctor_result *r)
{
    const char *project = doctor_project(d), *iam = d->link.gcp.endpoint[GCP_IAM];
    CR_AUTO_FREE char *member = doctor_member(d);
    json_auto_t *account = NULL;
    struct cr_error err = {0};
    bool may;

    if (gcp_account_get(&d->link.gcp, project, email, &account, &err) < 0) {
        doctor_error(r, err.code == CR_E_AUTH ? DOCTOR_WARNING : DOCTOR_FAILED, &err);
        return false;
    }
    if (!account) {
        doctor_say(r, DOCTOR_FAILED, CR_E_CONFIG, "there is no service account '%s'", email);
        if (strstr(email, "-compute@developer.gserviceaccount.com"))
            doctor_hint(r,
                        "gcloud services enable compute.googleapis.com --project=%s; one that was deleted: gcloud beta "
                        "iam service-accounts undelete UNIQUE_ID",
                        project);
        else
            doctor_hint(r, "gcloud iam service-accounts create %.*s --project=%s", (int)strcspn(email, "@"), email,
                        project);
        return false;
    }
    if (json_is_true(json_object_get(account, "disabled"))) {
        doctor_say(r, DOCTOR_FAILED, CR_E_CONFIG, "the service account '%s' is disabled", email);
        doctor_hint(r, "gcloud iam service-accounts enable %s --project=%s", email, project);
        doctor_call(r, "POST %s/v1/projects/%s/serviceAccounts/%s:enable {}", iam, project, email);
        return false;
    }
    if (gcp_account_may_act(&d->link.gcp, project, email, &may, &err) < 0) {
        doctor_error(r, err.code == CR_E_AUTH ? DOCTOR_WARNING : DOCTOR_FAILED, &err);
        return false;
    }
    if (!may) {
        doctor_say(r, DOCTOR_FAILED, CR_E_AUTH, "you may not act as '%s' (iam.serviceAccounts.actAs)", email);
        doctor_hint(r,
                    "gcloud iam service-accounts add-iam-policy-binding %s --project=%s --member=%s "
                    "--role=roles/iam.serviceAccountUser",
                    email, project, member);
        doctor_call(r,
                    "POST %s/v1/projects/%s/serviceAccounts/%s:setIamPolicy, with {\"role\":"
                    "\"roles/iam.serviceAccountUser\",\"members\":[\"%s\"]} added to what :getIamPolicy says",
                    iam, project, email, *member == '"' ? "user:YOU" : member);
    }
    return may;
}

/* Whether the project's policy lets the account do what a build does. */
static bool may_build(const json_t *policy, const char *member)
{
    static const char *const whole[] = {"roles/cloudbuild.builds.builder", "roles/editor", "roles/owner"};

    for (size_t i = 0; i < CR_LEN(whole); i++)
        if (gcp_policy_grants(policy, whole[i], member))
            return true;
    return gcp_policy_grants(policy, "roles/logging.logWriter", member) &&
           gcp_policy_grants(policy, "roles/artifactregistry.writer", member) &&
           (gcp_policy_grants(policy, "roles/storage.objectViewer", member) ||
            gcp_policy_grants(policy, "roles/storage.admin", member));
}

static void look_roles(struct doctor *d, const char *email, struct doctor_result *r)
{
    const char *project = doctor_project(d);
    CR_AUTO_FREE char *member = cr_format("serviceAccount:%s", email);
    json_auto_t *policy = NULL;
    struct cr_error err = {0};

    if (gcp_project_policy(&d->link.gcp, project, &policy, &err) < 0) {
        if (err.code == CR_E_AUTH)
            doctor_say(r, DOCTOR_OK, CR_OK, "'%s'; its roles are not yours to see", email);
        else
            doctor_error(r, DOCTOR_FAILED, &err);
    } else if (may_build(policy, member)) {
        doctor_say(r, DOCTOR_OK, CR_OK, "'%s'", email);
    } else {
        /* A folder, the organisation or a group may grant it, which is not seen here. */
        doctor_say(
            r, DOCTOR_WARNING, CR_OK,
            "'%s' has no role in the project that lets it read what is uploaded, write logs and push images; new "
            "projects give it none",
            email);
        doctor_hint(r, "gcloud projects add-iam-policy-binding %s --member=%s --role=roles/cloudbuild.builds.builder",
                    project, member);
        doctor_call(r,
                    "POST %s/v1/projects/%s:setIamPolicy, with {\"role\":\"roles/cloudbuild.builds.builder\","
                    "\"members\":[\"%s\"]} added to what :getIamPolicy says",
                    d->link.gcp.endpoint[GCP_RESOURCE_MANAGER], project, member);
    }
}

/* The one that is named, or the one that builds run as when none is; NULL: there is none. */
static int build_account_of(struct doctor *d, char **email, struct cr_error *err)
{
    const char *named = cr_plan_text(&d->plan, CR_KEY_BUILD_SERVICE_ACCOUNT), *slash = strrchr(named, '/');

    if (*named) {
        *email = cr_strdup(slash ? slash + 1 : named);
        return 0;
    }
    if (region_of_builds(d, err) < 0)
        return -1;
    return gcp_build_account(&d->link.gcp, doctor_project(d), d->build_region, email, err);
}

void doctor_look_build_account(struct doctor *d, struct doctor_result *r)
{
    CR_AUTO_FREE char *email = NULL;
    struct cr_error err = {0};

    if (build_account_of(d, &email, &err) < 0) {
        doctor_error(r, err.code == CR_E_AUTH && !strstr(err.msg, "has not been used") ? DOCTOR_WARNING : DOCTOR_FAILED,
                     &err);
        return;
    }
    if (!email) {
        doctor_say(r, DOCTOR_FAILED, CR_E_CONFIG, "builds have no default service account in this project");
        doctor_hint(r,
                    "gcloud iam service-accounts create crdeploy-build --project=%s, and name it to build: "
                    "--service-account=crdeploy-build@%s.iam.gserviceaccount.com",
                    doctor_project(d), doctor_project(d));
        return;
    }
    /* Cloud Build's own account belongs to Google: it is not shown, and needs nobody to act as it. */
    if (strstr(email, "@cloudbuild.gserviceaccount.com") || account_usable(d, email, r))
        look_roles(d, email, r);
}

void doctor_look_runtime_account(struct doctor *d, struct doctor_result *r)
{
    const char *number = d->project.number;
    CR_AUTO_FREE char *email = NULL;

    if (!number || !*number) {
        doctor_say(r, DOCTOR_WARNING, CR_OK, "without the project's number it is not known which it is");
        return;
    }
    email = cr_format("%s-compute@developer.gserviceaccount.com", number);
    if (account_usable(d, email, r))
        doctor_say(r, DOCTOR_OK, CR_OK, "'%s'", email);
}
