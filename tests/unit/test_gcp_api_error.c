#include "lib/test.h"

#include <string.h>

#include "gcp/api_error.h"

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
         "cannot deploy: HTTP 403: no", "gcloud services enable run.googleapis.com --project=12"},
        {403, INFO("IAM_PERMISSION_DENIED", "\"permission\":\"run.services.create\""), CR_E_AUTH,
         "cannot deploy: HTTP 403: no", "ask for a role with the permission 'run.services.create'"},
        {403,
         "{\"error\":{\"message\":\"x does not have access. Permission 'storage.buckets.get' denied on resource\"}}",
         CR_E_AUTH,
         "cannot deploy: HTTP 403: x does not have access. Permission 'storage.buckets.get' denied on resource",
         "ask for a role with the permission 'storage.buckets.get'"},
        {403, INFO("SERVICE_DISABLED", "\"service\":\"x; rm -rf .\""), CR_E_AUTH, "cannot deploy: HTTP 403: no", ""},
        {403, INFO("IAM_PERMISSION_DENIED", "\"permission\":\"\\u001b[2J\""), CR_E_AUTH, "cannot deploy: HTTP 403: no",
         ""},
        {401, INFO("ACCESS_TOKEN_EXPIRED", ""), CR_E_AUTH, "cannot deploy: HTTP 401: no",
         "get a new token: export CRDEPLOY_ACCESS_TOKEN=$(gcloud auth print-access-token)"},
        {401, "", CR_E_AUTH, "cannot deploy: HTTP 401",
         "get a new token: export CRDEPLOY_ACCESS_TOKEN=$(gcloud auth print-access-token)"},
        {403, INFO("BILLING_DISABLED", ""), CR_E_AUTH, "cannot deploy: HTTP 403: no",
         "link a billing account: gcloud billing projects link PROJECT --billing-account=ACCOUNT"},
        {400,
         "{\"error\":{\"message\":\"Bad.\",\"details\":[{\"fieldViolations\":[{\"field\":\"a.b\",\"description\":\"is "
         "wrong\"}]}]}}",
         CR_E_API, "cannot deploy: HTTP 400: Bad (a.b: is wrong)", ""},
        {400, "{\"error\":\"invalid_grant\",\"error_description\":\"Bad Request\"}", CR_E_API,
         "cannot deploy: HTTP 400: Bad Request",
         "the login has expired or was revoked: gcloud auth application-default login"},
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

TEST_MAIN(cmocka_unit_test(replies_in_words), cmocka_unit_test(long_texts_are_cut_between_characters))
