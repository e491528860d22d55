#include "lib/test.h"

#include "lib/fake_http.h"

#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "cli/credential.h"

static char dir[] = "/tmp/test_credential.XXXXXX";

static void put(const char *name, const char *text)
{
    CR_AUTO_FREE char *path = cr_path_join(dir, name), *parent = cr_strndup(path, (size_t)(strrchr(path, '/') - path));
    struct cr_error err = {0};

    assert_ok(cr_dir_make(parent, 0700, &err), &err);
    assert_ok(cr_file_write(path, text, strlen(text), 0600, &err), &err);
}

static int fresh(void **state)
{
    static const char *const variables[] = {"CRDEPLOY_ACCESS_TOKEN",
                                            "CLOUDSDK_AUTH_ACCESS_TOKEN",
                                            "CRDEPLOY_ACCESS_TOKEN_FILE",
                                            "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE",
                                            "CRDEPLOY_KEY_FILE",
                                            "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE",
                                            "GOOGLE_APPLICATION_CREDENTIALS",
                                            "CRDEPLOY_ACCOUNT",
                                            "CLOUDSDK_CORE_ACCOUNT",
                                            "CLOUDSDK_ACTIVE_CONFIG_NAME",
                                            "CRDEPLOY_IMPERSONATE_SERVICE_ACCOUNT",
                                            "CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT",
                                            "GOOGLE_CLOUD_QUOTA_PROJECT",
                                            "CLOUDSDK_BILLING_QUOTA_PROJECT",
                                            "CRDEPLOY_IDENTITY_TOKEN",
                                            "GCE_METADATA_HOST"};
    CR_AUTO_FREE char *gcloud = cr_path_join(dir, "gcloud");
    struct cr_error err = {0};

    (void)state;
    for (size_t i = 0; i < CR_LEN(variables); i++)
        unsetenv(variables[i]);
    setenv("NO_GCE_CHECK", "true", 1);
    setenv("HOME", dir, 1);
    setenv("XDG_CONFIG_HOME", dir, 1);
    setenv("CLOUDSDK_CONFIG", gcloud, 1);
    return cr_dir_remove(dir, &err) < 0 ? -1 : cr_dir_make(dir, 0755, &err);
}

static const char *lookup(void *ud, const char *name)
{
    (void)ud;
    return getenv(name);
}

static int open_it(const struct cli_credential_args *args, struct fake_http *f, struct gcp_auth **auth,
                   struct cli_credential_info *info, struct cr_error *err)
{
    static struct gcp_auth_env env; /* outlives the source */
    CLI_AUTO_GCLOUD struct cli_gcloud g = {0};

    env = (struct gcp_auth_env){
        .http = f ? &f->vtable : NULL, .oauth = "https://oauth.test", .iam = "https://iam.test", .getenv = lookup};
    if (f)
        env.http = &f->vtable;
    return cli_gcloud_load(&g, err) < 0 ? -1 : cli_credential_open(args, &g, &env, auth, info, err);
}

/* Which source is taken: its name, the end of its file (or NULL), its account (or NULL). */
static void expect(const struct cli_credential_args *args, const char *source, const char *file, const char *account)
{
    CLI_AUTO_CREDENTIAL_INFO struct cli_credential_info info = {0};
    static const struct fake_step none[1] = {{.method = "GET"}};
    struct gcp_auth *auth = NULL;
    struct cr_error err = {0};
    struct fake_http f;

    fake_http_init(&f, none, 0);
    assert_ok(open_it(args, &f, &auth, &info, &err), &err);
    if (!source) {
        assert_null(info.source);
        assert_int_equal(info.kind, CLI_CREDENTIAL_NONE);
    } else {
        assert_string_equal(info.source, source);
    }
    if (!file != !info.file || (file && !strstr(info.file, file)))
        fail_msg("%s: the file is '%s', not '%s'", source, info.file, file);
    if (!account != !info.account || (account && strcmp(info.account, account) != 0))
        fail_msg("%s: the account is '%s', not '%s'", source, info.account, account);
    gcp_auth_free(auth);
    fake_http_end(&f);
}

#define USER "{\"type\":\"authorized_user\",\"client_id\":\"i\",\"client_secret\":\"s\",\"refresh_token\":\"r\"}"

