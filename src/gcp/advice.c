#include "gcp/advice.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"
#include "gcp/permission.h"

#define LOGIN "get a new token: export CRDEPLOY_ACCESS_TOKEN=$(gcloud auth print-access-token)"
#define GRANT "gcloud projects add-iam-policy-binding {project} --member={member} "
#define ENABLE "gcloud services enable {service}"
#define BILLING \
    "gcloud billing projects link {project} --billing-account=ACCOUNT; 'gcloud billing accounts list' has yours"
#define ACT_AS                                                                                  \
    "grant it: gcloud iam service-accounts add-iam-policy-binding {account} --member=user:YOU " \
    "--role=roles/iam.serviceAccountUser"
#define REGIONS                                                                              \
    "build in global, us-central1 or us-west1; the project may build only in some regions: " \
    "https://cloud.google.com/build/docs/locations#restricted_regions_for_some_projects"

static const struct {
    const char *reason, *hint;
} by_reason[] = {
    {"ACCESS_TOKEN_EXPIRED", LOGIN},
    {"ACCESS_TOKEN_TYPE_UNSUPPORTED", LOGIN},
    {"CREDENTIALS_MISSING", LOGIN},
    {"authError", LOGIN},
    {"ACCESS_TOKEN_SCOPE_INSUFFICIENT",
     "the token needs the scope https://www.googleapis.com/auth/cloud-platform; " LOGIN},
    {"BILLING_DISABLED", BILLING},
    {"accountDisabled", BILLING},
    {"UREQ_PROJECT_BILLING_NOT_FOUND", BILLING},
    {"USER_PROJECT_DENIED", "the quota project refuses you: gcloud projects add-iam-policy-binding {project} "
                            "--member=user:YOU --role=roles/serviceusage.serviceUsageConsumer, or unset "
                            "GOOGLE_CLOUD_QUOTA_PROJECT"},
    {"CONSUMER_INVALID", "'{project}' is no project that can be used; those you have: gcloud projects list"},
    {"SECURITY_POLICY_VIOLATED", "a VPC Service Controls perimeter forbids it: call from inside, or give its "
                                 "administrator the id {perimeter}"},
    {"ORG_RESTRICTION_VIOLATION", "a policy of the organisation forbids it: ask its administrator, who sees which with "
                                  "'gcloud resource-manager org-policies list --project={project}'"},
    {"RATE_LIMIT_EXCEEDED", "wait {retry} and run it again; more quota: "
                            "https://console.cloud.google.com/iam-admin/quotas?project={project}"},
    {"invalid_grant", "the login has expired or was revoked, or this machine's clock is wrong: "
                      "gcloud auth application-default login"},
};

static const struct {
    const char *fragment, *hint;
} by_text[] = {
    {"failed to start and listen on the port",
     "the server must listen on 0.0.0.0 and $PORT; the revision's own log lines say why it did not"},
    {"failed the configured startup probe", "check the path and the time the server takes until /ready says 200"},
    {"Permission denied on secret", "grant it: gcloud secrets add-iam-policy-binding {secret} "
                                    "--role=roles/secretmanager.secretAccessor --member={member}"},
    {"permission to act as service account", ACT_AS},
    {"iam.serviceaccounts.actAs", ACT_AS},
    {"iam.serviceAccounts.getAccessToken",
     "grant it: gcloud iam service-accounts add-iam-policy-binding {account} --member=user:YOU "
     "--role=roles/iam.serviceAccountTokenCreator"},
    {"artifactregistry.repositories.uploadArtifacts",
     "check repository and region, and let builds push: gcloud artifacts repositories add-iam-policy-binding "
     "{repository} --location={location} --project={project} --member={member} --role=roles/artifactregistry.writer"},
    {"name unknown: Repository",
     "make it: gcloud artifacts repositories create {repository} --repository-format=docker --location={location}, or "
     "'crdeploy doctor --fix'"},
    {"does not have storage.objects.get access",
     "let builds read what is uploaded: " GRANT "--role=roles/cloudbuild.builds.builder"},
    {"permission to write logs", GRANT "--role=roles/logging.logWriter"},
    {"Logs Writer", GRANT "--role=roles/logging.logWriter"},
    {"cannot run builds in this region", REGIONS},
    {"'build.service_account' is specified", "name a bucket for the log, such as --gcs-log-dir=gs://BUCKET/logs"},
    {"permitted customer", "the organisation forbids allUsers: deploy without --allow-unauthenticated"},
    {"lstat /workspace/Dockerfile", "the context has no Dockerfile at its root; is it ignored by .gcloudignore?"},
    {"with different configuration already exists", "deploy again: the revision's name was taken by another template"},
    {"The caller does not have permission", "see which is missing: crdeploy doctor; a build needs "
                                            "roles/cloudbuild.builds.editor, a service roles/run.developer"},
};

