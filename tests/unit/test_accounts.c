#include "lib/test.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "cli/accounts.h"
#include "gcp/auth_oauth.h"

/* An XDG_CONFIG_HOME of the case's own; an absolute path, since others are ignored. New. */
static char *home_new(void)
{
    CR_AUTO_FREE char *here = getcwd(NULL, 0);
    char *home = cr_format("%s/test_accounts_XXXXXX", here);

    assert_non_null(mkdtemp(home));
    setenv("XDG_CONFIG_HOME", home, 1);
    return home;
}

static void home_free(char *home)
{
    struct cr_error err = {0};

    assert_ok(cr_dir_remove(home, &err), &err);
    free(home);
}

static void save(const char *account, const char *secret, char **path)
{
    json_t *cred = json_pack("{s:s, s:s}", "type", "authorized_user", "refresh_token", secret);
    struct cr_error err = {0};

    assert_ok(cli_account_save(account, cred, path, &err), &err);
    gcp_json_wipe(cred);
}

static unsigned mode_of(const char *path)
{
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 07777;
}

TEST(names_that_are_paths_or_invisible_are_refused)
{
    static const struct {
        const char *name;
        bool fine;
    } rows[] = {
        {"ada@example.com", true},
        {"robot-1@p.iam.gserviceaccount.com", true},
        {"a", true},
        {"", false},
        {".", false},
        {"..", false},
        {".hidden", false},
        {"-x", false},
        {"../x", false},
        {"a/b", false},
        {"a\\b", false},
        {"a b", false},
        {"a\nb", false},
        {"a\x1b[2J", false},
        {"caf\xc3\xa9", false},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        struct cr_error err = {0};
        int rc = cli_account_check(rows[i].name, &err);

        if ((rc == 0) != rows[i].fine)
            fail_msg("'%s': %d", rows[i].name, rc);
        assert_int_equal(err.code, rows[i].fine ? CR_OK : CR_E_USAGE);
    }
}

TEST(what_is_remembered_is_for_its_owner_alone)
{
    char *home = home_new();
    CR_AUTO_FREE char *path = NULL, *dir = cr_format("%s/crdeploy/credentials", home);
    GCP_AUTO_SECRET_JSON json_t *got = NULL;
    struct cr_error err = {0};
    mode_t old = umask(0);

    assert_ok(cr_dir_make(dir, 0755, &err), &err); /* as somebody else may have left it */
    save("ada@example.com", "one", &path);
    umask(old);
    assert_int_equal(mode_of(path), 0600);
    assert_int_equal(mode_of(dir), 0700);
    assert_ok(cli_account_load("ada@example.com", &got, &err), &err);
    assert_string_equal(json_string_value(json_object_get(got, "refresh_token")), "one");
    home_free(home);
}

TEST(accounts_are_listed_by_name_and_other_files_are_none)
{
    char *home = home_new();
    CR_AUTO_FREE char *dir = cr_format("%s/crdeploy/credentials", home), *note = cr_path_join(dir, "note.txt");
    CR_AUTO_FREE char *hidden = cr_path_join(dir, ".x.json");
    CLI_AUTO_ACCOUNTS struct cli_accounts all = {0};
    struct cr_error err = {0};

    assert_ok(cli_accounts_list(&all, &err), &err);
    assert_int_equal(all.len, 0);
    save("bob@example.com", "b", NULL);
    save("ada@example.com", "a", NULL);
    save("ada@example.com", "a2", NULL);
    assert_ok(cr_file_write(note, "x", 1, 0600, &err), &err);
    assert_ok(cr_file_write(hidden, "{}", 2, 0600, &err), &err);
    assert_ok(cli_accounts_list(&all, &err), &err);
    assert_int_equal(all.len, 2);
    assert_string_equal(all.name[0], "ada@example.com");
    assert_string_equal(all.name[1], "bob@example.com");
    home_free(home);
}

TEST(the_active_account_goes_with_its_file)
{
    char *home = home_new(), *active = NULL;
    GCP_AUTO_SECRET_JSON json_t *got = NULL;
    struct cr_error err = {0};

    save("ada@example.com", "a", NULL);
    save("bob@example.com", "b", NULL);
    assert_ok(cli_account_activate("ada@example.com", &err), &err);
    assert_ok(cli_account_remove("bob@example.com", &err), &err);
    assert_ok(cli_account_active(&active, &err), &err);
    assert_string_equal(active, "ada@example.com");
    free(active);
    assert_ok(cli_account_remove("ada@example.com", &err), &err);
    assert_ok(cli_account_active(&active, &err), &err);
    assert_null(active);
    assert_ok(cli_account_load("ada@example.com", &got, &err), &err);
    assert_null(got);
    assert_ok(cli_account_remove("ada@example.com", &err), &err); /* again is fine */
    home_free(home);
}

TEST(a_damaged_file_is_named)
{
    char *home = home_new();
    CR_AUTO_FREE char *path = NULL;
    GCP_AUTO_SECRET_JSON json_t *got = NULL;
    struct cr_error err = {0};

    save("ada@example.com", "a", &path);
    assert_ok(cr_file_write(path, "{\"type\":", 8, 0600, &err), &err);
    assert_int_equal(cli_account_load("ada@example.com", &got, &err), -1);
    assert_int_equal(err.code, CR_E_CONFIG);
    assert_non_null(strstr(err.msg, path));
    assert_non_null(strstr(err.hint, "crdeploy auth revoke --local ada@example.com"));
    home_free(home);
}

TEST_MAIN(cmocka_unit_test(names_that_are_paths_or_invisible_are_refused),
          cmocka_unit_test(what_is_remembered_is_for_its_owner_alone),
          cmocka_unit_test(accounts_are_listed_by_name_and_other_files_are_none),
          cmocka_unit_test(the_active_account_goes_with_its_file), cmocka_unit_test(a_damaged_file_is_named))
