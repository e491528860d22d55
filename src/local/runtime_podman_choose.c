#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "local/build_isolation.h"
#include "local/runtime_podman.h"

#define TRIAL_IMAGE "localhost/crdeploy-trial"
#define TRIAL_NAME "crdeploy-trial"
#define TRIAL_PORT 8080

/* What listens inside: Debian's perl-base is on every machine that has apt. */
static const char listener[] =
    "use Socket; socket(S, AF_INET, SOCK_STREAM, 0) or die $!; setsockopt(S, SOL_SOCKET, SO_REUSEADDR, 1);"
    "bind(S, sockaddr_in($ENV{PORT}, INADDR_ANY)) or die $!; listen(S, 5); alarm 20; accept(C, S); syswrite(C, 'up');";

/* Whether a container says "up" within two seconds. */
static bool answers(const struct local_container *c)
{
    int64_t end = cr_now_ms() + 2000;

    do {
        CR_AUTO_FD int fd = local_container_connect(c);
        struct pollfd p = {.fd = fd, .events = POLLIN};
        char word[2];

        if (fd >= 0 && poll(&p, 1, 1000) == 1 && recv(fd, word, 2, MSG_WAITALL) == 2)
            return true;
        cr_sleep_ms(20);
    } while (cr_now_ms() < end);
    return false;
}

/* One of podman's commands, whose failure does not matter. */
static void tidy(const struct local_engine *e, const char *const *words)
{
    LOCAL_AUTO_ARGS struct local_args a = {0};
    struct cr_error ignored = {0};

    local_engine_args(e, &a);
    local_args_all(&a, words);
    (void)!local_exec_text(&a, 30000, NULL, &ignored);
}

static void remove_trial(const struct local_engine *e)
{
    tidy(e, (const char *const[]){"rm", "--force", "--time=0", TRIAL_NAME, NULL});
}

void local_engine_mount_args(struct local_args *a)
{
    static const char *const dirs[] = {"/usr", "/lib", "/lib64", "/bin"};

    for (size_t i = 0; i < CR_LEN(dirs); i++) {
        char real[PATH_MAX];

        if (realpath(dirs[i], real))
            local_args_addf(a, "--volume=%s:%s:ro", real, dirs[i]);
    }
}

/* Whether layers are mounted with their ids mapped; else the storage copied them. Only root is asked, whose mounts are
 * those of the engine. */
static bool maps_layers(const struct local_engine *e)
{
    CR_AUTO_FREE char *text = NULL, *mark = cr_format("%s/containers/overlay/", e->state_dir);
    struct cr_error ignored = {0};
    const char *at;

    if (cr_file_read("/proc/self/mountinfo", 1 << 24, &text, NULL, &ignored) < 0)
        return false;
    for (at = text; (at = strstr(at, mark)); at++)
        if (strncmp(at + strcspn(at + strlen(mark), "/ ,:") + strlen(mark), "/mapped/", 8) == 0)
            return true;
    return false;
}

/* The container that runs: is it reached, and is it what it should be. */
static int look_at_trial(struct local_engine *e, int port, struct cr_error *err)
{
    struct local_container c = {.port = port};
    int rc;

    if (*e->subids && !maps_layers(e))
        return cr_fail(err, CR_E_IO, "podman: a user namespace would copy the layers");
    rc = local_engine_reach(e, TRIAL_NAME, &c, err);
    if (rc == 0 && !answers(&c))
        rc = cr_fail(err, CR_E_IO, "podman: a container on the network '%s' is not reached",
                     *e->network ? e->network : "default");
    local_container_clear(&c);
    return rc;
}

static int run_trial(struct local_engine *e, bool listen, struct cr_error *err)
{
    LOCAL_AUTO_ARGS struct local_args a = {0};
    int port = TRIAL_PORT, rc;

    if (e->published && local_free_port(&port, err) < 0)
        return -1;
    local_engine_args(e, &a);
    local_args_all(&a, (const char *const[]){"run", "--detach", "--pull=never", "--log-driver=k8s-file",
                                             "--name=" TRIAL_NAME, NULL});
    local_engine_run_args(e, &a, port, TRIAL_PORT);
    if (e->limits)
        local_args_all(&a, (const char *const[]){"--cpus=0.500", "--memory=67108864b", NULL});
    local_engine_mount_args(&a);
    local_args_all(&a, (const char *const[]){TRIAL_IMAGE, listen ? "/usr/bin/perl" : "/usr/bin/true",
                                             listen ? "-e" : NULL, listener, NULL});
    rc = local_exec_text(&a, 30000, NULL, err);
    if (rc == 0 && listen)
        rc = look_at_trial(e, port, err);
    remove_trial(e);
    return rc;
}

