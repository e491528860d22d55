#include "local/runtime_engine.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/proc.h"
#include "local/image_config.h"
#include "local/netns.h"
#include "local/revision_log.h"

#define QUICK_MS 60000 /* for commands that only look something up; a busy disk is slow */
#define OUR_NAME "localhost/crdeploy"
#define LABEL "crdeploy.local"

void local_engine_args(const struct local_engine *e, struct local_args *a)
{
    local_args_add(a, e->podman ? "podman" : "docker");
    if (!e->podman)
        return;
    local_args_addf(a, "--root=%s/containers", e->state_dir);
    local_args_addf(a, "--runroot=%s", e->runroot);
    local_args_addf(a, "--tmpdir=%s/libpod", e->runroot);
    if (e->driver && *e->driver)
        local_args_addf(a, "--storage-driver=%s", e->driver);
    if (e->oci && *e->oci)
        local_args_addf(a, "--runtime=%s", e->oci);
}

/* The last word of what was printed, cut there. */
static const char *last_line(struct cr_str *out)
{
    while (out->len && (out->buf[out->len - 1] == '\n' || out->buf[out->len - 1] == ' '))
        cr_str_cut(out, out->len - 1);
    return strrchr(out->buf, '\n') ? strrchr(out->buf, '\n') + 1 : out->buf;
}

static int tag_as(struct local_engine *e, const char *image, const char *name, struct cr_error *err)
{
    LOCAL_AUTO_ARGS struct local_args a = {0};

    local_engine_args(e, &a);
    local_args_add(&a, "tag");
    local_args_add(&a, image);
    local_args_add(&a, name);
    return local_exec_text(&a, QUICK_MS, NULL, err);
}

static int engine_tag(struct local_runtime *rt, const char *image, const char *name, struct cr_error *err)
{
    return tag_as((struct local_engine *)rt, image, name, err);
}

/* What to call an image in a command: ours when it is asked for by digest. */
static char *our_name(const char *image)
{
    const char *at = strstr(image, "@sha256:");

    return at ? cr_format(OUR_NAME ":%s", at + strlen("@sha256:")) : cr_strdup(image);
}

static int inspect_digest(struct local_engine *e, const char *name, char digest[LOCAL_DIGEST], struct cr_error *err)
{
    LOCAL_AUTO_ARGS struct local_args a = {0};
    CR_AUTO_STR struct cr_str out = CR_STR_INIT(65536);
    const char *text;

    local_engine_args(e, &a);
    local_args_all(&a, (const char *const[]){"image", "inspect", "--format", NULL});
    local_args_add(&a, e->podman ? "{{.Digest}}" : "{{.Id}}"); /* docker knows a manifest's digest only after a push */
    local_args_add(&a, name);
    if (local_exec_text(&a, QUICK_MS, &out, err) < 0)
        return -1;
    text = last_line(&out);
    if (strncmp(text, "sha256:", 7) != 0 || strlen(text) != LOCAL_DIGEST - 1)
        return cr_fail(err, CR_E_IO, "'%s' gave no digest for '%s'", a.item[0], name);
    memcpy(digest, text, LOCAL_DIGEST);
    return 0;
}

int local_engine_digest(struct local_engine *e, const char *image, char digest[LOCAL_DIGEST], struct cr_error *err)
{
    CR_AUTO_FREE char *ours = NULL;

    if (inspect_digest(e, image, digest, err) < 0)
        return -1;
    ours = cr_format(OUR_NAME ":%s", digest + strlen("sha256:"));
    return tag_as(e, image, ours, err);
}

static int engine_resolve(struct local_runtime *rt, const char *image, char digest[LOCAL_DIGEST], struct cr_error *err)
{
    struct local_engine *e = (struct local_engine *)rt;
    CR_AUTO_FREE char *name = our_name(image);
    const char *at = strstr(image, "@sha256:");
    struct cr_error gone = {0};

    if (local_engine_digest(e, name, digest, &gone) == 0)
        return 0;
    if (at && local_engine_digest(e, image, digest, &gone) == 0)
        return 0;
    if (gone.code == CR_E_NET) {
        *err = gone;
        return -1;
    }
    cr_fail(err, CR_E_API, "Image '%s' not found.", image);
    return cr_hint(err, "build it first: crdeploy build --platform local");
}

