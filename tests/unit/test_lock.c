#include "lib/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "core/hash_cache.h"
#include "core/lock.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

TEST(what_is_written_is_read_again)
{
    CR_AUTO_LOCK struct cr_lock lock = {.source = cr_strdup("./model")}, back = {0};
    CR_AUTO_FREE char *text = NULL, *again = NULL;
    struct cr_error err = {0};

    cr_lock_add(&lock, "vocab.txt", 2902, B);
    cr_lock_add(&lock, "onnx/model.onnx", 5000000000LL, A);
    text = cr_lock_text(&lock);
    assert_string_equal(text,
                        "{\n \"files\": [\n  {\n   \"path\": \"onnx/model.onnx\",\n   \"sha256\": \"" A "\",\n"
                        "   \"size\": 5000000000\n  },\n  {\n   \"path\": \"vocab.txt\",\n   \"sha256\": \"" B "\",\n"
                        "   \"size\": 2902\n  }\n ],\n \"revision\": null,\n \"source\": \"./model\"\n}\n");
    assert_ok(cr_lock_parse(text, strlen(text), "crdeploy.lock", &back, &err), &err);
    assert_int_equal(back.files, 2);
    assert_null(back.revision);
    again = cr_lock_text(&back);
    assert_string_equal(again, text);
}

#define D "sha256:" A

TEST(a_base_image_is_locked_by_its_digest)
{
    CR_AUTO_LOCK struct cr_lock lock = {.source = cr_strdup(".")}, back = {0}, none = {.source = cr_strdup(".")};
    CR_AUTO_PROBLEMS struct cr_problems list = {0};
    CR_AUTO_FREE char *text = NULL;
    char with[CR_SHA256_HEX], without[CR_SHA256_HEX];
    struct cr_error err = {0};

    cr_lock_digest(&lock, without);
    cr_lock_base(&lock, "docker.io/library/debian:x", D);
    cr_lock_digest(&lock, with);
    assert_string_equal(with, without); /* that of the model's files */
    text = cr_lock_text(&lock);
    assert_non_null(
        strstr(text, "\"base\": {\n  \"digest\": \"" D "\",\n  \"image\": \"docker.io/library/debian:x\"\n },"));
    assert_ok(cr_lock_parse(text, strlen(text), "l", &back, &err), &err);
    assert_string_equal(back.base_digest, D);
    cr_lock_compare(&lock, &back, "l", &list);
    assert_int_equal(list.len, 0);
    cr_lock_compare(&none, &back, "l", &list);
    cr_lock_compare(&back, &none, "l", &list);
    assert_string_equal(list.row[0].msg, "the base image is 'docker.io/library/debian:x@" D "', and none is locked");
    assert_string_equal(list.row[1].msg, "the base image is 'none', locked is 'docker.io/library/debian:x@" D "'");
    cr_lock_base(&back, "docker.io/library/debian:x", NULL);
    assert_null(back.base_image);
}

TEST(bad_locks_are_refused_with_their_place)
{
#define DOC(files) "{\"source\": \"s\", \"revision\": null, \"files\": [" files "]}"
#define ROW(path, size, sum) "{\"path\": \"" path "\", \"size\": " size ", \"sha256\": \"" sum "\"}"
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"{", "l:1:1: "},
        {"[]", "l: "},
        {"{\"source\": \"s\", \"revision\": null}", "l: "},
        {DOC("") "x", "l:1:"},
        {"{\"source\": \"s\", \"revision\": null, \"files\": [], \"extra\": 1}", "l: "},
        {"{\"source\": \"s\", \"revision\": null, \"files\": [], \"base\": {}}", "l: base: "},
        {"{\"source\": \"s\", \"revision\": null, \"files\": [], \"base\": {\"image\": \"i\", \"digest\": \"" A "\"}}",
         "l: base: the digest is not sha256:"},
        {"{\"source\": 1, \"revision\": null, \"files\": []}", "l: source is a string"},
        {DOC("{}"), "l: files[0]: "},
        {DOC(ROW("a", "1", A) ", " ROW("../a", "1", A)), "l: files[1]: '../a' is no path inside"},
        {DOC(ROW("/a", "1", A)), "l: files[0]: '/a' is no path inside"},
        {DOC(ROW("a/", "1", A)), "l: files[0]: 'a/' is no path inside"},
        {DOC(ROW("a//b", "1", A)), "l: files[0]: 'a//b' is no path inside"},
        {DOC(ROW("", "1", A)), "l: files[0]: '' is no path inside"},
        {DOC(ROW("a", "-1", A)), "l: files[0]: the size of 'a' is negative"},
        {DOC(ROW("a", "1", "AB")), "l: files[0]: the sha256 of 'a'"},
        {DOC(ROW("a", "1", A) ", " ROW("b", "1", A) ", " ROW("a", "1", A)), "l: 'a' has two rows"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        struct cr_lock lock = {0};
        struct cr_error err = {0};

        assert_int_equal(cr_lock_parse(rows[i].text, strlen(rows[i].text), "l", &lock, &err), -1);
        assert_int_equal(err.code, CR_E_CONFIG);
        if (strncmp(err.msg, rows[i].want, strlen(rows[i].want)) != 0)
            fail_msg("'%s': got '%s', want '%s…'", rows[i].text, err.msg, rows[i].want);
        assert_null(lock.file);
    }
}

