/* Builds with buildah, runs with podman; both on a storage of our own under the state directory. */
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "local/baseimage.h"
#include "local/build_isolation.h"
#include "local/runroot.h"
#include "local/runtime_podman.h"

#define INSTALL "install the container tools: apt-get install podman buildah runc"

static void build_args(const struct local_engine *e, const struct local_build *b, const char *copy, const char *tmp,
                       struct local_args *a)
{
    local_isolation_args(e, tmp, a);
    /* The time 0 makes equal layers equal bytes. */
    local_args_all(a, (const char *const[]){"--timestamp=0", "--layers", "--retry=0", NULL});
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

    local_isolation_end(e, tmp);
    local_args_add(&a, "buildah");
    local_args_addf(&a, "--root=%s/containers", e->state_dir);
    local_args_addf(&a, "--runroot=%s", e->runroot);
    local_args_addf(&a, "--storage-driver=%s", e->driver);
    local_args_all(&a, (const char *const[]){"rm", "--all", NULL});
    (void)!local_exec_text(&a, 60000, NULL, &ignored);
    (void)!cr_dir_remove(tmp, &ignored);
}

/* Gives it a number. */
static unsigned begin_build(struct local_engine *e)
{
    unsigned number;

    pthread_mutex_lock(&e->lock);
    e->building++;
    number = ++e->builds;
    pthread_mutex_unlock(&e->lock);
    return number;
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
    CR_AUTO_FREE char *all = tmp_dir(e), *tmp = NULL, *dev = NULL, *set = NULL;
    struct cr_error ignored = {0};
    int rc;

    tmp = cr_format("%s/%u", all, begin_build(e));
    dev = cr_path_join(tmp, "dev");
    set = cr_format("TMPDIR=%s", tmp);
    build_args(e, b, copy, tmp, &a);
    a.env = (const char *const[]){set, NULL};
    rc = cr_dir_make(dev, 0700, err);
    if (rc == 0)
        rc = local_exec_log(&a, b->dir, log_fd, e->marks, group, status, err);
    if (rc < 0 || *status != 0)
        local_isolation_end(e, tmp);
    (void)!cr_dir_remove(tmp, &ignored);
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

/* What the user should know of this machine. */
static void take_notes(struct local_engine *e)
{
    const struct {
        bool when;
        const char *text;
    } notes[] = {
        {!e->limits, "this machine does not let podman set CPU and memory limits; containers run without them"},
        {e->published, "a container's port is published on 127.0.0.1: every user of this machine reaches a private "
                       "service there (apt-get install slirp4netns)"},
        {strcmp(e->isolation, "chroot") == 0, "a build's steps share this machine's network and are kept from it by "
                                              "a changed root directory alone; see crdeploy-local(8)"},
        {strcmp(e->isolation, "oci-host") == 0, "a build's steps share this machine's network; see crdeploy-local(8)"},
    };
    char *all = cr_strdup("");

    for (size_t i = 0; i < CR_LEN(notes); i++) {
        char *more = cr_format("%s%s%s", all, *all && notes[i].when ? "; " : "", notes[i].when ? notes[i].text : "");

        free(all);
        all = more;
    }
    e->note = all;
    e->rt.note = *all ? all : NULL;
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
    e->rt.shares_loopback = strcmp(e->isolation, "oci") != 0 || strcmp(e->network, "host") == 0;
    take_notes(e);
    *rt = &e->rt;
    return 0;
}
