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
    CR_AUTO(local_engine_copyp) char *copy = NULL;
    int status;

    if (local_baseimage_ensure(e, b, log_fd, group, &copy, err) < 0)
        return -1;
    local_args_all(&a, (const char *const[]){"docker", "build", NULL});
    local_engine_build_args(&a, b, copy);
    if (local_exec_log(&a, b->dir, log_fd, e->marks, group, &status, err) < 0)
        return -1;
    return local_engine_built(e, b, status, digest, err);
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
    e->rt.note =
        "docker publishes a container's port on 127.0.0.1: every user of this machine reaches a private service "
        "there, and a build's steps are kept from the machine as docker keeps them";
    *rt = &e->rt;
    return 0;
}