TEST(every_difference_is_told)
{
    CR_AUTO_LOCK struct cr_lock want = {.source = cr_strdup("s"), .revision = cr_strdup("r1")};
    CR_AUTO_LOCK struct cr_lock have = {.source = cr_strdup("s")};
    CR_AUTO_PROBLEMS struct cr_problems list = {0};

    cr_lock_add(&want, "same", 1, A);
    cr_lock_add(&want, "gone", 1, A);
    cr_lock_add(&want, "longer", 1, A);
    cr_lock_add(&want, "other", 1, A);
    cr_lock_add(&have, "same", 1, A);
    cr_lock_add(&have, "longer", 2, A);
    cr_lock_add(&have, "other", 1, B);
    cr_lock_add(&have, "new", 1, A);
    cr_lock_compare(&want, &have, "crdeploy.lock", &list);
    assert_int_equal(cr_problems_errors(&list), 5);
    assert_string_equal(list.row[0].msg, "the revision is 'none', locked is 'r1'");
    assert_string_equal(list.row[1].msg, "'gone' is locked but not there");
    assert_string_equal(list.row[2].msg, "'longer' has 2 bytes, locked are 1");
    assert_non_null(strstr(list.row[3].msg, "'other' has sha256 " B));
    assert_string_equal(list.row[4].msg, "'new' is not in the lock");
    cr_problems_clear(&list);
    cr_lock_compare(&want, &want, "crdeploy.lock", &list);
    assert_int_equal(list.len, 0);
}

/* A file old enough to be remembered. */
static void set_time(const char *path, time_t when)
{
    struct timespec times[2] = {{.tv_sec = when}, {.tv_sec = when}};

    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644); /* the inode stays */

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static void digest(const char *cache_path, const char *file, char sha256[CR_SHA256_HEX])
{
    struct cr_hash_cache *cache;
    struct cr_error err = {0};

    assert_ok(cr_hash_cache_open(cache_path, &cache, &err), &err);
    assert_ok(cr_hash_cache_file(cache, file, sha256, NULL, &err), &err);
    assert_ok(cr_hash_cache_close(cache, &err), &err);
}

TEST(hashes_are_remembered_until_a_file_changes)
{
    char dir[] = "/tmp/test_lock.XXXXXX", got[CR_SHA256_HEX], one[CR_SHA256_HEX], two[CR_SHA256_HEX];
    CR_AUTO_FREE char *file = NULL, *cache = NULL;
    struct cr_error err = {0};

    cr_sha256("one", 3, one);
    cr_sha256("two", 3, two);
    assert_non_null(mkdtemp(dir));
    file = cr_path_join(dir, "weights");
    cache = cr_path_join(dir, "hashes");
    put(file, "one");
    set_time(file, 1000000000);
    digest(cache, file, got);
    assert_string_equal(got, one);
    put(file, "two"); /* size, inode and time put back: only reading would show it, and it is not read */
    set_time(file, 1000000000);
    digest(cache, file, got);
    assert_string_equal(got, one);
    set_time(file, 1000000001);
    digest(cache, file, got);
    assert_string_equal(got, two);
    assert_ok(cr_dir_remove(dir, &err), &err);
}

TEST(a_file_of_just_now_is_not_remembered)
{
    char dir[] = "/tmp/test_lock.XXXXXX", got[CR_SHA256_HEX], want[CR_SHA256_HEX];
    CR_AUTO_FREE char *file = NULL, *cache = NULL;
    time_t now = time(NULL);
    struct cr_error err = {0};

    assert_non_null(mkdtemp(dir));
    file = cr_path_join(dir, "weights");
    cache = cr_path_join(dir, "hashes");
    put(file, "one");
    set_time(file, now);
    digest(cache, file, got);
    put(file, "two");
    set_time(file, now);
    digest(cache, file, got);
    cr_sha256("two", 3, want);
    assert_string_equal(got, want);
    assert_ok(cr_dir_remove(dir, &err), &err);
}

TEST(a_damaged_cache_is_an_empty_one)
{
    static const char *const damage[] = {"", "{", "crdeploy hashes 1\n", "crdeploy hashes 2\nnonsense",
                                         "crdeploy hashes 2\na b c d e"};
    char dir[] = "/tmp/test_lock.XXXXXX", got[CR_SHA256_HEX], want[CR_SHA256_HEX];
    CR_AUTO_FREE char *file = NULL, *cache = NULL;
    struct cr_error err = {0};

    assert_non_null(mkdtemp(dir));
    file = cr_path_join(dir, "weights");
    cache = cr_path_join(dir, "hashes");
    put(file, "x");
    cr_sha256("x", 1, want);
    for (size_t i = 0; i < CR_LEN(damage); i++) {
        put(cache, damage[i]);
        digest(cache, file, got);
        assert_string_equal(got, want);
    }
    assert_ok(cr_dir_remove(dir, &err), &err);
}

TEST_MAIN(cmocka_unit_test(what_is_written_is_read_again), cmocka_unit_test(a_base_image_is_locked_by_its_digest),
          cmocka_unit_test(bad_locks_are_refused_with_their_place), cmocka_unit_test(every_difference_is_told),
          cmocka_unit_test(hashes_are_remembered_until_a_file_changes),
          cmocka_unit_test(a_file_of_just_now_is_not_remembered), cmocka_unit_test(a_damaged_cache_is_an_empty_one))
