#include "lib/test.h"

#include "lib/fake_http.h"

#include "base/clock.h"
#include "gcp/call.h"
#include "gcp/endpoints.h"
#include "gcp/fetch.h"

#define URL "https://run.test/v2/x"

static const char *lookup(void *ud, const char *name)
{
    const char *const *pairs = ud;

    for (; *pairs; pairs += 2)
        if (strcmp(*pairs, name) == 0)
            return pairs[1];
    return NULL;
}

TEST(endpoints_in_order)
{
    static const struct {
        const char *base, *env[5], *storage, *run;
        bool ok;
    } rows[] = {
        {NULL, {NULL}, "https://storage.googleapis.com", "https://run.googleapis.com", true},
        {"http://127.0.0.1:8085/", {NULL}, "http://127.0.0.1:8085", "http://127.0.0.1:8085", true},
        {NULL,
         {"CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE", "http://localhost:9/storage/v1/"},
         "http://localhost:9",
         "https://run.googleapis.com",
         true},
        {NULL,
         {"CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN", "https://b/", "CRDEPLOY_ENDPOINT_RUN", "https://a"},
         "https://storage.googleapis.com",
         "https://a",
         true},
        {"http://127.0.0.1:1", {"CRDEPLOY_ENDPOINT_RUN", ""}, "http://127.0.0.1:1", "http://127.0.0.1:1", true},
        {NULL, {"CRDEPLOY_ENDPOINT_RUN", "run.googleapis.com"}, NULL, NULL, false},
        {NULL, {"CRDEPLOY_ENDPOINT_RUN", "http://run.example.com"}, NULL, NULL, false},
        {NULL, {"CRDEPLOY_ENDPOINT_RUN", "https://"}, NULL, NULL, false},
        {NULL, {"CRDEPLOY_ENDPOINT_RUN", "https://a?b"}, NULL, NULL, false},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        GCP_AUTO struct gcp g = {0};
        struct cr_error err = {0};
        int rc;

        gcp_init(&g, NULL, NULL, NULL);
        rc = gcp_endpoints_set(&g, rows[i].base, lookup, (void *)(uintptr_t)rows[i].env, &err);
        assert_int_equal(rc == 0, rows[i].ok);
        if (!rows[i].ok) {
            assert_int_equal(err.code, CR_E_USAGE);
            assert_non_null(strstr(err.msg, "CRDEPLOY_ENDPOINT_RUN"));
            assert_string_equal(g.endpoint[GCP_RUN], "https://run.googleapis.com"); /* untouched */
            continue;
        }
        assert_string_equal(g.endpoint[GCP_STORAGE], rows[i].storage);
        assert_string_equal(g.endpoint[GCP_RUN], rows[i].run);
    }
}

TEST(every_api_has_a_row)
{
    for (int i = 0; i < GCP_API_COUNT; i++) {
        assert_non_null(gcp_endpoint_rows[i].name);
        assert_int_equal(strncmp(gcp_endpoint_rows[i].address, "https://", 8), 0);
        assert_int_equal(strncmp(gcp_endpoint_rows[i].env, "CRDEPLOY_ENDPOINT_", 18), 0);
        assert_non_null(gcp_endpoint_rows[i].tail);
        for (int k = 0; k < i; k++)
            assert_string_not_equal(gcp_endpoint_rows[i].env, gcp_endpoint_rows[k].env);
    }
}

TEST_MAIN(cmocka_unit_test(endpoints_in_order), cmocka_unit_test(every_api_has_a_row))
