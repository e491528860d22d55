/* The run directory of the container tools: nobody else's, and gone with what is mounted in it. */
#include "lib/test.h"

#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "local/runroot.h"

static char home[] = "/tmp/test_runroot.XXXXXX";

static char *place(const char *name)
{
    return cr_path_join(home, name);
}

static void make_link(const char *path)
{
    CR_AUTO_FREE char *to = place("elsewhere");

    assert_int_equal(mkdir(to, 0700), 0);
    assert_int_equal(symlink(to, path), 0);
}

static void make_file(const char *path)
{
    struct cr_error err = {0};

    assert_ok(cr_file_write(path, "", 0, 0700, &err), &err);
}

static void make_open(const char *path)
{
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(chmod(path, 0750), 0);
}

static void make_sticky(const char *path)
{
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(chmod(path, 01700), 0);
}

TEST(a_run_directory_that_anybody_may_have_made_is_refused)
{
    static const struct {
        const char *name, *says;
        void (*make)(const char *path);
    } cases[] = {{"link", "is a symbolic link", make_link},
                 {"file", "is not a directory", make_file},
                 {"open", "does not have mode 0700", make_open},
                 {"sticky", "does not have mode 0700", make_sticky}};

    for (size_t i = 0; i < CR_LEN(cases); i++) {
        CR_AUTO_FREE char *path = place(cases[i].name);
        struct cr_error err = {0};

        cases[i].make(path);
        assert_int_equal(local_runroot_make(path, &err), -1);
        assert_non_null(strstr(err.msg, cases[i].says));
        assert_non_null(strstr(err.hint, path));
    }
}

/* Root gives a directory away; everybody else looks at one of root's. */
TEST(a_run_directory_of_another_user_is_refused)
{
    CR_AUTO_FREE char *path = getuid() == 0 ? place("foreign") : cr_strdup("/usr");
    struct cr_error err = {0};

    if (getuid() == 0) {
        assert_int_equal(mkdir(path, 0700), 0);
        assert_int_equal(chown(path, 65534, 65534), 0);
    }
    assert_int_equal(local_runroot_make(path, &err), -1);
    assert_non_null(strstr(err.msg, "belongs to another user"));
}

TEST(a_run_directory_is_made_once_and_removed_with_what_is_in_it)
{
    CR_AUTO_FREE char *path = place("run"), *inside = place("run/a b");
    struct stat st;
    struct cr_error err = {0};

    assert_ok(local_runroot_make(path, &err), &err);
    assert_ok(local_runroot_make(path, &err), &err);
    assert_int_equal(lstat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_int_equal(mkdir(inside, 0700), 0);
    (void)!mount("tmpfs", inside, "tmpfs", 0, NULL); /* where we may */
    (void)!mount("tmpfs", inside, "tmpfs", 0, NULL);
    assert_ok(local_runroot_remove(path, &err), &err);
    assert_false(cr_file_exists(path));
    assert_ok(local_runroot_remove(path, &err), &err);
}

static int begin(void **state)
{
    (void)state;
    return mkdtemp(home) ? 0 : -1;
}

static int end(void **state)
{
    struct cr_error err = {0};

    (void)state;
    return cr_dir_remove(home, &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_directory_that_anybody_may_have_made_is_refused),
        cmocka_unit_test(a_run_directory_of_another_user_is_refused),
        cmocka_unit_test(a_run_directory_is_made_once_and_removed_with_what_is_in_it),
    };

    if (getenv("T"))
        cmocka_set_test_filter(getenv("T"));
    return cmocka_run_group_tests(tests, begin, end);
}
