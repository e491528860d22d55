#include "local/build_isolation.h"

#include <errno.h>
#include <jansson.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/env.h"
#include "base/file.h"
#include "base/mem.h"
#include "local/aptconf.h"

static const char *const modes[] = {"oci", "oci-host", "chroot"};

/* buildah as process 1 of its own processes, which all end with it, and with the few devices that a step needs: it
 * gives a step the /dev and the /proc that it sees itself. $1 is an empty directory, the rest the command. */
static const char jail[] = "set -e; d=$1; shift\n"
                           "mount -t tmpfs -o mode=755,nosuid,noexec tmpfs \"$d\"\n"
                           "for n in null zero full random urandom tty fuse; do\n"
                           "    [ -e \"/dev/$n\" ] || continue\n"
                           "    : >\"$d/$n\"; mount --bind \"/dev/$n\" \"$d/$n\"\n"
                           "done\n"
                           "mkdir \"$d/pts\" \"$d/shm\"\n"
                           "mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts \"$d/pts\"\n"
                           "mount -t tmpfs -o mode=1777,nosuid,nodev,noexec tmpfs \"$d/shm\"\n"
                           "ln -s pts/ptmx \"$d/ptmx\"; ln -s /proc/self/fd \"$d/fd\"\n"
                           "ln -s fd/0 \"$d/stdin\"; ln -s fd/1 \"$d/stdout\"; ln -s fd/2 \"$d/stderr\"\n"
                           "mount --rbind \"$d\" /dev\n"
                           "exec \"$@\"\n";

/* Of buildah's default capabilities those that neither apt nor dpkg needs: to leave a root directory, to signal
 * others' processes, to get capabilities back, to take a service's port. */
#define DROPPED "CAP_SYS_CHROOT,CAP_KILL,CAP_SETPCAP,CAP_NET_BIND_SERVICE"

/* What a step tries to reach: this machine's loopback, by itself, by the addresses that user-mode networks give it, and
 * by the gateway. It fails without a way to the outside where this machine has one. */
static const char reach[] =
    "use Socket; my @to = qw(127.0.0.1 10.0.2.2 169.254.1.2); open(my $r, '<', '/proc/net/route'); my $out = 0;"
    "while (<$r>) { my @f = split; next if $f[1] ne '00000000'; $out = 1; push @to, inet_ntoa(pack('L', hex $f[2])); }"
    "exit 3 if $ARGV[1] && !$out;"
    "for (@to) { socket(my $s, AF_INET, SOCK_STREAM, 0); setsockopt($s, SOL_SOCKET, SO_SNDTIMEO, pack('qq', 1, 0));"
    " connect($s, sockaddr_in($ARGV[0], inet_aton($_))); }";

int local_isolation_wanted(const char **wanted, struct cr_error *err)
{
    const char *text = cr_env("CRDEPLOY_BUILD_ISOLATION");

    *wanted = text ? text : "";
    for (size_t i = 0; i < CR_LEN(modes); i++)
        if (strcmp(*wanted, modes[i]) == 0)
            return 0;
    if (!**wanted)
        return 0;
    cr_fail(err, CR_E_USAGE, "invalid value '%s' for CRDEPLOY_BUILD_ISOLATION", *wanted);
    return cr_hint(err, "one of: oci, oci-host, chroot");
}

static bool names_loopback(const char *text)
{
    return text && (strstr(text, "//127.") || strcasestr(text, "//localhost") || strstr(text, "//[::1]"));
}

bool local_isolation_needs_loopback(void)
{
    static const char *const proxies[] = {"http_proxy", "https_proxy", "all_proxy",
                                          "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"};
    struct cr_error ignored = {0};
    struct local_apt apt;
    bool yes = false;

    for (size_t i = 0; i < CR_LEN(proxies); i++)
        yes = yes || names_loopback(cr_env(proxies[i]));
    if (local_apt_read(&apt, &ignored) == 0) {
        yes = yes || names_loopback(apt.mirror) || names_loopback(apt.security) || names_loopback(apt.options);
        local_apt_clear(&apt);
    }
    return yes;
}

static void jail_args(const char *tmp, struct local_args *a)
{
    if (getuid() != 0) /* the user namespace first, since only who is root there may mount */
        local_args_all(a, (const char *const[]){"buildah", "unshare", NULL});
    local_args_all(a, (const char *const[]){"unshare", "--pid", "--fork", "--kill-child", "--mount", "--mount-proc",
                                            "sh", "-c", jail, "jail", NULL});
    local_args_addf(a, "%s/dev", tmp);
}

/* Every command of buildah on our storage. */
static void storage_args(const struct local_engine *e, struct local_args *a)
{
    local_args_add(a, "buildah");
    local_args_addf(a, "--root=%s/containers", e->state_dir);
    local_args_addf(a, "--runroot=%s", e->runroot);
    local_args_addf(a, "--storage-driver=%s", e->driver);
}

static const char *oci_runtime(const struct local_engine *e)
{
    return *e->oci ? e->oci : local_exec_found("crun") ? "crun" : "runc";
}

void local_isolation_args(const struct local_engine *e, const char *tmp, struct local_args *a)
{
    bool oci = strncmp(e->isolation, "oci", 3) == 0;

    if (!oci)
        jail_args(tmp, a);
    storage_args(e, a);
    local_args_add(a, "bud");
    if (oci) {
        local_args_add(a, getuid() == 0 ? "--isolation=oci" : "--isolation=rootless");
        local_args_addf(a, "--runtime=%s", oci_runtime(e));
        if (strcmp(e->isolation, "oci-host") == 0)
            local_args_add(a, "--network=host");
    } else {
        local_args_all(a, (const char *const[]){"--isolation=chroot", "--cap-drop=" DROPPED, NULL});
    }
    local_engine_ulimit_args(a); /* buildah 1.39 raises them, also where the trial's podman left them alone */
}

