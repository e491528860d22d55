#include "lib/test.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "core/context.h"
#include "core/hash_cache.h"

static void put(const char *path, const char *text)
{
    struct cr_error err = {0};

    assert_ok(cr_file_write(path, text, strlen(text), 0644, &err), &err);
}

TEST(many_files_are_hashed_and_the_first_failure_is_told)
{
    char place[] = "/tmp/test_context_hash.XXXXXX";
    CR_AUTO_FREE char *dir = NULL, *cache_path = NULL, *early = NULL, *late = NULL;
    struct cr_hash_cache *cache;
    struct cr_error err = {0};
    char name[3][CR_SHA256_HEX];

    assert_non_null(mkdtemp(place));
    dir = cr_path_join(place, "many");
    cache_path = cr_path_join(place, "hashes");
    early = cr_path_join(dir, "f020");
    late = cr_path_join(dir, "f150");
    assert_ok(cr_dir_make(dir, 0755, &err), &err);
    for (int i = 0; i < 200; i++) {
        CR_AUTO_FREE char *file = cr_format("f%03d", i), *path = cr_path_join(dir, file);

        put(path, file);
        /* Old enough for the cache, which does not trust what was written just now. */
        assert_int_equal(
            utimensat(AT_FDCWD, path, (struct timespec[2]){{.tv_sec = 1000000000}, {.tv_sec = 1000000000}}, 0), 0);
    }
    for (size_t round = 0; round < 3; round++) { /* the last two know the digests */
        CR_AUTO_CONTEXT struct cr_context ctx = {0};

        assert_ok(cr_hash_cache_open(cache_path, &cache, &err), &err);
        assert_ok(cr_context_add_tree(&ctx, "", dir, NULL, &err), &err);
        assert_ok(cr_context_name(&ctx, cache, name[round], &err), &err);
        assert_ok(cr_hash_cache_close(cache, &err), &err);
        assert_string_equal(name[round], name[0]);
    }
    for (int round = 0; round < 20; round++) {
        CR_AUTO_CONTEXT struct cr_context ctx = {0};

        put(early, "f020");
        put(late, "f150");
        assert_ok(cr_context_add_tree(&ctx, "", dir, NULL, &err), &err);
        unlink(early);
        unlink(late);
        assert_int_equal(cr_context_name(&ctx, NULL, name[0], &err), -1);
        assert_non_null(strstr(err.msg, "f020"));
    }
    assert_ok(cr_dir_remove(place, &err), &err);
}

TEST_MAIN(cmocka_unit_test(many_files_are_hashed_and_the_first_failure_is_told))