static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

/* The plain word behind a text, such as what follows "projects/"; false when there is none. */
static bool word_after(const char *text, const char *before, char out[128])
{
    const char *at = text ? strcasestr(text, before) : NULL;
    size_t n;

    if (!at)
        return false;
    at += strlen(before);
    n = strspn(at, plain);
    while (n && (at[n - 1] == '.' || at[n - 1] == '-'))
        n--; /* the end of a sentence */
    if (!n || n >= 128)
        return false;
    snprintf(out, 128, "%.*s", (int)n, at);
    return true;
}

/* The first e-mail address of the text. */
static bool email_in(const char *text, char out[128])
{
    for (const char *at = strchr(text, '@'); at; at = strchr(at + 1, '@')) {
        const char *from = at;
        size_t n;

        while (from > text && strchr(plain, from[-1]))
            from--;
        n = strspn(at + 1, plain);
        while (n && at[n] == '.')
            n--;
        if (from == at || !n || (size_t)(at - from) + n + 2 > 128)
            continue;
        snprintf(out, 128, "%.*s", (int)((size_t)(at - from) + 1 + n), from);
        return true;
    }
    return false;
}

/* A service account's address tells its project: NUMBER-compute@…, NUMBER@cloudbuild…, NAME@PROJECT.iam… */
static bool project_of_account(const char *email, char out[128])
{
    size_t digits = strspn(email, "0123456789"), n;
    const char *at = strchr(email, '@');

    if (digits && (email[digits] == '@' || strncmp(email + digits, "-compute@", 9) == 0)) {
        snprintf(out, 128, "%.*s", (int)digits, email);
        return true;
    }
    n = strcspn(at + 1, ".");
    if (strncmp(at + 1 + n, ".iam.gserviceaccount.com", 24) != 0)
        return false;
    snprintf(out, 128, "%.*s", (int)n, at + 1);
    return true;
}

static bool project_of(const struct gcp_facts *f, char out[128])
{
    char email[128];

    return word_after(f->consumer, "projects/", out) || word_after(f->resource, "projects/", out) ||
           word_after(f->message, "projects/", out) || word_after(f->message, "?project=", out) ||
           word_after(f->message, "in project ", out) ||
           (email_in(f->message, email) && project_of_account(email, out));
}

static bool repository_of(const struct gcp_facts *f, char out[128])
{
    return word_after(f->resource, "/repositories/", out) || word_after(f->message, "/repositories/", out) ||
           word_after(f->message, "Repository \"", out);
}

static bool location_of(const struct gcp_facts *f, char out[128])
{
    return word_after(f->resource, "/locations/", out) || word_after(f->message, "/locations/", out);
}

static bool service_of(const struct gcp_facts *f, char out[128])
{
    return word_after(f->service, "", out) || word_after(f->message, "/apis/api/", out);
}

static bool account_of(const struct gcp_facts *f, char out[128])
{
    return email_in(f->message, out) || (f->resource && email_in(f->resource, out));
}

static bool secret_of(const struct gcp_facts *f, char out[128])
{
    return word_after(f->message, "/secrets/", out);
}

static bool member_of(const struct gcp_facts *f, char out[128])
{
    char email[128];
    bool robot;

    if (!account_of(f, email))
        return false;
    robot = strstr(email, ".gserviceaccount.com");
    return snprintf(out, 128, "%s:%s", robot ? "serviceAccount" : "user", email) < 128;
}