/* From the last source to the first: each that appears is taken in place of all before it. */
TEST(sources_in_their_order)
{
    CR_AUTO_FREE char *token = cr_path_join(dir, "token"), *a = cr_path_join(dir, "a.json"),
                      *b = cr_path_join(dir, "b.json"), *c = cr_path_join(dir, "c.json");
    struct cli_credential_args args = {0};

    put("token", "t\n");
    put("a.json", USER);
    put("b.json", USER);
    put("c.json", USER);
    expect(NULL, NULL, NULL, NULL);
    setenv("GCE_METADATA_HOST", "127.0.0.1:9", 1);
    expect(NULL, "http://127.0.0.1:9", NULL, NULL);
    put("gcloud/configurations/config_default", "[core]\naccount = me:x@y.z\n");
    expect(NULL, "http://127.0.0.1:9", NULL, NULL); /* the account is not logged in */
    put("gcloud/legacy_credentials/mex@y.z/adc.json", USER);
    expect(NULL, "gcloud auth login", "gcloud/legacy_credentials/mex@y.z/adc.json", "me:x@y.z");
    put("gcloud/application_default_credentials.json", USER);
    expect(NULL, "gcloud auth application-default login", "application_default_credentials.json", NULL);
    put("crdeploy/credentials/me@x.y.json", USER);
    put("crdeploy/credentials/other@x.y.json", USER);
    put("crdeploy/config", "account = me@x.y\n");
    expect(NULL, "crdeploy auth login", "crdeploy/credentials/me@x.y.json", "me@x.y");
    setenv("CRDEPLOY_ACCOUNT", "other@x.y", 1);
    expect(NULL, "$CRDEPLOY_ACCOUNT", "other@x.y.json", "other@x.y");
    setenv("GOOGLE_APPLICATION_CREDENTIALS", a, 1);
    expect(NULL, "$GOOGLE_APPLICATION_CREDENTIALS", "a.json", NULL);
    setenv("CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE", b, 1);
    expect(NULL, "$CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE", "b.json", NULL);
    setenv("CRDEPLOY_KEY_FILE", c, 1);
    expect(NULL, "$CRDEPLOY_KEY_FILE", "c.json", NULL);
    setenv("CLOUDSDK_AUTH_ACCESS_TOKEN_FILE", token, 1);
    expect(NULL, "$CLOUDSDK_AUTH_ACCESS_TOKEN_FILE", "token", NULL);
    setenv("CRDEPLOY_ACCESS_TOKEN_FILE", token, 1);
    expect(NULL, "$CRDEPLOY_ACCESS_TOKEN_FILE", "token", NULL);
    setenv("CLOUDSDK_AUTH_ACCESS_TOKEN", "t", 1);
    expect(NULL, "$CLOUDSDK_AUTH_ACCESS_TOKEN", NULL, NULL);
    setenv("CRDEPLOY_ACCESS_TOKEN", "t", 1);
    expect(NULL, "$CRDEPLOY_ACCESS_TOKEN", NULL, NULL);
    args.account = "me@x.y";
    expect(&args, "--account", "me@x.y.json", "me@x.y");
    args.account = "me:x@y.z";
    expect(&args, "--account, in gcloud's files", "adc.json", "me:x@y.z");
    args.key_file = a;
    expect(&args, "--key-file", "a.json", NULL);
    args.token_file = token;
    expect(&args, "--access-token-file", "token", NULL);
}

TEST(gclouds_properties_name_files_too)
{
    CR_AUTO_FREE char *text = cr_format("[auth]\ncredential_file_override = %s/a.json\n", dir);

    put("a.json", USER);
    put("gcloud/configurations/config_default", text);
    {
        CLI_AUTO_CREDENTIAL_INFO struct cli_credential_info info = {0};
        struct gcp_auth *auth = NULL;
        struct cr_error err = {0};

        assert_ok(open_it(NULL, NULL, &auth, &info, &err), &err);
        assert_non_null(strstr(info.source, "auth/credential_file_override in '"));
        assert_non_null(strstr(info.file, "a.json"));
        gcp_auth_free(auth);
    }
}

