#include "lib/test.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "local/store.h"

struct fixture {
    char dir[32];
    struct local_store *s;
};

static void begin(struct fixture *f)
{
    struct cr_error err = {0};

    memcpy(f->dir, "/tmp/store-test.XXXXXX", 23);
    assert_non_null(mkdtemp(f->dir));
    assert_ok(local_store_open(f->dir, &f->s, &err), &err);
}

static void end(struct fixture *f)
{
    struct cr_error err = {0};

    local_store_close(f->s);
    assert_ok(cr_dir_remove(f->dir, &err), &err);
}

static void put(struct fixture *f, const char *key, int n)
{
    json_t *doc = json_pack("{s:i}", "n", n);
    struct cr_error err = {0};

    assert_ok(local_store_put(f->s, LOCAL_BUILDS, key, doc, &err), &err);
    json_decref(doc);
}

static int number(struct fixture *f, const char *key)
{
    json_t *doc = local_store_get(f->s, LOCAL_BUILDS, key);
    int n = doc ? (int)json_integer_value(json_object_get(doc, "n")) : -1;

    json_decref(doc);
    return n;
}

TEST(survives_reopening)
{
    struct fixture f;
    struct cr_error err = {0};

    begin(&f);
    put(&f, "a/b/c", 1);
    put(&f, "a/b/c", 2);
    put(&f, "key with spaces, ümläute and /slashes/../", 3);
    assert_ok(local_store_remove(f.s, LOCAL_BUILDS, "never there", &err), &err);
    put(&f, "gone", 4);
    assert_ok(local_store_remove(f.s, LOCAL_BUILDS, "gone", &err), &err);
    local_store_close(f.s);
    assert_ok(local_store_open(f.dir, &f.s, &err), &err);
    assert_int_equal(number(&f, "a/b/c"), 2);
    assert_int_equal(number(&f, "key with spaces, ümläute and /slashes/../"), 3);
    assert_int_equal(number(&f, "gone"), -1);
    assert_false(local_store_has(f.s, LOCAL_SERVICES, "a/b/c"));
    end(&f);
}

TEST(copies_do_not_alias)
{
    struct fixture f;
    json_t *mine;

    begin(&f);
    put(&f, "k", 1);
    mine = local_store_get(f.s, LOCAL_BUILDS, "k");
    json_object_set_new(mine, "n", json_integer(9));
    json_decref(mine);
    assert_int_equal(number(&f, "k"), 1);
    end(&f);
}

TEST(lists_by_prefix_in_order)
{
    struct fixture f;
    json_t *list, *doc;
    const char *key;
    int n = 0;

    begin(&f);
    put(&f, "p/3", 3);
    put(&f, "p/1", 1);
    put(&f, "q/9", 9);
    put(&f, "p/2", 2);
    list = local_store_list(f.s, LOCAL_BUILDS, "p/");
    assert_int_equal(json_object_size(list), 3);
    json_object_foreach(list, key, doc) assert_int_equal(json_integer_value(json_object_get(doc, "n")), ++n);
    json_decref(list);
    end(&f);
}

TEST(half_a_write_is_dropped_and_damage_is_told)
{
    struct fixture f;
    struct cr_error err = {0};
    CR_AUTO_FREE char *half = NULL, *bad = NULL;

    begin(&f);
    put(&f, "k", 1);
    half = cr_format("%s/builds/0123.json.Xy12", f.dir);
    bad = cr_format("%s/builds/0123.json", f.dir);
    assert_ok(cr_file_write(half, "{", 1, 0600, &err), &err);
    local_store_close(f.s);
    assert_ok(local_store_open(f.dir, &f.s, &err), &err);
    assert_false(cr_file_exists(half));
    assert_int_equal(number(&f, "k"), 1);
    local_store_close(f.s);
    f.s = NULL;
    assert_ok(cr_file_write(bad, "{", 1, 0600, &err), &err);
    assert_int_equal(local_store_open(f.dir, &f.s, &err), -1);
    assert_non_null(strstr(err.msg, "0123.json"));
    assert_null(f.s);
    end(&f);
}

TEST(files_are_private_and_stamps_rise)
{
    struct fixture f;
    CR_AUTO_FREE char *dir = NULL;
    struct dirent *e;
    struct stat st;
    DIR *d;
    int64_t last = 0;

    begin(&f);
    put(&f, "k", 1);
    dir = cr_format("%s/builds", f.dir);
    d = opendir(dir);
    while ((e = readdir(d))) {
        if (e->d_name[0] == '.')
            continue;
        assert_int_equal(fstatat(dirfd(d), e->d_name, &st, 0), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
    }
    closedir(d);
    for (int i = 0; i < 1000; i++) {
        int64_t now = local_store_stamp(f.s);

        assert_true(now > last);
        last = now;
    }
    end(&f);
}

TEST_MAIN(cmocka_unit_test(survives_reopening), cmocka_unit_test(copies_do_not_alias),
          cmocka_unit_test(lists_by_prefix_in_order), cmocka_unit_test(half_a_write_is_dropped_and_damage_is_told),
          cmocka_unit_test(files_are_private_and_stamps_rise))
