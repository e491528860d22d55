#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "local/runtime_podman.h"

#define TRIAL_IMAGE "localhost/crdeploy-trial"
#define TRIAL_NAME "crdeploy-trial"
#define TRIAL_PORT 8080

/* What listens inside: Debian's perl-base is on every machine that has apt. */
static const char listener[] =
    "use Socket; socket(S, AF_INET, SOCK_STREAM, 0) or die $!; setsockopt(S, SOL_SOCKET, SO_REUSEADDR, 1);"
    "bind(S, sockaddr_in($ENV{PORT}, INADDR_ANY)) or die $!; listen(S, 5); alarm 20; accept(C, S); syswrite(C, 'up');";

/* Whether 127.0.0.1:port says "up" within two seconds. */
static bool answers(int port)
{
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int64_t end = cr_now_ms() + 2000;

    do {
        CR_AUTO_FD int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct timeval wait = {.tv_sec = 1};
        char word[2];

        if (fd < 0)
            return false;
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
        if (connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0 && recv(fd, word, 2, MSG_WAITALL) == 2)
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

/* The machine's own programs, read-only, where they are looked for. */
static void mount_args(struct local_args *a)
{
    static const char *const dirs[] = {"/usr", "/lib", "/lib64", "/bin"};

    for (size_t i = 0; i < CR_LEN(dirs); i++) {
        char real[PATH_MAX];

        if (realpath(dirs[i], real))
            local_args_addf(a, "--volume=%s:%s:ro", real, dirs[i]);
    }
}

static int run_trial(const struct local_engine *e, bool listen, struct cr_error *err)
{
    LOCAL_AUTO_ARGS struct local_args a = {0};
    int port, rc;

    if (local_free_port(&port, err) < 0)
        return -1;
    local_engine_args(e, &a);
    local_args_all(&a, (const char *const[]){"run", "--detach", "--pull=never", "--log-driver=k8s-file",
                                             "--name=" TRIAL_NAME, NULL});
    local_engine_run_args(e, &a, port, TRIAL_PORT);
    if (e->limits)
        local_args_all(&a, (const char *const[]){"--cpus=0.500", "--memory=67108864b", NULL});
    mount_args(&a);
    local_args_all(&a, (const char *const[]){TRIAL_IMAGE, listen ? "/usr/bin/perl" : "/usr/bin/true",
                                             listen ? "-e" : NULL, listener, NULL});
    rc = local_exec_text(&a, 30000, NULL, err);
    if (rc == 0 && listen && !answers(port))
        rc = cr_fail(err, CR_E_IO, "podman: a published port of network '%s' does not answer",
                     *e->network ? e->network : "default");
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

/* With limits before without, a network of its own before the machine's, the engine's own runtime before others. */
static int try_all(struct local_engine *e, struct cr_error *err)
{
    static const char *const networks[] = {"", "slirp4netns", "host"}, *const runtimes[] = {"", "crun", "runc"};
    bool listen = cr_file_exists("/usr/bin/perl");
    struct cr_error said = {0};

    for (int i = 0; i < 2 * 3 * 3 * 2; i++) {
        struct cr_error now = {0};

        e->limits = i < 18;
        set(&e->network, networks[i / 6 % 3]);
        set(&e->oci, runtimes[i / 2 % 3]);
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

/* Found for this podman, on this kernel's cgroups, by this user. */
static char *found_for(struct cr_error *err)
{
    LOCAL_AUTO_ARGS struct local_args a = {0};
    CR_AUTO_STR struct cr_str out = CR_STR_INIT(4096);

    local_args_all(&a, (const char *const[]){"podman", "--version", NULL});
    if (local_exec_text(&a, 30000, &out, err) < 0)
        return NULL;
    out.buf[strcspn(out.buf, "\n")] = '\0';
    return cr_format("%s, cgroup v%d, uid %d", out.buf, cr_file_exists("/sys/fs/cgroup/cgroup.controllers") ? 2 : 1,
                     (int)getuid());
}

static bool remembered(struct local_engine *e, const char *path, const char *found)
{
    json_t *doc = json_load_file(path, 0, NULL);
    const char *what = NULL, *driver = NULL, *oci = NULL, *network = NULL;
    int limits = 0, ulimits = 0;
    bool ok = json_unpack(doc, "{s:s, s:s, s:s, s:s, s:b, s:b}", "foundFor", &what, "storageDriver", &driver, "runtime",
                          &oci, "network", &network, "limits", &limits, "ulimits", &ulimits) == 0 &&
              strcmp(what, found) == 0;

    if (ok) {
        set(&e->driver, driver);
        set(&e->oci, oci);
        set(&e->network, network);
        e->limits = limits;
        e->ulimits = ulimits;
    }
    json_decref(doc);
    return ok;
}

static int remember(const struct local_engine *e, const char *path, const char *found, struct cr_error *err)
{
    json_t *doc = json_pack("{s:s, s:s, s:s, s:s, s:b, s:b}", "foundFor", found, "storageDriver", e->driver, "runtime",
                            e->oci, "network", e->network, "limits", e->limits, "ulimits", e->ulimits);
    CR_AUTO_FREE char *text = json_dumps(doc, JSON_INDENT(2) | JSON_SORT_KEYS);

    json_decref(doc);
    cr_oom_check(text);
    return cr_file_write(path, text, strlen(text), 0600, err);
}

int local_podman_choose(struct local_engine *e, struct cr_error *err)
{
    CR_AUTO_FREE char *path = cr_path_join(e->state_dir, "runtime.json"), *found = found_for(err);
    struct cr_error first = {0};

    if (!found)
        return -1;
    if (remembered(e, path, found))
        return 0;
    set(&e->oci, "");
    if (import_trial(e, "overlay", &first) < 0) {
        CR_AUTO_FREE char *store = cr_path_join(e->state_dir, "containers");

        /* podman's database remembers the driver it was made with */
        if (cr_dir_remove(store, err) < 0 || import_trial(e, "vfs", err) < 0)
            return cr_wrap(err, "podman's storage works neither with overlay nor with vfs");
    }
    if (try_all(e, err) < 0)
        return -1;
    tidy(e, (const char *const[]){"rmi", "--force", TRIAL_IMAGE, NULL});
    return remember(e, path, found, err);
}