static void set(char **field, const char *value)
{
    free(*field);
    *field = cr_strdup(value);
}

/* An image with nothing but mount points, which also shows whether the storage driver works. */
static int import_trial(struct local_engine *e, const char *driver, struct cr_error *err)
{
    static const char *const dirs[] = {"usr", "lib", "lib64", "bin", "etc", "tmp"};
    CR_AUTO_FREE char *dir = cr_format("%s/trial", e->state_dir), *tar = cr_format("%s/trial.tar", e->state_dir);
    LOCAL_AUTO_ARGS struct local_args pack = {0}, a = {0};
    int rc;

    for (size_t i = 0; i < CR_LEN(dirs); i++) {
        CR_AUTO_FREE char *path = cr_path_join(dir, dirs[i]);

        if (cr_dir_make(path, 0755, err) < 0)
            return -1;
    }
    local_args_all(&pack, (const char *const[]){"tar", "-C", dir, "-cf", tar, ".", NULL});
    set(&e->driver, driver);
    local_engine_args(e, &a);
    local_args_all(&a, (const char *const[]){"import", tar, TRIAL_IMAGE, NULL});
    rc = local_exec_text(&pack, 30000, NULL, err);
    if (rc == 0)
        rc = local_exec_text(&a, 60000, NULL, err);
    unlink(tar);
    if (cr_dir_remove(dir, err) < 0)
        rc = -1;
    return rc;
}

/* The machine has no route to the first two, whose containers are reached inside; a bridge has addresses that every
 * user of the machine reaches, so the port may as well be published. */
static const struct {
    const char *name;
    bool published;
} networks[] = {{"slirp4netns", false}, {"pasta", false}, {"", true}, {"host", true}};
static const char *const runtimes[] = {"", "crun", "runc"};

#define NETWORKS (int)CR_LEN(networks)
#define RUNTIMES (int)CR_LEN(runtimes)

/* With limits before without, a network of its own before the machine's, the engine's own runtime before others. */
static int try_all(struct local_engine *e, bool listen, struct cr_error *err)
{
    const int half = NETWORKS * RUNTIMES * 2;
    struct cr_error said = {0};

    for (int i = 0; i < 2 * half; i++) {
        struct cr_error now = {0};
        int n = i / (2 * RUNTIMES) % NETWORKS;

        e->limits = i < half;
        e->published = networks[n].published;
        set(&e->network, networks[n].name);
        set(&e->oci, runtimes[i / 2 % RUNTIMES]);
        e->ulimits = i % 2;
        if (run_trial(e, listen, &now) == 0)
            return 0;
        if (e->limits && e->ulimits && (!said.code || strcmp(e->oci, "runc") == 0))
            said = now;
    }
    *err = said;
    cr_wrap(err, "podman cannot run a container on this machine");
    return cr_hint(err, "see 'podman run' by hand; on a machine with cgroup v1: apt-get install runc");
}

static bool has_ids(const char *path, const char *name)
{
    CR_AUTO_FREE char *text = NULL, *line = cr_format("\n%s:", name);
    struct cr_error ignored = {0};

    return cr_file_read(path, 1 << 20, &text, NULL, &ignored) == 0 &&
           (strncmp(text, line + 1, strlen(line + 1)) == 0 || strstr(text, line));
}

/* A user namespace, where root's engine has ids for one and the kernel maps them; `containers` is whose podman itself
 * takes for that. */
static void choose_subids(struct local_engine *e, bool listen)
{
    static const char *const names[] = {"containers", "root"};

    for (size_t i = 0; getuid() == 0 && listen && i < CR_LEN(names); i++) {
        struct cr_error unusable = {0};

        if (!has_ids("/etc/subuid", names[i]) || !has_ids("/etc/subgid", names[i]))
            continue;
        set(&e->subids, names[i]);
        if (run_trial(e, listen, &unusable) == 0)
            return;
    }
    set(&e->subids, "");
}

