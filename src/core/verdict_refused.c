/* What the platform refused before a container ran: its image, or a secret. The conditions alone tell. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "core/verdict_judge.h"

/* The word behind a mark, as it can stand in a command; "" when there is none. */
static void word_after(const char *text, const char *mark, char out[256])
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/:@";
    const char *at = strcasestr(text, mark);
    size_t n = at ? strspn(at + strlen(mark), plain) : 0;

    while (n && strchr(".:/", at[strlen(mark) + n - 1]))
        n--; /* the end of a sentence */
    snprintf(out, 256, "%.*s", (int)(n < 256 ? n : 0), n ? at + strlen(mark) : "");
}

/* The image that is meant: named in the message, else the revision's. */
static void image_of(const struct cr_judge *j, char out[256])
{
    word_after(j->said, "Image '", out);
    if (!*out)
        word_after(j->said, "read the image, ", out);
    if (!*out)
        snprintf(out, 256, "%s", j->set.image);
}

static bool image_missing(struct cr_judge *j)
{
    char image[256];
    size_t name;

    image_of(j, image);
    if (j->at_request && !*image)
        return false; /* something else was not found */
    name = strcspn(image, "@");
    cr_judge_say(j, CR_CAUSE_IMAGE, "the image '%s' is not in its registry", image);
    if (strstr(image, "-docker.pkg.dev/"))
        cr_judge_hint(
            j,
            "push it first, or deploy another with --image NAME; what is there: gcloud artifacts docker images "
            "list %.*s --include-tags",
            (int)(strrchr(image, ':') > strrchr(image, '/') && !image[name] ? (size_t)(strrchr(image, ':') - image)
                                                                            : name),
            image);
    else
        cr_judge_hint(j, "check its name and tag and push it first, or deploy another with --image NAME");
    return true;
}

/* "us-central1-docker.pkg.dev/proj/repo/name": the three parts, or false. */
static bool repository_of(const char *image, char location[64], char project[64], char repo[64])
{
    return sscanf(image, "%63[a-z0-9-]-docker.pkg.dev", location) == 1 && strstr(image, "-docker.pkg.dev/") &&
           sscanf(strstr(image, "-docker.pkg.dev/") + 16, "%63[^/]/%63[^/]", project, repo) == 2;
}

static bool image_denied(struct cr_judge *j)
{
    char image[256], agent[256], location[64], project[64], repo[64];

    image_of(j, image);
    word_after(j->said, "Service Agent ", agent);
    if (!strchr(agent, '@'))
        snprintf(agent, sizeof(agent), "service-PROJECT_NUMBER@serverless-robot-prod.iam.gserviceaccount.com");
    cr_judge_say(j, CR_CAUSE_PERMISSION, "Cloud Run may not read the image '%s'", image);
    if (repository_of(image, location, project, repo)) {
        size_t n = strlen(location);

        if (n > 7 && strcmp(location + n - 7, "-docker") == 0)
            location[n - 7] = '\0';
        cr_judge_hint(j,
                      "grant it: gcloud artifacts repositories add-iam-policy-binding %s --location=%s --project=%s "
                      "--member=serviceAccount:%s --role=roles/artifactregistry.reader",
                      repo, location, project, agent);
    } else {
        cr_judge_hint(j, "check the image's name, or let %s read its registry (roles/artifactregistry.reader)", agent);
    }
    return true;
}

static bool policy_denied(struct cr_judge *j)
{
    cr_judge_say(j, CR_CAUSE_PERMISSION, "a policy of the project (Binary Authorization) forbids the image '%s'",
                 j->set.image);
    cr_judge_hint(j, "deploy an image that the policy allows, by digest; in an emergency --breakglass=JUSTIFICATION");
    return true;
}

static bool key_denied(struct cr_judge *j)
{
    cr_judge_say(j, CR_CAUSE_PERMISSION, "Cloud Run may not use the encryption key of the revision");
    cr_judge_hint(j, "grant its service agent roles/cloudkms.cryptoKeyEncrypterDecrypter on the key, or deploy with "
                     "--clear-key");
    return true;
}

static bool secret_failed(struct cr_judge *j)
{
    char path[256], secret[256], project[256], account[256];
    bool gone = strstr(j->said, "was not found") || strstr(j->said, "not found.");

    word_after(j->said, "projects/", project);
    project[strcspn(project, "/")] = '\0';
    word_after(j->said, "/secrets/", path);
    snprintf(secret, sizeof(secret), "%.*s", (int)strcspn(path, "/"), path);
    word_after(j->said, "service account ", account);
    if (!strchr(account, '@'))
        snprintf(account, sizeof(account), "%s", *j->set.account ? j->set.account : "SERVICE_ACCOUNT");
    if (!*secret) {
        cr_judge_say(j, CR_CAUSE_SECRET, "a secret of the revision cannot be read");
        cr_judge_hint(j, "grant %s roles/secretmanager.secretAccessor on it, or see --update-secrets", account);
    } else if (gone) {
        cr_judge_say(j, CR_CAUSE_SECRET, "the secret '%s' does not exist, or has no such version", path);
        cr_judge_hint(j,
                      "give it a value: gcloud secrets create %s --data-file=FILE (or 'versions add'); or take it off: "
                      "--remove-secrets NAME",
                      secret);
    } else {
        cr_judge_say(j, CR_CAUSE_SECRET, "the service account '%s' may not read the secret '%s'", account, secret);
        cr_judge_hint(j,
                      "grant it: gcloud secrets add-iam-policy-binding %s --project=%s --member=serviceAccount:%s "
                      "--role=roles/secretmanager.secretAccessor",
                      secret, *project ? project : "PROJECT", account);
    }
    return true;
}

/* A request may name a secret for other reasons: one that is malformed. */
static bool secret_named(struct cr_judge *j)
{
    return (!j->at_request || strcasestr(j->said, "not found")) && secret_failed(j);
}

static bool manifest_refused(struct cr_judge *j)
{
    char image[256];

    word_after(j->said, "support image '", image);
    cr_judge_say(j, CR_CAUSE_ARCHITECTURE, "the image '%s' is not made for linux/amd64, which Cloud Run runs",
                 *image ? image : j->set.image);
    cr_judge_hint(j, "build it with --platform=linux/amd64 (docker buildx build), or with 'crdeploy build'");
    return true;
}

bool cr_judge_refused(struct cr_judge *j)
{
    static const struct {
        const char *reason, *text; /* one of them is enough; NULL: none such */
        bool (*judge)(struct cr_judge *j);
    } rows[] = {
        {"SECRETS_ACCESS_CHECK_FAILED", "Permission denied on secret", secret_failed},
        {NULL, "/secrets/", secret_named},
        {NULL, "must support amd64/linux", manifest_refused},
        {NULL, "does not support image", manifest_refused},
        {"CONTAINER_PERMISSION_DENIED", "must have permission to read the image", image_denied},
        {"CONTAINER_MISSING", NULL, image_missing},
        {NULL, "' not found.", image_missing},
        {"CONTAINER_IMAGE_UNAUTHORIZED", "denied by policy", policy_denied},
        {"CONTAINER_IMAGE_AUTHORIZATION_CHECK_FAILED", NULL, policy_denied},
        {"ENCRYPTION_KEY_PERMISSION_DENIED", NULL, key_denied},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++)
        if (((rows[i].text && strcasestr(j->said, rows[i].text)) ||
             (rows[i].reason && strstr(j->reasons, rows[i].reason))) &&
            rows[i].judge(j))
            return true;
    return false;
}
