#include "lib/test.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "cli/copy.h"
#include "cli/settings.h"

static char dir[] = "/tmp/test_settings.XXXXXX";

static const char *const variables[] = {"CLOUDSDK_CORE_PROJECT",
                                        "GCLOUD_PROJECT",
                                        "GOOGLE_APPLICATION_CREDENTIALS",
                                        "CLOUDSDK_RUN_REGION",
                                        "CLOUDSDK_ACTIVE_CONFIG_NAME",
                                        "GOOGLE_CLOUD_PROJECT",
                                        "CRDEPLOY_PROJECT",
                                        "CRDEPLOY_REGION",
                                        "CRDEPLOY_PLATFORM",
                                        "CLOUDSDK_BUILDS_TIMEOUT"};

static void put(const char *name, const char *text)
{
    CR_AUTO_FREE char *path = cr_path_join(dir, name), *parent = cr_strndup(path, (size_t)(strrchr(path, '/') - path));
    struct cr_error err = {0};

    assert_ok(cr_dir_make(parent, 0755, &err), &err);
    assert_ok(cr_file_write(path, text, strlen(text), 0644, &err), &err);
}

static int fresh(void **state)
{
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

/* What the plan says without a manifest, as "value from where's end". */
static void expect(const struct cr_layer *options, enum cr_key key, const char *value, const char *where)
{
    CR_AUTO_MANIFEST struct cr_manifest m = {0};
    CR_AUTO_PLAN struct cr_plan plan = {0};
    CR_AUTO_PROBLEMS struct cr_problems p = {0};
    struct cr_error err = {0};
    const char *got;

    assert_ok(cli_plan_load(dir, options, false, &m, &plan, &p, &err), &err);
    assert_string_equal(cr_plan_text(&plan, key), value);
    got = plan.value[key].where;
    assert_true(got ? strstr(got, where) != NULL : !*where);
}

TEST(layers_stand_in_order)
{
    struct cr_layer options = {0};

    expect(NULL, CR_KEY_PROJECT, "", "");
    setenv("CRDEPLOY_PLATFORM", "local", 1);
    expect(NULL, CR_KEY_PROJECT, "local", "platform local");
    expect(NULL, CR_KEY_REGION, "us-central1", "platform local");
    put("gcloud/configurations/config_default", "[core]\nproject = from-file\n[run]\nregion: r1\n");
    expect(NULL, CR_KEY_PROJECT, "from-file", "config_default");
    expect(NULL, CR_KEY_REGION, "r1", "config_default");
    setenv("CLOUDSDK_CORE_PROJECT", "from-sdk", 1);
    expect(NULL, CR_KEY_PROJECT, "from-sdk", "$CLOUDSDK_CORE_PROJECT");
    setenv("GCLOUD_PROJECT", "from-old", 1);
    expect(NULL, CR_KEY_PROJECT, "from-old", "$GCLOUD_PROJECT");
    setenv("GOOGLE_CLOUD_PROJECT", "from-google", 1);
    expect(NULL, CR_KEY_PROJECT, "from-google", "$GOOGLE_CLOUD_PROJECT");
    put("crdeploy/config", "# mine\nproject = from-config\n");
    expect(NULL, CR_KEY_PROJECT, "from-config", "/crdeploy/config");
    put("crdeploy.yaml", "deploy: {project: from-manifest}\n");
    expect(NULL, CR_KEY_PROJECT, "from-manifest", "crdeploy.yaml:1:19");
    setenv("CRDEPLOY_PROJECT", "from-variable", 1);
    expect(NULL, CR_KEY_PROJECT, "from-variable", "$CRDEPLOY_PROJECT");
    options.text[CR_KEY_PROJECT] = "from-option";
    expect(&options, CR_KEY_PROJECT, "from-option", "--project");
}

TEST(gcloud_files_are_read_as_gcloud_reads_them)
{
    static const struct {
        const char *active, *text, *want;
    } rows[] = {
        {NULL, "[core]\nproject=a\n", "a"},
        {NULL, "[core]\n; project = no\n# project = no\nproject = b b \n", "b b"},
        {NULL, "[run]\nproject = no\n", ""},
        {NULL, "[core]\nprojects = no\nproject_id = no\n", ""},
        {NULL, "[ core ]\nproject = no\n[core]\nproject = p%%q", "p%q"},
        {NULL, "project = no\n", ""},
        {NULL, "[core]\nproject =\n", ""},
        {"other", "[core]\nproject = no\n", "yes"},
        {"NONE", "[core]\nproject = no\n", ""},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        unsetenv("CLOUDSDK_ACTIVE_CONFIG_NAME");
        put("gcloud/configurations/config_default", rows[i].text);
        put("gcloud/configurations/config_other", "[core]\nproject = yes\n");
        if (rows[i].active)
            setenv("CLOUDSDK_ACTIVE_CONFIG_NAME", rows[i].active, 1);
        expect(NULL, CR_KEY_PROJECT, rows[i].want, "");
    }
    unsetenv("CLOUDSDK_ACTIVE_CONFIG_NAME");
    put("gcloud/active_config", "other\n");
    expect(NULL, CR_KEY_PROJECT, "yes", "config_other");
}

TEST(a_configuration_of_gcloud_that_is_named_must_be_there)
{
    static const char *const names[] = {"gone", "../x", "Upper"};

    for (size_t i = 0; i < CR_LEN(names); i++) {
        CR_AUTO_MANIFEST struct cr_manifest m = {0};
        CR_AUTO_PLAN struct cr_plan plan = {0};
        CR_AUTO_PROBLEMS struct cr_problems p = {0};
        struct cr_error err = {0};

        setenv("CLOUDSDK_ACTIVE_CONFIG_NAME", names[i], 1);
        assert_int_equal(cli_plan_load(dir, NULL, false, &m, &plan, &p, &err), -1);
        assert_int_equal(err.code, CR_E_CONFIG);
        assert_non_null(strstr(err.msg, names[i]));
        assert_true(*err.hint);
    }
    setenv("CLOUDSDK_ACTIVE_CONFIG_NAME", "default", 1); /* is there without a file */
    expect(NULL, CR_KEY_PROJECT, "", "");
}

TEST(the_credential_gives_the_project_where_nobody_else_does)
{
    CR_AUTO_FREE char *key = cr_path_join(dir, "key.json");

    put("key.json", "{\"type\": \"service_account\", \"project_id\": \"from-key\"}");
    setenv("GOOGLE_APPLICATION_CREDENTIALS", key, 1);
    expect(NULL, CR_KEY_PROJECT, "from-key", "key.json");
    setenv("CRDEPLOY_PLATFORM", "local", 1);
    expect(NULL, CR_KEY_PROJECT, "local", "platform local");
    unsetenv("CRDEPLOY_PLATFORM");
    put("gcloud/configurations/config_default", "[core]\nproject = from-file\n");
    expect(NULL, CR_KEY_PROJECT, "from-file", "config_default");
    put("gcloud/configurations/config_default", "");
    put("key.json", "no JSON");
    expect(NULL, CR_KEY_PROJECT, "", "");
    setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nonexistent", 1);
    expect(NULL, CR_KEY_PROJECT, "", "");
}

TEST(settings_are_kept_beside_comments)
{
    CR_AUTO_FREE char *path = NULL, *text = NULL, *value = NULL, *gone = NULL;
    struct cr_error err = {0};
    struct stat st;

    put("crdeploy/config", "# mine\nregion = r0\n\nproject = p\n");
    assert_ok(cli_config_set("region", "r1", &err), &err);
    assert_ok(cli_config_get("region", &value, &err), &err);
    assert_string_equal(value, "r1");
    assert_ok(cli_config_set("project", NULL, &err), &err);
    assert_ok(cli_config_get("project", &gone, &err), &err);
    assert_null(gone);
    assert_ok(cli_config_path(&path, &err), &err);
    assert_ok(cr_file_read(path, 4096, &text, NULL, &err), &err);
    assert_string_equal(text, "# mine\n\nregion = r1\n");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

TEST(a_broken_settings_file_names_its_line)
{
    CR_AUTO_FREE char *value = NULL;
    struct cr_error err = {0};

    put("crdeploy/config", "# mine\nregion r0\n");
    assert_int_equal(cli_config_get("region", &value, &err), -1);
    assert_int_equal(err.code, CR_E_CONFIG);
    assert_non_null(strstr(err.msg, "/crdeploy/config:2: "));
}

TEST(a_missing_manifest_says_what_to_run)
{
    CR_AUTO_MANIFEST struct cr_manifest m = {0};
    CR_AUTO_PLAN struct cr_plan plan = {0};
    CR_AUTO_PROBLEMS struct cr_problems p = {0};
    struct cr_error err = {0};

    assert_int_equal(cli_plan_load(dir, NULL, true, &m, &plan, &p, &err), -1);
    assert_int_equal(err.code, CR_E_CONFIG);
    assert_non_null(strstr(err.hint, "crdeploy init"));
}

/* Nothing is written when one file is in the way; with force all are. */
TEST(copies_are_all_or_nothing)
{
    CLI_AUTO_COPY struct cli_copy copy = {0};
    CR_AUTO_FREE char *a = cr_path_join(dir, "new/a"), *b = cr_path_join(dir, "b"), *text = NULL;
    struct cr_error err = {0};

    put("b", "old");
    cli_copy_add(&copy, a, b, NULL);
    cli_copy_add(&copy, b, NULL, "new");
    assert_int_equal(cli_copy_run(&copy, false, &err), -1);
    assert_non_null(strstr(err.hint, "--force"));
    assert_false(cr_file_exists(a));
    err = (struct cr_error){0};
    assert_ok(cli_copy_run(&copy, true, &err), &err);
    assert_ok(cr_file_read(a, 100, &text, NULL, &err), &err);
    assert_string_equal(text, "old");
    free(text);
    assert_ok(cr_file_read(b, 100, &text, NULL, &err), &err);
    assert_string_equal(text, "new");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(layers_stand_in_order, fresh),
        cmocka_unit_test_setup(gcloud_files_are_read_as_gcloud_reads_them, fresh),
        cmocka_unit_test_setup(a_configuration_of_gcloud_that_is_named_must_be_there, fresh),
        cmocka_unit_test_setup(the_credential_gives_the_project_where_nobody_else_does, fresh),
        cmocka_unit_test_setup(settings_are_kept_beside_comments, fresh),
        cmocka_unit_test_setup(a_broken_settings_file_names_its_line, fresh),
        cmocka_unit_test_setup(a_missing_manifest_says_what_to_run, fresh),
        cmocka_unit_test_setup(copies_are_all_or_nothing, fresh),
    };
    struct cr_error err = {0};
    int failed;

    if (!mkdtemp(dir))
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    return cr_dir_remove(dir, &err) < 0 ? 1 : failed;
}