static void delete_step(const struct local_engine *e, const char *id)
{
    LOCAL_AUTO_ARGS struct local_args a = {0};
    struct cr_error ignored = {0};

    local_args_all(&a, (const char *const[]){oci_runtime(e), "delete", "--force", id, NULL});
    (void)!local_exec_text(&a, 10000, NULL, &ignored);
}

void local_isolation_end(const struct local_engine *e, const char *tmp)
{
    LOCAL_AUTO_ARGS struct local_args a = {0};
    CR_AUTO_STR struct cr_str out = CR_STR_INIT(1 << 20);
    struct cr_error ignored = {0};
    json_auto_t *list = NULL;
    json_t *row;
    size_t i, n = strlen(tmp);

    if (strncmp(e->isolation, "oci", 3) != 0)
        return;
    local_args_all(&a, (const char *const[]){oci_runtime(e), "list", "--format", "json", NULL});
    if (local_exec_text(&a, 10000, &out, &ignored) < 0)
        return;
    list = json_loads(out.buf, 0, NULL);
    json_array_foreach(list, i, row)
    {
        const char *bundle = json_string_value(json_object_get(row, "bundle"));
        const char *id = json_string_value(json_object_get(row, "id"));

        if (id && bundle && strncmp(bundle, tmp, n) == 0 && bundle[n] == '/')
            delete_step(e, id);
    }
}

/* ---- what works ---- */

/* A socket that listens on 127.0.0.1, as the API does; *port is where. */
static int listen_here(int *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && bind(fd, (struct sockaddr *)&at, len) == 0 && listen(fd, 8) == 0 &&
        getsockname(fd, (struct sockaddr *)&at, &len) == 0) {
        *port = ntohs(at.sin_port);
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool has_way_out(void)
{
    CR_AUTO_FREE char *text = NULL;
    struct cr_error ignored = {0};

    return cr_file_read("/proc/net/route", 65536, &text, NULL, &ignored) == 0 && strstr(text, "\t00000000\t");
}

/* The trial's Dockerfile: one step, with the machine's own programs. */
static int write_trial(const char *dir, const char *image, int port, struct cr_error *err)
{
    CR_AUTO_FREE char *path = cr_path_join(dir, "Dockerfile"), *script = cr_path_join(dir, "reach.pl");
    CR_AUTO_FREE char *text = cr_format("FROM %s\nCOPY reach.pl /tmp/reach.pl\n"
                                        "RUN [\"/usr/bin/perl\", \"/tmp/reach.pl\", \"%d\", \"%d\"]\n",
                                        image, port, has_way_out());

    if (!cr_file_exists("/usr/bin/perl")) {
        free(text);
        text = cr_format("FROM %s\nRUN [\"/usr/bin/true\"]\n", image);
    }
    return cr_file_write(script, reach, strlen(reach), 0600, err) < 0 ||
                   cr_file_write(path, text, strlen(text), 0600, err) < 0
               ? -1
               : 0;
}

static int run_step(const struct local_engine *e, const char *dir, struct cr_error *err)
{
    CR_AUTO_FREE char *dev = cr_path_join(dir, "dev"), *set = cr_format("TMPDIR=%s", dir);
    LOCAL_AUTO_ARGS struct local_args a = {0};
    int rc;

    if (cr_dir_make(dev, 0700, err) < 0)
        return -1;
    local_isolation_args(e, dir, &a);
    local_args_all(&a, (const char *const[]){"--no-cache", "--layers=false", "--quiet", NULL});
    local_engine_mount_args(&a);
    local_args_addf(&a, "--file=%s/Dockerfile", dir);
    local_args_add(&a, dir);
    a.env = (const char *const[]){set, NULL};
    rc = local_exec_text(&a, 60000, NULL, err);
    local_isolation_end(e, dir);
    return rc;
}

/* Whether a step runs, and keeps away from the loopback where it has a network of its own. */
static int try_isolation(struct local_engine *e, const char *mode, const char *image, struct cr_error *err)
{
    CR_AUTO_FREE char *dir = cr_format("%s/isolation-trial", e->state_dir);
    int port = 0, rc;
    CR_AUTO_FD int listener = listen_here(&port);
    struct pollfd p = {.fd = listener, .events = POLLIN};
    struct cr_error ignored = {0};

    free(e->isolation);
    e->isolation = cr_strdup(mode);
    rc = cr_dir_make(dir, 0700, err) < 0 || write_trial(dir, image, port, err) < 0 ? -1 : run_step(e, dir, err);
    (void)!cr_dir_remove(dir, &ignored);
    if (rc == 0 && strcmp(mode, "oci") == 0 && (listener < 0 || poll(&p, 1, 0) != 0))
        return cr_fail(err, CR_E_IO, "a step's own network leads to this machine's loopback");
    return rc;
}

int local_isolation_choose(struct local_engine *e, const char *image, struct cr_error *err)
{
    const char *wanted;

    if (local_isolation_wanted(&wanted, err) < 0)
        return -1;
    for (size_t i = 0; i < CR_LEN(modes); i++) {
        if (*wanted ? strcmp(wanted, modes[i]) != 0 : i == 0 && local_isolation_needs_loopback())
            continue;
        *err = (struct cr_error){0};
        if (try_isolation(e, modes[i], image, err) == 0)
            return 0;
    }
    cr_wrap(err, "buildah cannot run a step on this machine");
    return cr_hint(err,
                   *wanted ? "unset CRDEPLOY_BUILD_ISOLATION to have all ways tried" : "see 'buildah bud' by hand");
}
