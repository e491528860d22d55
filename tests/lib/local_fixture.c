#include "lib/test.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "lib/local_fixture.h"

#define IMAGE "us-central1-docker.pkg.dev/local/crdeploy/fixture:1"

void local_fixture_open(struct local_fixture *f, int64_t idle_ms)
{
    const char *build = getenv("BUILD") ? getenv("BUILD") : ".", *tags[] = {IMAGE, NULL};
    CR_AUTO_FREE char *server = cr_format("%s/tests/lib/fixture_server", build), *context = NULL, *file = NULL;
    CR_AUTO_FD int null = open("/dev/null", O_WRONLY);
    struct cr_error err = {0};
    char digest[LOCAL_DIGEST];

    snprintf(f->dir, sizeof(f->dir), "/tmp/crdeploy-test-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    context = cr_format("%s/context", f->dir);
    file = cr_format("%s/Dockerfile", context);
    assert_ok(local_runtime_open(LOCAL_RUNTIME_NONE, f->dir, server, &f->rt, &err), &err);
    assert_ok(cr_dir_make(context, 0700, &err), &err);
    assert_ok(cr_file_write(file, "FROM scratch\n", 13, 0600, &err), &err);
    assert_ok(f->rt->build(f->rt, &(struct local_build){.dir = context, .tags = tags}, null, NULL, digest, &err), &err);
    assert_ok(local_instances_open(
                  &(struct local_instances_opt){.rt = f->rt, .state_dir = f->dir, .idle_ms = idle_ms, .grace_ms = 2000},
                  &f->set, &err),
              &err);
}

void local_fixture_close(struct local_fixture *f)
{
    struct cr_error err = {0};

    local_instances_close(f->set);
    local_runtime_closep(&f->rt);
    assert_ok(cr_dir_remove(f->dir, &err), &err);
}

json_t *local_fixture_template(json_t *more)
{
    json_t *container =
        json_pack("{s:s, s:{s:{s:s, s:s}}}", "image", IMAGE, "resources", "limits", "cpu", "2", "memory", "3G");

    if (more)
        json_object_update(container, more);
    json_decref(more);
    return json_pack("{s:[o]}", "containers", container);
}
