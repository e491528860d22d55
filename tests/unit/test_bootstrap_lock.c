#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lock.h"

#define HELLO "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824" /* sha256 of "hello" */
#define GOOD "{\"files\":[{\"path\":\"onnx/model.onnx\",\"size\":5,\"sha256\":\"" HELLO "\"}]}"

static char dir[64], lock_path[80], model[80], extra[80], sub[80];

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static int setup(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/test_bootstrap_lock.XXXXXX");
    assert_non_null(mkdtemp(dir));
    snprintf(lock_path, sizeof(lock_path), "%s.lock", dir);
    snprintf(sub, sizeof(sub), "%s/onnx", dir);
    snprintf(model, sizeof(model), "%s/onnx/model.onnx", dir);
    snprintf(extra, sizeof(extra), "%s/onnx/extra", dir);
    assert_int_equal(mkdir(sub, 0755), 0);
    write_file(model, "hello");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    unlink(lock_path);
    unlink(model);
    unlink(extra);
    rmdir(sub);
    return rmdir(dir);
}

/* Loads the text as a lock and holds the directory against it. */
static int check(const char *text, struct error *err)
{
    json_t *lock;
    int rc;

    write_file(lock_path, text);
    if (lock_load(lock_path, &lock, err) < 0)
        return -1;
    rc = lock_check(lock, dir, err);
    json_decref(lock);
    return rc;
}

static void refuse(const char *text, const char *says)
{
    struct error err = {0};

    assert_int_equal(check(text, &err), -1);
    if (!strstr(err.msg, says))
        fail_msg("says '%s', not '%s'", err.msg, says);
}

TEST(a_model_as_it_was_pinned_passes)
{
    struct error err = {0};

    assert_ok(check(GOOD, &err), &err);
}

TEST(what_differs_is_named)
{
    refuse("{\"files\":[{\"path\":\"onnx/model.onnx\",\"size\":6,\"sha256\":\"" HELLO "\"}]}",
           "'onnx/model.onnx' has 5 bytes, crdeploy.lock says 6");
    write_file(model, "hellO");
    refuse(GOOD, "crdeploy.lock says " HELLO);
    unlink(model);
    refuse(GOOD, "'onnx/model.onnx' is in crdeploy.lock but not in the context");
}

TEST(what_nobody_pinned_is_refused)
{
    struct error err = {0};

    write_file(extra, "");
    refuse(GOOD, "'onnx/extra' is in the context but not in crdeploy.lock");
    unlink(extra);
    assert_int_equal(symlink("model.onnx", extra), 0);
    refuse(GOOD, "'onnx/extra' is in the context");
    unlink(extra);
    assert_ok(check(GOOD, &err), &err);
}

TEST(a_lock_that_is_none_is_refused)
{
    refuse("{", "line 1");
    refuse("{}", "has no list of files");
    refuse("{\"files\":[{\"path\":\"onnx/model.onnx\"}]}", "files[0] lacks path, size or sha256");
    refuse("{\"files\":[],\"files\":[]}", "duplicate");
}

#define IN_DIRECTORY(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
TEST_MAIN(IN_DIRECTORY(a_model_as_it_was_pinned_passes), IN_DIRECTORY(what_differs_is_named),
          IN_DIRECTORY(what_nobody_pinned_is_refused), IN_DIRECTORY(a_lock_that_is_none_is_refused))