static bool perimeter_of(const struct gcp_facts *f, char out[128])
{
    return word_after(f->perimeter, "", out) || word_after(f->message, "vpcServiceControlsUniqueIdentifier: ", out);
}

static bool retry_of(const struct gcp_facts *f, char out[128])
{
    return word_after(f->retry, "", out);
}

static const struct {
    const char *name;
    bool (*find)(const struct gcp_facts *f, char out[128]);
    const char *otherwise;
} blanks[] = {
    {"project", project_of, "PROJECT"},
    {"account", account_of, "ACCOUNT"},
    {"member", member_of, "serviceAccount:ACCOUNT"},
    {"repository", repository_of, "REPOSITORY"},
    {"location", location_of, "LOCATION"},
    {"service", service_of, "SERVICE"},
    {"secret", secret_of, "SECRET"},
    {"perimeter", perimeter_of, "in the error"},
    {"retry", retry_of, "a minute"},
};

/* The hint with its {blanks} filled in. */
static void give(const char *hint, const struct gcp_facts *f, struct cr_error *err)
{
    CR_AUTO_STR struct cr_str out = CR_STR_INIT(8192);
    struct cr_error ignored = {0};

    while (*hint) {
        size_t n = strcspn(hint, "{"), len = hint[n] ? strcspn(hint + n, "}") : 0;
        char found[128];

        if (cr_str_add(&out, hint, n, &ignored) < 0)
            return;
        for (size_t i = 0; len && i < CR_LEN(blanks); i++) {
            const char *name = blanks[i].name;

            if (strlen(name) == len - 1 && strncmp(name, hint + n + 1, len - 1) == 0 &&
                cr_str_addf(&out, &ignored, "%s", blanks[i].find(f, found) ? found : blanks[i].otherwise) < 0)
                return;
        }
        hint += n + len + (len > 0);
    }
    cr_hint(err, "%s", out.buf);
}

/* An API that is not enabled: told by ErrorInfo, by Cloud Storage's reason, or only in the text. */
static bool disabled(const struct gcp_facts *f, const char *reason, struct cr_error *err)
{
    char service[128], project[128];
    bool told = strcmp(reason, "SERVICE_DISABLED") == 0 || strcmp(reason, "accessNotConfigured") == 0 ||
                strstr(f->message, "has not been used in project");

    if (!told)
        return false;
    if (!service_of(f, service))
        return true; /* a name that could not stand in a command */
    cr_hint(err, "gcloud services enable %s%s%s%s", service, project_of(f, project) ? " --project=" : "",
            project_of(f, project) ? project : "",
            gcp_service_is_needed(service) ? ", or 'crdeploy doctor --fix'" : "");
    return true;
}

/* "Permission 'run.services.create' denied": the name, for those APIs that give it only in the text. */
static bool permission_of(const struct gcp_facts *f, char out[128])
{
    return word_after(f->permission, "", out) || word_after(f->message, "permission '", out);
}

static void advise_permission(const struct gcp_facts *f, const char *name, struct cr_error *err)
{
    const struct gcp_permission *row = gcp_permission_find(name);
    char project[128];

    if (!row) {
        cr_hint(err, "ask for a role with the permission '%s'", name);
        return;
    }
    cr_hint(err, "ask for it: gcloud projects add-iam-policy-binding %s --member=user:YOU --role=%s",
            project_of(f, project) ? project : "PROJECT", row->role);
}

void gcp_advise(int status, const struct gcp_facts *f, struct cr_error *err)
{
    const char *reason = f->reason ? f->reason : "";
    char permission[128];

    if (disabled(f, reason, err))
        return;
    for (size_t i = 0; i < CR_LEN(by_reason); i++)
        if (strcmp(by_reason[i].reason, reason) == 0) {
            give(by_reason[i].hint, f, err);
            return;
        }
    for (size_t i = 0; i < CR_LEN(by_text); i++)
        if (strcasestr(f->message, by_text[i].fragment)) {
            give(by_text[i].hint, f, err);
            return;
        }
    if (permission_of(f, permission))
        advise_permission(f, permission, err);
    else if (status == 401)
        cr_hint(err, LOGIN);
}
