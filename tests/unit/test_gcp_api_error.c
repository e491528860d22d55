#include "lib/test.h"

#include <string.h>

#include "gcp/api_error.h"
#include "gcp/call.h"
#include "gcp/run.h"
#include "gcp/upload.h"
#include "lib/fake_http.h"

#define URL "https://run.test/v2/x"

#define INFO(reason, meta) \
    "{\"error\":{\"message\":\"no.\",\"details\":[{\"reason\":\"" reason "\",\"metadata\":{" meta "}}]}}"

TEST(replies_in_words)
{
    static const struct {
        int status;
        const char *body;
        enum cr_code code;
        const char *msg, *hint; /* whole texts */
    } rows[] = {
        {403, INFO("SERVICE_DISABLED", "\"service\":\"run.googleapis.com\",\"consumer\":\"projects/12\""), CR_E_AUTH,
         "cannot deploy: HTTP 403: no",
         "gcloud services enable run.googleapis.com --project=12, or 'crdeploy doctor --fix'"},
        {403, INFO("IAM_PERMISSION_DENIED", "\"permission\":\"run.services.create\""), CR_E_AUTH,
         "cannot deploy: HTTP 403: no",
         "ask for it: gcloud projects add-iam-policy-binding PROJECT --member=user:YOU --role=roles/run.developer"},
        {403,
         "{\"error\":{\"message\":\"x does not have access. Permission 'storage.buckets.get' denied on resource\"}}",
         CR_E_AUTH,
         "cannot deploy: HTTP 403: x does not have access. Permission 'storage.buckets.get' denied on resource",
         "ask for it: gcloud projects add-iam-policy-binding PROJECT --member=user:YOU --role=roles/storage.admin"},
        {403, INFO("SERVICE_DISABLED", "\"service\":\"x; rm -rf .\""), CR_E_AUTH, "cannot deploy: HTTP 403: no", ""},
        {403, INFO("IAM_PERMISSION_DENIED", "\"permission\":\"\\u001b[2J\""), CR_E_AUTH, "cannot deploy: HTTP 403: no",
         ""},
        {401, INFO("ACCESS_TOKEN_EXPIRED", ""), CR_E_AUTH, "cannot deploy: HTTP 401: no",
         "get a new token: export CRDEPLOY_ACCESS_TOKEN=$(gcloud auth print-access-token)"},
        {401, "", CR_E_AUTH, "cannot deploy: HTTP 401",
         "get a new token: export CRDEPLOY_ACCESS_TOKEN=$(gcloud auth print-access-token)"},
        {403, INFO("BILLING_DISABLED", ""), CR_E_AUTH, "cannot deploy: HTTP 403: no",
         "gcloud billing projects link PROJECT --billing-account=ACCOUNT; 'gcloud billing accounts list' has yours"},
        {400,
         "{\"error\":{\"message\":\"Bad.\",\"details\":[{\"fieldViolations\":[{\"field\":\"a.b\",\"description\":\"is "
         "wrong\"}]}]}}",
         CR_E_API, "cannot deploy: HTTP 400: Bad (a.b: is wrong)", ""},
        {400,
         "{\"error\":{\"message\":\"a.b is wrong.\",\"details\":[{\"fieldViolations\":[{\"field\":\"a.b\","
         "\"description\":\"a.b is wrong.\"}]}]}}",
         CR_E_API, "cannot deploy: HTTP 400: a.b is wrong", ""},
        {400, "{\"error\":\"invalid_grant\",\"error_description\":\"Bad Request\"}", CR_E_API,
         "cannot deploy: HTTP 400: Bad Request",
         "the login has expired or was revoked, or this machine's clock is wrong: gcloud auth application-default "
         "login"},
        {409, "{\"kind\":\"Status\",\"reason\":\"Conflict\",\"message\":\"modified\"}", CR_E_API,
         "cannot deploy: HTTP 409: modified", ""},
        {502, "<html><title>502 Bad\nGateway</title>", CR_E_NET, "cannot deploy: HTTP 502: 502 Bad Gateway", ""},
        {502, "<html><body>x", CR_E_NET, "cannot deploy: HTTP 502", ""},
        {503, "upstream\x1b[31m gone\r\n", CR_E_NET, "cannot deploy: HTTP 503: upstream [31m gone", ""},
        {412, "{\"error\":{\"code\":412}}", CR_E_API, "cannot deploy: HTTP 412", ""},
        {429, "[{\"error\":{\"message\":\"slow down\"}}]", CR_E_NET, "cannot deploy: HTTP 429: slow down", ""},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        struct cr_error err = {0};

        assert_int_equal(gcp_api_error(rows[i].status, rows[i].body, strlen(rows[i].body), "deploy", &err), -1);
        assert_int_equal(err.code, rows[i].code);
        assert_string_equal(err.msg, rows[i].msg);
        assert_string_equal(err.hint, rows[i].hint);
    }
}