/* What the engine says of an image in that format; false when nothing. */
static bool inspect_image(struct local_runtime *rt, const char *digest, const char *format, struct cr_str *out)
{
    CR_AUTO_FREE char *name = cr_format(OUR_NAME ":%s", digest + strlen("sha256:"));
    LOCAL_AUTO_ARGS struct local_args a = {0};
    struct cr_error unknown = {0};

    local_engine_args((struct local_engine *)rt, &a);
    local_args_all(&a, (const char *const[]){"image", "inspect", "--format", format, name, NULL});
    return local_exec_text(&a, QUICK_MS, out, &unknown) == 0;
}

static int64_t engine_size(struct local_runtime *rt, const char *digest)
{
    CR_AUTO_STR struct cr_str out = CR_STR_INIT(65536);

    return inspect_image(rt, digest, "{{.Size}}", &out) ? strtoll(last_line(&out), NULL, 10) : 0;
}

static json_t *engine_config(struct local_runtime *rt, const char *digest)
{
    CR_AUTO_STR struct cr_str out = CR_STR_INIT(1 << 20);

    /* podman prints what "{{json .}}" alone asks for as a list, indented */
    return inspect_image(rt, digest, "{{with .}}{{json .}}{{end}}", &out)
               ? local_image_config_inspected(last_line(&out))
               : NULL;
}

/* Engines raise limits to values of their own, which the kernel refuses where we may not raise ours: give ours. */
static void ulimit_arg(struct local_args *a, const char *name, int which, rlim_t most)
{
    struct rlimit have;

    if (getrlimit(which, &have) < 0)
        return;
    if (have.rlim_max == RLIM_INFINITY || have.rlim_max > most)
        have.rlim_max = most;
    local_args_addf(a, "--ulimit=%s=%ju:%ju", name, (uintmax_t)have.rlim_max, (uintmax_t)have.rlim_max);
}

void local_engine_build_args(struct local_args *a, const struct local_build *b, const char *copy)
{
    if (b->no_cache)
        local_args_add(a, "--no-cache");
    for (const char *const *v = b->build_args; v && *v; v++)
        local_args_addf(a, "--build-arg=%s", *v);
    if (b->target)
        local_args_addf(a, "--target=%s", b->target);
    if (b->output)
        local_args_addf(a, "--output=type=local,dest=%s", b->output);
    for (const char *const *t = b->tags; t && *t; t++)
        local_args_addf(a, "--tag=%s", *t);
    if (copy)
        local_args_addf(a, "--file=%s", copy);
    else
        local_args_addf(a, "--file=%s/%s", b->dir, b->dockerfile ? b->dockerfile : "Dockerfile");
    local_args_add(a, b->dir);
}

int local_engine_built(struct local_engine *e, const struct local_build *b, int status, char digest[LOCAL_DIGEST],
                       struct cr_error *err)
{
    *digest = '\0';
    if (status != 0)
        return cr_fail(err, CR_E_BUILD, "step exited with non-zero status: %d", status);
    return b->tags && b->tags[0] ? local_engine_digest(e, b->tags[0], digest, err) : 0;
}

void local_engine_copyp(char **copy)
{
    if (*copy)
        unlink(*copy);
    free(*copy);
}

void local_engine_ulimit_args(struct local_args *a)
{
    ulimit_arg(a, "nofile", RLIMIT_NOFILE, 25000); /* Cloud Run's own ceiling of open files */
    ulimit_arg(a, "nproc", RLIMIT_NPROC, 32768);
}