/* Found for this podman, on this kernel's cgroups, by this user, with these ids; and by this version of the search. */
static char *found_for(struct cr_error *err)
{
    LOCAL_AUTO_ARGS struct local_args a = {0};
    CR_AUTO_STR struct cr_str out = CR_STR_INIT(4096);
    const char *wanted;

    if (local_isolation_wanted(&wanted, err) < 0)
        return NULL;
    local_args_all(&a, (const char *const[]){"podman", "--version", NULL});
    if (local_exec_text(&a, 30000, &out, err) < 0)
        return NULL;
    out.buf[strcspn(out.buf, "\n")] = '\0';
    return cr_format("%s, cgroup v%d, uid %d, ids of%s%s, builds in %s%s, 2", out.buf,
                     cr_file_exists("/sys/fs/cgroup/cgroup.controllers") ? 2 : 1, (int)getuid(),
                     has_ids("/etc/subuid", "containers") ? " containers" : "",
                     has_ids("/etc/subuid", "root") ? " root" : "", *wanted ? wanted : "any",
                     local_isolation_needs_loopback() ? " with the loopback" : "");
}

static bool remembered(struct local_engine *e, const char *path, const char *found)
{
    json_t *doc = json_load_file(path, 0, NULL);
    const char *what = NULL, *driver = NULL, *oci = NULL, *network = NULL, *isolation = NULL, *subids = NULL;
    int limits = 0, ulimits = 0, published = 0;
    bool ok = json_unpack(doc, "{s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:b}", "foundFor", &what, "storageDriver",
                          &driver, "runtime", &oci, "network", &network, "isolation", &isolation, "subordinateIds",
                          &subids, "limits", &limits, "ulimits", &ulimits, "published", &published) == 0 &&
              strcmp(what, found) == 0;

    if (ok) {
        set(&e->driver, driver);
        set(&e->oci, oci);
        set(&e->network, network);
        set(&e->isolation, isolation);
        set(&e->subids, subids);
        e->limits = limits;
        e->ulimits = ulimits;
        e->published = published;
    }
    json_decref(doc);
    return ok;
}

static int remember(const struct local_engine *e, const char *path, const char *found, struct cr_error *err)
{
    json_t *doc =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:b}", "foundFor", found, "storageDriver", e->driver,
                  "runtime", e->oci, "network", e->network, "isolation", e->isolation, "subordinateIds", e->subids,
                  "limits", e->limits, "ulimits", e->ulimits, "published", e->published);
    CR_AUTO_FREE char *text = json_dumps(doc, JSON_INDENT(2) | JSON_SORT_KEYS);

    json_decref(doc);
    cr_oom_check(text);
    return cr_file_write(path, text, strlen(text), 0600, err);
}

/* From the first image to the last trial. */
static int search(struct local_engine *e, struct cr_error *err)
{
    bool listen = cr_file_exists("/usr/bin/perl");
    struct cr_error first = {0};

    set(&e->oci, "");
    set(&e->subids, "");
    if (import_trial(e, "overlay", &first) < 0) {
        CR_AUTO_FREE char *store = cr_path_join(e->state_dir, "containers");

        /* podman's database remembers the driver it was made with */
        if (cr_dir_remove(store, err) < 0 || import_trial(e, "vfs", err) < 0)
            return cr_wrap(err, "podman's storage works neither with overlay nor with vfs");
    }
    if (try_all(e, listen, err) < 0)
        return -1;
    choose_subids(e, listen);
    if (local_isolation_choose(e, TRIAL_IMAGE, err) < 0)
        return -1;
    tidy(e, (const char *const[]){"rmi", "--force", TRIAL_IMAGE, NULL});
    return 0;
}

int local_podman_choose(struct local_engine *e, struct cr_error *err)
{
    CR_AUTO_FREE char *path = cr_path_join(e->state_dir, "runtime.json"), *found = found_for(err);

    if (!found)
        return -1;
    if (remembered(e, path, found))
        return 0;
    return search(e, err) < 0 ? -1 : remember(e, path, found, err);
}