TEST(what_is_named_and_not_there_is_an_error)
{
    static const struct {
        const char *variable, *value;
        struct cli_credential_args args;
        const char *msg;
    } rows[] = {
        {"GOOGLE_APPLICATION_CREDENTIALS",
         "/gone.json",
         {0},
         "$GOOGLE_APPLICATION_CREDENTIALS names the credential file"},
        {"CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE", "/gone.json", {0}, "'/gone.json', which is not there"},
        {"HOME", "/", {.key_file = "/gone.json"}, "--key-file names the credential file '/gone.json'"},
        {"HOME", "/", {.account = "who@x.y"}, "'who@x.y' (--account) is not logged in"},
        {"HOME", "/", {.account = "../../etc/passwd"}, "is no account"},
        {"HOME", "/", {.account = ""}, "is no account"},
        {"CRDEPLOY_ACCOUNT", "who@x.y", {0}, "'who@x.y' ($CRDEPLOY_ACCOUNT) is not logged in"},
        {"CRDEPLOY_IMPERSONATE_SERVICE_ACCOUNT", "a/b", {0}, "no service account"},
        {"GOOGLE_CLOUD_QUOTA_PROJECT", "p\nX: y", {0}, "is no project"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        CLI_AUTO_CREDENTIAL_INFO struct cli_credential_info info = {0};
        struct gcp_auth *auth = NULL;
        struct cr_error err = {0};

        assert_int_equal(fresh(NULL), 0);
        put("gcloud/application_default_credentials.json", USER); /* would do, but is not what was asked for */
        setenv(rows[i].variable, rows[i].value, 1);
        assert_int_equal(open_it(&rows[i].args, NULL, &auth, &info, &err), -1);
        assert_null(auth);
        if (!strstr(err.msg, rows[i].msg))
            fail_msg("row %zu: %s", i, err.msg);
        assert_true(*err.hint);
    }
}

TEST(an_account_that_is_active_but_gone_is_an_error)
{
    struct gcp_auth *auth = NULL;
    struct cr_error err = {0};

    put("crdeploy/config", "account = me@x.y\n");
    assert_int_equal(open_it(NULL, NULL, &auth, NULL, &err), -1);
    assert_int_equal(err.code, CR_E_AUTH);
    assert_non_null(strstr(err.msg, "me@x.y"));
    assert_non_null(strstr(err.hint, "crdeploy auth login me@x.y"));
}

TEST(a_broken_file_is_named_with_what_chose_it)
{
    CR_AUTO_FREE char *path = cr_path_join(dir, "a.json");
    struct gcp_auth *auth = NULL;
    struct cr_error err = {0};

    put("a.json", "{");
    setenv("GOOGLE_APPLICATION_CREDENTIALS", path, 1);
    assert_int_equal(open_it(NULL, NULL, &auth, NULL, &err), -1);
    assert_int_equal(err.code, CR_E_AUTH);
    assert_non_null(strstr(err.msg, "$GOOGLE_APPLICATION_CREDENTIALS: "));
    assert_non_null(strstr(err.msg, "a.json"));
}

TEST(whose_quota)
{
    static const struct {
        const char *file_says, *property, *variable, *option;
        const char *want; /* or NULL */
        bool user;
    } rows[] = {
        {NULL, NULL, NULL, NULL, NULL, true},
        {"adc", NULL, NULL, NULL, "adc", true},
        {"adc", "prop", NULL, NULL, "prop", true},
        {"adc", "prop", "env", NULL, "env", true},
        {"adc", "prop", "env", "opt", "opt", true},
        {NULL, "CURRENT_PROJECT", NULL, NULL, NULL, true},
        {NULL, "CURRENT_PROJECT_WITH_FALLBACK", NULL, NULL, NULL, true},
        {NULL, "LEGACY", NULL, NULL, NULL, false},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        const struct cli_credential_args args = {.billing_project = rows[i].option};
        CLI_AUTO_CREDENTIAL_INFO struct cli_credential_info info = {0};
        CR_AUTO_FREE char *file = NULL, *config = NULL;
        struct gcp_auth *auth = NULL;
        struct cr_error err = {0};

        assert_int_equal(fresh(NULL), 0);
        file =
            cr_format("%.*s%s%s%s}", (int)strlen(USER) - 1, USER, rows[i].file_says ? ",\"quota_project_id\":\"" : "",
                      rows[i].file_says ? rows[i].file_says : "", rows[i].file_says ? "\"" : "");
        put("gcloud/application_default_credentials.json", file);
        config = cr_format("[billing]\nquota_project = %s\n", rows[i].property ? rows[i].property : "");
        put("gcloud/configurations/config_default", config);
        if (rows[i].variable)
            setenv("GOOGLE_CLOUD_QUOTA_PROJECT", rows[i].variable, 1);
        assert_ok(open_it(&args, NULL, &auth, &info, &err), &err);
        if (!rows[i].want != !info.quota_project || (rows[i].want && strcmp(rows[i].want, info.quota_project) != 0))
            fail_msg("row %zu: '%s'", i, info.quota_project ? info.quota_project : "none");
        assert_int_equal(info.user, rows[i].user);
        gcp_auth_free(auth);
    }
}

TEST(impersonation_lies_over_the_source)
{
    static const struct fake_step steps[] = {
        {"POST", "https://iam.test/v1/projects/-/serviceAccounts/t@x:generateAccessToken", .status = 200,
         .want_head = "Authorization: Bearer given", .want_body = "\"delegates\":[\"projects/-/serviceAccounts/a@x\"]",
         .body = "{\"accessToken\":\"acted\"}"},
    };
    struct cli_credential_args args = {.impersonate = "a@x,t@x"};
    CLI_AUTO_CREDENTIAL_INFO struct cli_credential_info info = {0};
    struct gcp_auth *auth = NULL;
    struct cr_error err = {0};
    const char *token = NULL;
    struct fake_http f;

    setenv("CRDEPLOY_ACCESS_TOKEN", "given", 1);
    setenv("CRDEPLOY_IDENTITY_TOKEN", "e.y.z", 1);
    setenv("CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT", "else@x", 1); /* the option comes first */
    FAKE_HTTP(&f, steps);
    assert_ok(open_it(&args, &f, &auth, &info, &err), &err);
    assert_string_equal(info.target, "t@x");
    assert_false(info.user);
    assert_ok(auth->token(auth, false, &token, &err), &err);
    assert_string_equal(token, "acted");
    assert_ok(auth->identity(auth, "https://s", &token, &err), &err);
    assert_string_equal(token, "e.y.z"); /* a given identity token is taken as it is */
    gcp_auth_free(auth);
    fake_http_end(&f);
}

TEST(a_credential_describes_itself)
{
    CR_AUTO_FREE char *path = cr_path_join(dir, "a.json"), *text = NULL, *none = NULL;
    CLI_AUTO_CREDENTIAL_INFO struct cli_credential_info info = {0}, empty = {0};
    struct gcp_auth *auth = NULL;
    struct cr_error err = {0};

    put("a.json", "{\"type\":\"authorized_user\",\"client_id\":\"i\",\"client_secret\":\"s\",\"refresh_token\":\"r\","
                  "\"account\":\"me@x.y\"}");
    setenv("GOOGLE_APPLICATION_CREDENTIALS", path, 1);
    assert_ok(open_it(NULL, NULL, &auth, &info, &err), &err);
    assert_string_equal(info.type, "authorized_user");
    assert_string_equal(info.account, "me@x.y");
    assert_true(info.user);
    text = cli_credential_text(&info);
    assert_non_null(strstr(text, "a.json' ($GOOGLE_APPLICATION_CREDENTIALS)"));
    gcp_auth_free(auth);
    none = cli_credential_text(&empty);
    assert_string_equal(none, "no credential");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(sources_in_their_order, fresh),
        cmocka_unit_test_setup(gclouds_properties_name_files_too, fresh),
        cmocka_unit_test_setup(what_is_named_and_not_there_is_an_error, fresh),
        cmocka_unit_test_setup(an_account_that_is_active_but_gone_is_an_error, fresh),
        cmocka_unit_test_setup(a_broken_file_is_named_with_what_chose_it, fresh),
        cmocka_unit_test_setup(whose_quota, fresh),
        cmocka_unit_test_setup(impersonation_lies_over_the_source, fresh),
        cmocka_unit_test_setup(a_credential_describes_itself, fresh),
    };
    struct cr_error err = {0};
    int failed;

    if (!mkdtemp(dir))
        return 1;
    if (getenv("T"))
        cmocka_set_test_filter(getenv("T"));
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    return cr_dir_remove(dir, &err) < 0 ? 1 : failed;
}