/* What a container is denied; runtime_engine.h says why. */
static void jail_args(const struct local_engine *e, struct local_args *a)
{
    local_args_all(a, (const char *const[]){"--security-opt=no-new-privileges", "--cap-drop=ALL", "--cap-add=CHOWN",
                                            "--cap-add=DAC_OVERRIDE", "--cap-add=FOWNER", "--cap-add=FSETID",
                                            "--cap-add=KILL", "--cap-add=NET_BIND_SERVICE", "--cap-add=SETGID",
                                            "--cap-add=SETUID", NULL});
    if (e->podman)
        local_args_add(a, "--http-proxy=false"); /* Cloud Run has none, and its address may hold a password */
    if (e->subids && *e->subids) {
        local_args_addf(a, "--subuidname=%s", e->subids);
        local_args_addf(a, "--subgidname=%s", e->subids);
    }
}

static bool on_host(const struct local_engine *e)
{
    return e->network && strcmp(e->network, "host") == 0;
}

void local_engine_run_args(const struct local_engine *e, struct local_args *a, int host_port, int port)
{
    jail_args(e, a);
    if (e->ulimits)
        local_engine_ulimit_args(a);
    if (e->network && *e->network)
        local_args_addf(a, "--network=%s", e->network);
    local_args_addf(a, "--env=PORT=%d", on_host(e) ? host_port : port);
    if (e->published && !on_host(e))
        local_args_addf(a, "--publish=127.0.0.1:%d:%d", host_port, port);
}

static void limit_args(const struct local_engine *e, const struct local_start *s, struct local_args *a)
{
    if (!e->limits)
        return;
    if (s->cpu_milli > 0)
        local_args_addf(a, "--cpus=%" PRId64 ".%03" PRId64, s->cpu_milli / 1000, s->cpu_milli % 1000);
    if (s->memory_bytes > 0)
        local_args_addf(a, "--memory=%" PRId64 "b", s->memory_bytes);
}

/* The variables whose values have several lines, which a line of the file cannot hold. New; the texts are borrowed. */
static const char **long_env(const char *const *env)
{
    const char **list;
    size_t n = 0;

    while (env && env[n])
        n++;
    list = cr_calloc(n + 1, sizeof(*list));
    n = 0;
    for (; env && *env; env++)
        if (strchr(*env, '\n'))
            list[n++] = *env;
    return list;
}

/* The environment may hold what is not for everybody's eyes, and an argument list is. */
static int env_file_write(const struct local_engine *e, const struct local_start *s, char **path, struct cr_error *err)
{
    CR_AUTO_FREE char *name = cr_format("%s/env-%s", e->state_dir, s->name);
    CR_AUTO_STR struct cr_str text = CR_STR_INIT(1 << 20);

    for (const char *const *v = s->env; v && *v; v++)
        if (!strchr(*v, '\n') && cr_str_addf(&text, err, "%s\n", *v) < 0)
            return -1;
    if (cr_file_write(name, text.buf, text.len, 0600, err) < 0)
        return -1;
    *path = CR_STEAL(name);
    return 0;
}

static void start_args(const struct local_engine *e, const struct local_start *s, int host_port, const char *env_file,
                       struct local_args *a)
{
    CR_AUTO_FREE char *image = our_name(s->image);

    local_engine_args(e, a);
    local_args_all(a, (const char *const[]){"run", "--detach", NULL});
    if (e->podman) {
        local_args_add(a, "--pull=never");
        local_args_all(a, (const char *const[]){"--log-driver=k8s-file", NULL});
        local_args_addf(a, "--log-opt=path=%s", s->log_path);
    }
    local_args_addf(a, "--name=%s", s->name);
    local_args_addf(a, "--label=" LABEL "=%s", e->owner);
    local_args_addf(a, "--label=" LABEL ".service=%s", s->service);
    local_args_addf(a, "--label=" LABEL ".revision=%s", s->revision);
    limit_args(e, s, a);
    if (env_file)
        local_args_addf(a, "--env-file=%s", env_file);
    for (const char *const *v = a->env; v && *v; v++)
        local_args_addf(a, "--env=%.*s", (int)strcspn(*v, "="), *v); /* the engine takes the value from its own */
    local_engine_run_args(e, a, host_port, s->port);
    if (s->command && *s->command)
        local_args_addf(a, "--entrypoint=%s", s->command[0]);
    local_args_add(a, image);
    if (s->command && *s->command)
        local_args_all(a, s->command + 1);
    local_args_all(a, s->args);
}

