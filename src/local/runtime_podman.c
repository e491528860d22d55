/* Builds with buildah, runs with podman; both on a storage of our own under the state directory. */
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "local/baseimage.h"
#include "local/runroot.h"
#include "local/runtime_podman.h"

#define INSTALL "install the container tools: apt-get install podman buildah runc"

static void build_args(const struct local_engine *e, const struct local_build *b, const char *copy,
                       struct local_args *a)
{
    local_args_add(a, "buildah");
    local_args_addf(a, "--root=%s/containers", e->state_dir);
    local_args_addf(a, "--runroot=%s", e->runroot);
    local_args_addf(a, "--storage-driver=%s", e->driver);
    /* chroot: needs neither an OCI runtime nor a network of its own. The time 0 makes equal layers equal bytes. */
    local_args_all(a,
                   (const char *const[]){"bud", "--isolation=chroot", "--timestamp=0", "--layers", "--retry=0", NULL});
    local_engine_ulimit_args(a); /* buildah 1.39 raises them, also where the trial's podman left them alone */
    local_engine_build_args(a, b, copy);
}

/* Where buildah keeps what it needs for a moment; new. Our own, since it leaves things there when it is ended. */
static char *tmp_dir(const struct local_engine *e)
{
    return cr_format("%s/tmp", e->state_dir);
}

/* A build that was ended from outside leaves its working containers, mounted, and its temporary files. Only while
 * nothing builds. */
static void drop_leftovers(const struct local_engine *e)
{
    LOCAL_AUTO_ARGS struct local_args a = {0};
    CR_AUTO_FREE char *tmp = tmp_dir(e);
    struct cr_error ignored = {0};

    local_args_add(&a, "buildah");
    local_args_addf(&a, "--root=%s/containers", e->state_dir);
    local_args_addf(&a, "--runroot=%s", e->runroot);
    local_args_addf(&a, "--storage-driver=%s", e->driver);
    local_args_all(&a, (const char *const[]){"rm", "--all", NULL});
    (void)!local_exec_text(&a, 60000, NULL, &ignored);
    (void)!cr_dir_remove(tmp, &ignored);
}

static void begin_build(struct local_engine *e)
{
    pthread_mutex_lock(&e->lock);
    e->building++;
    pthread_mutex_unlock(&e->lock);
}

/* The lock is held while leftovers go, so that no build begins meanwhile. */
static void end_build(struct local_engine *e, bool cut)
{
    pthread_mutex_lock(&e->lock);
    e->cut = e->cut || cut;
    if (--e->building == 0 && e->cut) {
        drop_leftovers(e);
        e->cut = false;
    }
    pthread_mutex_unlock(&e->lock);
}

static int run_buildah(struct local_engine *e, const struct local_build *b, const char *copy, int log_fd,
                       _Atomic pid_t *group, int *status, struct cr_error *err)
{
    LOCAL_AUTO_ARGS struct local_args a = {0};
    CR_AUTO_FREE char *tmp = tmp_dir(e), *set = cr_format("TMPDIR=%s", tmp);
    int rc;

    build_args(e, b, copy, &a);
    a.env = (const char *const[]){set, NULL};
    begin_build(e);
    rc = cr_dir_make(tmp, 0700, err);
    if (rc == 0)
        rc = local_exec_log(&a, b->dir, log_fd, e->marks, group, status, err);
    end_build(e, rc == 0 && *status != 0); /* an end by a signal is not always told as one */
    return rc;
}

static int podman_build(struct local_runtime *rt, const struct local_build *b, int log_fd, _Atomic pid_t *group,
                        char digest[LOCAL_DIGEST], struct cr_error *err)
{
    struct local_engine *e = (struct local_engine *)rt;
    CR_AUTO(local_engine_copyp) char *copy = NULL;
    int status;

    if (local_baseimage_ensure(e, b, log_fd, group, &copy, err) < 0 ||
        run_buildah(e, b, copy, log_fd, group, &status, err) < 0)
        return -1;
    return local_engine_built(e, b, status, digest, err);
}

static int podman_cleanup(struct local_runtime *rt, struct cr_error *err)
{
    if (local_engine_cleanup(rt, err) < 0)
        return -1;
    drop_leftovers((struct local_engine *)rt); /* nothing builds while the daemon starts */
    return 0;
}

/* Rootless podman leaves a process that keeps its user namespace, with its mounts: 'migrate' ends it. */
static int podman_retire(struct local_runtime *rt, struct cr_error *err)
{
    struct local_engine *e = (struct local_engine *)rt;
    CR_AUTO_FREE char *store = cr_format("%s/containers", e->state_dir);
    LOCAL_AUTO_ARGS struct local_args a = {0};
    struct cr_error ignored = {0};

    if (getuid() != 0) {
        local_engine_args(e, &a);
        local_args_all(&a, (const char *const[]){"system", "migrate", NULL});
        (void)!local_exec_text(&a, 60000, NULL, &ignored);
    } else if (local_unmount_below(store, err) < 0) {
        return -1;
    }
    return local_runroot_remove(e->runroot, err);
}

int local_podman_open(const char *state_dir, struct local_runtime **rt, struct cr_error *err)
{
    struct local_engine *e;

    if (!local_exec_found("podman") || !local_exec_found("buildah")) {
        cr_fail(err, CR_E_IO, "cannot run containers: podman and buildah are not installed");
        return cr_hint(err, INSTALL);
    }
    e = cr_calloc(1, sizeof(*e));
    local_engine_init(e, "podman", state_dir);
    e->rt.cleanup = podman_cleanup;
    e->rt.build = podman_build;
    e->rt.retire = podman_retire;
    e->runroot = local_runroot_path(e->owner);
    if (local_runroot_make(e->runroot, err) < 0 || local_podman_choose(e, err) < 0) {
        local_engine_free(&e->rt);
        return -1;
    }
    e->rt.limits = e->limits;
    if (!e->limits)
        e->rt.note = "this machine does not let podman set CPU and memory limits; containers run without them";
    *rt = &e->rt;
    return 0;
}