/* A message of n letters and then many three-byte characters is cut between two of them, whatever n is. */
TEST(long_texts_are_cut_between_characters)
{
    for (int n = 600; n < 660; n++) {
        char *letters = cr_malloc((size_t)n + 1), *body;
        json_t *text;
        struct cr_error err = {0};

        memset(letters, 'x', (size_t)n);
        letters[n] = '\0';
        body = cr_format("{\"error\":{\"message\":\"%s%s\"}}", letters,
                         "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
                         "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac");
        gcp_api_error(400, body, strlen(body), "deploy", &err);
        text = json_string(err.msg); /* NULL when it is no UTF-8 */
        assert_non_null(text);
        assert_true(strlen(err.msg) > 600);
        json_decref(text);
        free(letters);
        free(body);
    }
}

#define MESSAGE(text) "{\"error\":{\"message\":\"" text "\"}}"
#define SAYS(text, reason, meta) \
    "{\"error\":{\"message\":\"" text "\",\"details\":[{\"reason\":\"" reason "\",\"metadata\":{" meta "}}]}}"

/* What is in the reply stands in the command; what is not, is a word in capitals. */
TEST(each_known_failure_has_the_command_that_mends_it)
{
    static const struct {
        int status;
        const char *body, *hint;
    } rows[] = {
        {403,
         MESSAGE("12-compute@developer.gserviceaccount.com does not have storage.objects.get access to the Google "
                 "Cloud Storage object."),
         "let builds read what is uploaded: gcloud projects add-iam-policy-binding 12 "
         "--member=serviceAccount:12-compute@developer.gserviceaccount.com --role=roles/cloudbuild.builds.builder"},
        {400,
         MESSAGE("denied: Permission 'artifactregistry.repositories.uploadArtifacts' denied on resource "
                 "\\\"projects/p1/locations/us-east1/repositories/models\\\" (or it may not exist)"),
         "check repository and region, and let builds push: gcloud artifacts repositories add-iam-policy-binding "
         "models "
         "--location=us-east1 --project=p1 --member=serviceAccount:ACCOUNT --role=roles/artifactregistry.writer"},
        {404, MESSAGE("name unknown: Repository \\\"models\\\" not found"),
         "make it: gcloud artifacts repositories create models --repository-format=docker --location=LOCATION, or "
         "'crdeploy doctor --fix'"},
        {403,
         MESSAGE("caller does not have permission to act as service account "
                 "projects/p1/serviceAccounts/builder@p1.iam.gserviceaccount.com."),
         "grant it: gcloud iam service-accounts add-iam-policy-binding builder@p1.iam.gserviceaccount.com "
         "--member=user:YOU --role=roles/iam.serviceAccountUser"},
        {403,
         MESSAGE("Permission 'iam.serviceaccounts.actAs' denied on service account 12-compute@developer."
                 "gserviceaccount.com (or it may not exist)."),
         "grant it: gcloud iam service-accounts add-iam-policy-binding 12-compute@developer.gserviceaccount.com "
         "--member=user:YOU --role=roles/iam.serviceAccountUser"},
        {403, MESSAGE("Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist)."),
         "grant it: gcloud iam service-accounts add-iam-policy-binding ACCOUNT --member=user:YOU "
         "--role=roles/iam.serviceAccountTokenCreator"},
        {403, MESSAGE("The caller does not have permission"),
         "see which is missing: crdeploy doctor; a build needs roles/cloudbuild.builds.editor, a service "
         "roles/run.developer"},
        {403,
         MESSAGE("Cloud Build API has not been used in project 12 before or it is disabled. Enable it by visiting "
                 "https://console.developers.google.com/apis/api/cloudbuild.googleapis.com/overview?project=12 then "
                 "retry."),
         "gcloud services enable cloudbuild.googleapis.com --project=12, or 'crdeploy doctor --fix'"},
        {403, SAYS("no", "SERVICE_DISABLED", "\"service\":\"vision.googleapis.com\""),
         "gcloud services enable vision.googleapis.com"},
        {400,
         MESSAGE("The service account builder@p1.iam.gserviceaccount.com does not have permission to write logs to "
                 "Cloud Logging. Please grant the Logs Writer (roles/logging.logWriter) role."),
         "gcloud projects add-iam-policy-binding p1 --member=serviceAccount:builder@p1.iam.gserviceaccount.com "
         "--role=roles/logging.logWriter"},
        {400,
         MESSAGE("unable to prepare context: unable to evaluate symlinks in Dockerfile path: lstat "
                 "/workspace/Dockerfile: no such file or directory"),
         "the context has no Dockerfile at its root; is it ignored by .gcloudignore?"},
        {400, MESSAGE("due to quota restrictions, cannot run builds in this region"),
         "build in global, us-central1 or us-west1; the project may build only in some regions: "
         "https://cloud.google.com/build/docs/locations#restricted_regions_for_some_projects"},
        {400, MESSAGE("if 'build.service_account' is specified, the build must either (a)"),
         "name a bucket for the log, such as --gcs-log-dir=gs://BUCKET/logs"},
        {403,
         SAYS("no", "IAM_PERMISSION_DENIED",
              "\"permission\":\"run.services.create\",\"resource\":\"//run.googleapis.com/projects/p1/locations/l/"
              "services/s\""),
         "ask for it: gcloud projects add-iam-policy-binding p1 --member=user:YOU --role=roles/run.developer"},
        {403, SAYS("no", "IAM_PERMISSION_DENIED", "\"permission\":\"pubsub.topics.get\""),
         "ask for a role with the permission 'pubsub.topics.get'"},
        {403, SAYS("no", "ACCESS_TOKEN_SCOPE_INSUFFICIENT", ""),
         "the token needs the scope https://www.googleapis.com/auth/cloud-platform; get a new token: export "
         "CRDEPLOY_ACCESS_TOKEN=$(gcloud auth print-access-token)"},
        {401, SAYS("no", "CREDENTIALS_MISSING", ""),
         "get a new token: export CRDEPLOY_ACCESS_TOKEN=$(gcloud auth print-access-token)"},
        {403, SAYS("no", "USER_PROJECT_DENIED", "\"consumer\":\"projects/p1\""),
         "the quota project refuses you: gcloud projects add-iam-policy-binding p1 --member=user:YOU "
         "--role=roles/serviceusage.serviceUsageConsumer, or unset GOOGLE_CLOUD_QUOTA_PROJECT"},
        {403, SAYS("no", "CONSUMER_INVALID", "\"consumer\":\"projects/p1\""),
         "'p1' is no project that can be used; those you have: gcloud projects list"},
        {403, SAYS("no", "BILLING_DISABLED", "\"consumer\":\"projects/p1\""),
         "gcloud billing projects link p1 --billing-account=ACCOUNT; 'gcloud billing accounts list' has yours"},
        {403, SAYS("no", "ORG_RESTRICTION_VIOLATION", "\"consumer\":\"projects/p1\""),
         "a policy of the organisation forbids it: ask its administrator, who sees which with 'gcloud "
         "resource-manager org-policies list --project=p1'"},
        {403, SAYS("no", "SECURITY_POLICY_VIOLATED", "\"vpcServiceControlsUniqueIdentifier\":\"Ab_9-x\""),
         "a VPC Service Controls perimeter forbids it: call from inside, or give its administrator the id Ab_9-x"},
        {429,
         "{\"error\":{\"message\":\"slow\",\"details\":[{\"reason\":\"RATE_LIMIT_EXCEEDED\",\"metadata\":{\"consumer\":"
         "\"projects/12\"}},{\"retryDelay\":\"30s\"}]}}",
         "wait 30s and run it again; more quota: https://console.cloud.google.com/iam-admin/quotas?project=12"},
        {403,
         "{\"error\":{\"message\":\"The project to be billed is associated with a closed account.\",\"errors\":[{"
         "\"reason\":\"accountDisabled\"}]}}",
         "gcloud billing projects link PROJECT --billing-account=ACCOUNT; 'gcloud billing accounts list' has yours"},
        {400,
         MESSAGE("Permission denied on secret: projects/12/secrets/key/versions/1 for Revision service account "
                 "web@p1.iam.gserviceaccount.com"),
         "grant it: gcloud secrets add-iam-policy-binding key --role=roles/secretmanager.secretAccessor "
         "--member=serviceAccount:web@p1.iam.gserviceaccount.com"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        struct cr_error err = {0};

        gcp_api_error(rows[i].status, rows[i].body, strlen(rows[i].body), "deploy", &err);
        assert_string_equal(err.hint, rows[i].hint);
    }
}

/* A reply must not put anything but plain words into a command. */
TEST(commands_hold_plain_words_only)
{
    static const char *const bodies[] = {
        SAYS("no", "SERVICE_DISABLED", "\"service\":\"run.googleapis.com; reboot\""),
        SAYS("x", "BILLING_DISABLED", "\"consumer\":\"projects/$(reboot)\""),
        MESSAGE("caller does not have permission to act as service account `reboot`@$(reboot)"),
        SAYS("no", "IAM_PERMISSION_DENIED", "\"permission\":\"run.services.create\",\"resource\":\"projects/;reboot\""),
    };

    for (size_t i = 0; i < CR_LEN(bodies); i++) {
        struct cr_error err = {0};

        gcp_api_error(403, bodies[i], strlen(bodies[i]), "deploy", &err);
        assert_null(strstr(err.hint, "reboot"));
    }
}

enum redirected { GET_ONE, GET_LIST, POST_NEW, UPLOAD, REDIRECTED };

static int produce_nothing(void *ud, struct gcp_upload *up, struct cr_error *err)
{
    (void)ud;
    return gcp_upload_write(up, "x", 1, err);
}

static int call_redirected(enum redirected how, struct gcp *g, struct cr_error *err)
{
    const struct gcp_upload_spec spec = {.bucket = "b", .object = "o", .chunk = 256 << 10};
    json_auto_t *json = NULL, *body = json_object();

    switch (how) {
    case GET_ONE:
        return gcp_run_get(g, "projects/p/locations/l/services/s", &json, err);
    case GET_LIST:
        return gcp_run_list(g, "projects/p/locations/l", &json, err);
    case POST_NEW:
        return gcp_call_json(g, &(struct gcp_request){.method = "POST", .url = URL}, body, &json, "create it", err);
    default:
        return gcp_upload(g, &spec, produce_nothing, NULL, &json, err);
    }
}

/* What a proxy or a captive portal answers with in place of the API. */
TEST(a_redirect_is_an_error_and_is_not_followed)
{
    static const struct {
        int status;
        const char *head, *message;
    } rows[] = {
        {302, "Location: https://portal.test/login?x=1", "the API answered with a redirect (302) to 'portal.test'"},
        {301, "Location: https://u:p@portal.test:8443/",
         "the API answered with a redirect (301) to 'portal.test:8443'"},
        {307, "Location: /elsewhere", "the API answered with a redirect (307)"},
        {308, "Location: https://a\033[31mb/", "the API answered with a redirect (308)"},
        {303, NULL, "the API answered with a redirect (303)"},
    };

    for (enum redirected how = 0; how < REDIRECTED; how++)
        for (size_t i = 0; i < CR_LEN(rows); i++) {
            const struct fake_step steps[] = {{.status = rows[i].status, .head = rows[i].head, .body = "{}"}};
            struct cr_error err = {0};
            struct fake_http f;

            FAKE_HTTP(&f, steps);
            assert_int_equal(call_redirected(how, &f.gcp, &err), -1);
            assert_int_equal(err.code, CR_E_API);
            assert_string_equal(strstr(err.msg, "the API") ? strstr(err.msg, "the API") : err.msg, rows[i].message);
            assert_non_null(strstr(err.hint, "login page of a network"));
            assert_int_equal(f.nsent, 1);
            fake_http_end(&f);
        }
}

TEST_MAIN(cmocka_unit_test(a_redirect_is_an_error_and_is_not_followed), cmocka_unit_test(replies_in_words),
          cmocka_unit_test(each_known_failure_has_the_command_that_mends_it),
          cmocka_unit_test(commands_hold_plain_words_only), cmocka_unit_test(long_texts_are_cut_between_characters))