/* `docker logs` brings what podman's supervisor writes to the file by itself. */
static int follow_logs(struct local_engine *e, const char *id, const char *log_path, struct cr_error *err)
{
    LOCAL_AUTO_ARGS struct local_args a = {0};
    int out[2], errs[2], rc;
    pid_t pid;

    local_engine_args(e, &a);
    local_args_all(&a, (const char *const[]){"logs", "--follow", id, NULL});
    if (pipe2(out, O_CLOEXEC) < 0 || pipe2(errs, O_CLOEXEC) < 0)
        return cr_fail(err, CR_E_IO, "cannot follow the log of '%s': %s", id, strerror(errno));
    rc = cr_proc_start(
        &(struct cr_proc_opt){.argv = (const char *const *)a.item, .in = -1, .out = out[1], .err = errs[1]}, &pid, err);
    close(out[1]);
    close(errs[1]);
    if (rc == 0 && local_log_pump(log_path, out[0], errs[0], err) == 0)
        return 0;
    close(out[0]);
    close(errs[0]);
    return -1;
}

static void remove_container(struct local_engine *e, const char *id)
{
    LOCAL_AUTO_ARGS struct local_args a = {0};
    struct cr_error ignored = {0};

    local_engine_args(e, &a);
    local_args_all(&a, (const char *const[]){"rm", "--force", "--volumes", id, NULL});
    (void)!local_exec_text(&a, QUICK_MS, NULL, &ignored);
}

static int inspect_state(struct local_engine *e, const char *id, struct local_state *state, pid_t *pid,
                         struct cr_error *err)
{
    LOCAL_AUTO_ARGS struct local_args a = {0};
    CR_AUTO_STR struct cr_str out = CR_STR_INIT(65536);
    char running[8], oom[8];
    int code, first;

    local_engine_args(e, &a);
    local_args_all(&a, (const char *const[]){
                           "container", "inspect", "--format",
                           "{{.State.Running}} {{.State.OOMKilled}} {{.State.ExitCode}} {{.State.Pid}}", id, NULL});
    if (local_exec_text(&a, QUICK_MS, &out, err) < 0)
        return -1;
    if (sscanf(last_line(&out), "%7s %7s %d %d", running, oom, &code, &first) != 4)
        return cr_fail(err, CR_E_IO, "'%s' does not tell the state of '%s'", a.item[0], id);
    *state = (struct local_state){
        .running = strcmp(running, "true") == 0, .exit_code = code, .oom_killed = strcmp(oom, "true") == 0};
    *pid = first > 0 ? first : 0;
    return 0;
}

int local_engine_reach(struct local_engine *e, const char *id, struct local_container *c, struct cr_error *err)
{
    struct local_state state;
    struct cr_error why = {0};

    if (inspect_state(e, id, &state, &c->pid, &why) < 0)
        c->pid = 0;
    if (e->published)
        return 0;
    if (c->pid > 0 && local_netns_open(c->pid, &c->net, &why) == 0)
        return 0;
    c->port = 0; /* nobody is there */
    if (!cr_proc_alive(c->pid))
        return 0; /* it has ended, which is found out and told by who waits for it */
    *err = why;
    return -1;
}

static int run_container(struct local_engine *e, const struct local_start *s, int host_port, struct cr_str *out,
                         struct cr_error *err)
{
    LOCAL_AUTO_ARGS struct local_args a = {0};
    CR_AUTO_FREE const char **own = long_env(s->env);
    CR_AUTO_FREE char *env_file = NULL;
    int rc;

    if (env_file_write(e, s, &env_file, err) < 0)
        return -1;
    a.env = own;
    start_args(e, s, host_port, env_file, &a);
    rc = local_exec_text(&a, 120000, out, err);
    unlink(env_file);
    return rc;
}

