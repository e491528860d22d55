/* The engine of docker, for machines that have it running and neither podman nor buildah. */
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "local/baseimage.h"
#include "local/runtime_engine.h"

static int docker_build(struct local_runtime *rt, const struct local_build *b, int log_fd, _Atomic pid_t *group,
                        char digest[LOCAL_DIGEST], struct cr_error *err)
{
    struct local_engine *e = (struct local_engine *)rt;
    LOCAL_AUTO_ARGS struct local_args a = {0};
    int status;

    if (local_baseimage_ensure(e, b, log_fd, group, err) < 0)
        return -1;
    local_args_all(&a, (const char *const[]){"docker", "build", NULL});
    if (b->no_cache)
        local_args_add(&a, "--no-cache");
    for (const char *const *v = b->build_args; v && *v; v++)
        local_args_addf(&a, "--build-arg=%s", *v);
    if (b->target)
        local_args_addf(&a, "--target=%s", b->target);
    for (const char *const *t = b->tags; t && *t; t++)
        local_args_addf(&a, "--tag=%s", *t);
    local_args_addf(&a, "--file=%s/%s", b->dir, b->dockerfile ? b->dockerfile : "Dockerfile");
    local_args_add(&a, b->dir);
    if (local_exec_log(&a, b->dir, log_fd, e->marks, group, &status, err) < 0)
        return -1;
    if (status != 0)
        return cr_fail(err, CR_E_BUILD, "step exited with non-zero status: %d", status);
    return local_engine_digest(e, b->tags[0], digest, err);
}

int local_docker_open(const char *state_dir, struct local_runtime **rt, struct cr_error *err)
{
    LOCAL_AUTO_ARGS struct local_args a = {0};
    struct local_engine *e;

    local_args_all(&a, (const char *const[]){"docker", "info", NULL}); /* the client alone is common, and of no use */
    if (local_exec_text(&a, 10000, NULL, err) < 0) {
        cr_wrap(err, "docker's engine does not answer");
        return cr_hint(err, "install the container tools: apt-get install podman buildah runc");
    }
    e = cr_calloc(1, sizeof(*e));
    local_engine_init(e, "docker", state_dir);
    e->rt.build = docker_build;
    *rt = &e->rt;
    return 0;
}