static int engine_start(struct local_runtime *rt, const struct local_start *s, struct local_container *c,
                        struct cr_error *err)
{
    struct local_engine *e = (struct local_engine *)rt;
    CR_AUTO_STR struct cr_str out = CR_STR_INIT(65536);
    struct local_container got = {.port = s->port};

    if (e->published && local_free_port(&got.port, err) < 0)
        return -1;
    if (run_container(e, s, got.port, &out, err) < 0) {
        remove_container(e, s->name);
        return cr_wrap(err, "cannot start '%s'", s->name);
    }
    snprintf(got.id, sizeof(got.id), "%s", last_line(&out));
    if (local_engine_reach(e, got.id, &got, err) < 0 || (!e->podman && follow_logs(e, got.id, s->log_path, err) < 0)) {
        local_container_clear(&got);
        remove_container(e, got.id);
        return -1;
    }
    *c = got;
    return 0;
}

static int engine_state(struct local_runtime *rt, const struct local_container *c, struct local_state *state,
                        struct cr_error *err)
{
    pid_t pid;

    return inspect_state((struct local_engine *)rt, c->id, state, &pid, err);
}

static int engine_stop(struct local_runtime *rt, const struct local_container *c, int64_t grace_ms,
                       struct cr_error *err)
{
    struct local_engine *e = (struct local_engine *)rt;
    LOCAL_AUTO_ARGS struct local_args a = {0};
    struct cr_error gone = {0};

    (void)err;
    local_engine_args(e, &a);
    local_args_add(&a, "stop");
    local_args_addf(&a, "--time=%" PRId64, (grace_ms + 999) / 1000);
    local_args_add(&a, c->id);
    (void)!local_exec_text(&a, grace_ms + QUICK_MS, NULL, &gone); /* it may have ended by itself; removing settles it */
    remove_container(e, c->id);
    return 0;
}

int local_engine_cleanup(struct local_runtime *rt, struct cr_error *err)
{
    struct local_engine *e = (struct local_engine *)rt;
    LOCAL_AUTO_ARGS struct local_args a = {0};
    CR_AUTO_STR struct cr_str out = CR_STR_INIT(1 << 20);
    char *rest, *id;

    local_exec_sweep(e->marks);
    local_engine_args(e, &a);
    local_args_all(&a, (const char *const[]){"ps", "--all", "--quiet", "--no-trunc", NULL});
    local_args_addf(&a, "--filter=label=" LABEL "=%s", e->owner);
    if (local_exec_text(&a, QUICK_MS, &out, err) < 0)
        return -1;
    rest = out.buf;
    while ((id = strsep(&rest, "\n")))
        if (*id)
            remove_container(e, id);
    return 0;
}

void local_engine_init(struct local_engine *e, const char *name, const char *state_dir)
{
    char hex[CR_SHA256_HEX];

    cr_sha256(state_dir, strlen(state_dir), hex);
    e->rt = (struct local_runtime){.name = name,
                                   .resolve = engine_resolve,
                                   .size = engine_size,
                                   .config = engine_config,
                                   .tag = engine_tag,
                                   .start = engine_start,
                                   .state = engine_state,
                                   .stop = engine_stop,
                                   .cleanup = local_engine_cleanup,
                                   .close = local_engine_free};
    e->podman = strcmp(name, "podman") == 0;
    e->state_dir = cr_strdup(state_dir);
    e->marks = cr_format("%s/builds-running", state_dir);
    e->owner = cr_strndup(hex, 16);
    e->limits = e->rt.limits = e->published = true;
    pthread_mutex_init(&e->lock, NULL);
}

void local_engine_free(struct local_runtime *rt)
{
    struct local_engine *e = (struct local_engine *)rt;

    pthread_mutex_destroy(&e->lock);
    free(e->state_dir);
    free(e->marks);
    free(e->owner);
    free(e->runroot);
    free(e->driver);
    free(e->oci);
    free(e->network);
    free(e->isolation);
    free(e->subids);
    free(e->note);
    free(e);
}
