#include "local/runtime_none.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/proc.h"
#include "local/image_config.h"
#include "local/revision_log.h"
#include "local/runtime_exec.h"
#include "local/say.h"

#define MOST_CHILDREN 64
#define HOOK "# crdeploy-local-none: "

struct child {
    pid_t pid;
    int exit_code;
    bool running;
};

struct none {
    struct local_runtime rt; /* first */
    char *state_dir, *marks, *server;
    pthread_mutex_t lock; /* guards child */
    struct child child[MOST_CHILDREN];
};

/* images/tags/HEX-OF-THE-NAME holds the digest. */
static char *tag_path(const struct none *n, const char *name)
{
    char hex[CR_SHA256_HEX];

    cr_sha256(name, strlen(name), hex);
    return cr_format("%s/images/tags/%s", n->state_dir, hex);
}

static char *image_dir(const struct none *n, const char *digest)
{
    return cr_format("%s/images/%s", n->state_dir, digest + strlen("sha256:"));
}

/* Names, modes and contents, in the order that scandir sorts them into. */
static int hash_dir(struct cr_sha256 *h, const char *dir, const char *prefix, struct cr_error *err)
{
    struct dirent **list;
    int count = scandir(dir, &list, NULL, alphasort), rc = 0;

    if (count < 0)
        return cr_fail(err, CR_E_IO, "cannot read '%s': %s", dir, strerror(errno));
    for (int i = 0; i < count; i++) {
        CR_AUTO_FREE char *path = cr_path_join(dir, list[i]->d_name), *name = NULL;
        char hex[CR_SHA256_HEX] = "";
        struct stat st;

        name = cr_format("%s/%s", prefix, list[i]->d_name);
        if (rc == 0 && strcmp(list[i]->d_name, ".") && strcmp(list[i]->d_name, "..") && lstat(path, &st) == 0) {
            if (S_ISREG(st.st_mode))
                rc = cr_sha256_file(path, hex, NULL, err);
            cr_sha256_add(h, name, strlen(name) + 1);
            cr_sha256_add(h, hex, strlen(hex) + 1);
            if (rc == 0 && S_ISDIR(st.st_mode))
                rc = hash_dir(h, path, name, err);
        }
        free(list[i]);
    }
    free(list);
    return rc;
}

/* What the test hooks ask for; runs between the first and the last word of a build. */
static int run_hooks(struct none *n, char *dockerfile, int log_fd, _Atomic pid_t *group, struct cr_error *err)
{
    char *rest = dockerfile, *line;

    while ((line = strsep(&rest, "\n"))) {
        LOCAL_AUTO_ARGS struct local_args a = {0};
        int status = 0;

        if (strncmp(line, HOOK, strlen(HOOK)) != 0)
            continue;
        line += strlen(HOOK);
        if (strncmp(line, "say ", 4) == 0)
            local_say(log_fd, "%s\n", line + 4);
        if (strncmp(line, "fail", 4) == 0) {
            local_say(log_fd, "%s\n", line[4] ? line + 5 : "failing as asked");
            return cr_fail(err, CR_E_BUILD, "step exited with non-zero status: 1");
        }
        if (strncmp(line, "sleep ", 6) != 0)
            continue;
        local_args_all(&a, (const char *const[]){"sleep", line + 6, NULL});
        if (local_exec_log(&a, NULL, log_fd, n->marks, group, &status, err) < 0)
            return -1;
        if (status != 0)
            return cr_fail(err, CR_E_BUILD, "step exited with non-zero status: %d", status);
    }
    return 0;
}

static int copy_dir(const char *from, const char *to, struct cr_error *err)
{
    CR_AUTO_FREE char *src = cr_format("%s/.", from);
    LOCAL_AUTO_ARGS struct local_args a = {0};

    if (cr_dir_remove(to, err) < 0 || cr_dir_make(to, 0755, err) < 0)
        return -1;
    local_args_all(&a, (const char *const[]){"cp", "-a", src, to, NULL});
    return local_exec_text(&a, 600000, NULL, err);
}

static int write_tag(const struct none *n, const char *name, const char *digest, struct cr_error *err)
{
    CR_AUTO_FREE char *path = tag_path(n, name), *dir = cr_format("%s/images/tags", n->state_dir);

    return cr_dir_make(dir, 0700, err) < 0 ? -1 : cr_file_write(path, digest, strlen(digest), 0600, err);
}

static int none_resolve(struct local_runtime *rt, const char *image, char digest[LOCAL_DIGEST], struct cr_error *err);

/* Nothing is measured without a container, but the steps for it run: what they take out of an image is a Dockerfile
 * that adds nothing to it, and such a one gives the image its tags again. */
#define ON_IMAGE "ARG IMAGE\nFROM ${IMAGE}\n"

static int build_on_image(struct none *n, const struct local_build *b, char digest[LOCAL_DIGEST], struct cr_error *err)
{
    CR_AUTO_FREE char *file = b->output ? cr_path_join(b->output, "Dockerfile") : NULL;
    const char *image = NULL;

    for (const char *const *a = b->build_args; a && *a; a++)
        if (strncmp(*a, "IMAGE=", 6) == 0)
            image = *a + 6;
    if (!image)
        return cr_fail(err, CR_E_BUILD, "the base name (${IMAGE}) should not be blank");
    if (none_resolve(&n->rt, image, digest, err) < 0 ||
        (file && cr_file_write(file, ON_IMAGE, strlen(ON_IMAGE), 0644, err) < 0))
        return -1;
    for (const char *const *t = b->tags; t && *t; t++)
        if (write_tag(n, *t, digest, err) < 0)
            return -1;
    return 0;
}

static int none_build(struct local_runtime *rt, const struct local_build *b, int log_fd, _Atomic pid_t *group,
                      char digest[LOCAL_DIGEST], struct cr_error *err)
{
    struct none *n = (struct none *)rt;
    const char *file = b->dockerfile ? b->dockerfile : "Dockerfile";
    CR_AUTO_FREE char *path = cr_path_join(b->dir, file), *text = NULL, *to = NULL;
    struct cr_sha256 *h;
    char hex[CR_SHA256_HEX], found[LOCAL_DIGEST];
    bool on_image;
    int rc;

    if (cr_file_read(path, 1 << 20, &text, NULL, err) < 0)
        return cr_fail(err, CR_E_BUILD, "unable to evaluate symlinks in Dockerfile path: '%s' is not in the context",
                       file);
    on_image = strstr(text, "ARG IMAGE\nFROM ${IMAGE}") != NULL; /* the hooks cut the text into lines */
    local_say(log_fd, "Building without containers\n");
    if (run_hooks(n, text, log_fd, group, err) < 0)
        return -1;
    if (on_image)
        return build_on_image(n, b, digest, err);
    h = cr_sha256_new();
    rc = hash_dir(h, b->dir, "", err);
    cr_sha256_end(h, hex);
    snprintf(found, sizeof(found), "sha256:%s", hex);
    to = image_dir(n, found);
    if (rc < 0 || copy_dir(b->dir, to, err) < 0)
        return -1;
    for (const char *const *t = b->tags; t && *t; t++)
        if (write_tag(n, *t, found, err) < 0)
            return -1;
    local_say(log_fd, "Successfully built %s\n", found);
    memcpy(digest, found, LOCAL_DIGEST);
    return 0;
}

static int none_resolve(struct local_runtime *rt, const char *image, char digest[LOCAL_DIGEST], struct cr_error *err)
{
    struct none *n = (struct none *)rt;
    const char *at = strstr(image, "@sha256:");
    CR_AUTO_FREE char *path = tag_path(n, image), *text = NULL, *dir = NULL;
    struct cr_error ignored = {0};

    if (at)
        text = cr_strdup(at + 1);
    else if (cr_file_read(path, 256, &text, NULL, &ignored) < 0)
        text = cr_strdup("");
    dir = strlen(text) == LOCAL_DIGEST - 1 ? image_dir(n, text) : NULL;
    if (!dir || strchr(text, '/') || !cr_file_exists(dir)) {
        cr_fail(err, CR_E_API, "Image '%s' not found.", image);
        return cr_hint(err, "build it first: crdeploy build --platform local");
    }
    memcpy(digest, text, LOCAL_DIGEST);
    return 0;
}

/* There are no layers. */
static int64_t none_size(struct local_runtime *rt, const char *digest)
{
    (void)rt;
    (void)digest;
    return 0;
}

/* A Dockerfile of another name is not looked for. */
static json_t *none_config(struct local_runtime *rt, const char *digest)
{
    CR_AUTO_FREE char *dir = image_dir((struct none *)rt, digest), *path = cr_path_join(dir, "Dockerfile"),
                      *text = NULL;
    struct cr_error unread = {0};

    return cr_file_read(path, 1 << 20, &text, NULL, &unread) < 0 ? NULL : local_image_config_dockerfile(text);
}

static int none_tag(struct local_runtime *rt, const char *image, const char *name, struct cr_error *err)
{
    char digest[LOCAL_DIGEST];

    if (none_resolve(rt, image, digest, err) < 0)
        return -1;
    return write_tag((struct none *)rt, name, digest, err);
}

static struct child *find_child(struct none *n, pid_t pid)
{
    for (size_t i = 0; i < MOST_CHILDREN; i++)
        if (n->child[i].pid == pid)
            return &n->child[i];
    return NULL;
}

static int none_start(struct local_runtime *rt, const struct local_start *s, struct local_container *c,
                      struct cr_error *err)
{
    struct none *n = (struct none *)rt;
    char digest[LOCAL_DIGEST];
    CR_AUTO_FREE char *dir = NULL, *model = NULL;
    LOCAL_AUTO_ARGS struct local_args a = {0}, env = {0};
    struct local_container got = {0};
    struct child *slot;
    int out[2], errs[2], rc;

    if (none_resolve(rt, s->image, digest, err) < 0 || local_free_port(&got.port, err) < 0)
        return -1;
    dir = image_dir(n, digest);
    model = cr_format("%s/model/model.json", dir);
    local_args_add(&a, n->server);
    local_args_all(&env, s->env);
    local_args_addf(&env, "PORT=%d", got.port);
    /* what bootstrap would have prepared is not there: the server then reads the context's own crdeploy.json */
    local_args_addf(&env, "MODEL_DIR=%s%s", dir, cr_file_exists(model) ? "/model" : "");
    if (pipe2(out, O_CLOEXEC) < 0 || pipe2(errs, O_CLOEXEC) < 0)
        return cr_fail(err, CR_E_IO, "cannot start '%s': %s", s->name, strerror(errno));
    pthread_mutex_lock(&n->lock);
    slot = find_child(n, 0);
    rc = !slot ? cr_fail(err, CR_E_IO, "cannot start '%s': %d processes run already", s->name, MOST_CHILDREN)
               : cr_proc_start(&(struct cr_proc_opt){.argv = (const char *const *)a.item,
                                                     .dir = dir,
                                                     .in = -1,
                                                     .env = (const char *const *)env.item,
                                                     .out = out[1],
                                                     .err = errs[1]},
                               &got.pid, err);
    if (rc == 0)
        *slot = (struct child){.pid = got.pid, .running = true};
    pthread_mutex_unlock(&n->lock);
    close(out[1]);
    close(errs[1]);
    if (rc < 0 || local_log_pump(s->log_path, out[0], errs[0], err) < 0) {
        close(out[0]);
        close(errs[0]);
        return -1;
    }
    local_exec_mark(n->marks, got.pid);
    snprintf(got.id, sizeof(got.id), "process-%d", (int)got.pid);
    *c = got;
    return 0;
}

static int none_state(struct local_runtime *rt, const struct local_container *c, struct local_state *state,
                      struct cr_error *err)
{
    struct none *n = (struct none *)rt;
    struct child *k;
    bool done = false;
    int rc = 0;

    pthread_mutex_lock(&n->lock);
    k = find_child(n, c->pid);
    if (k && k->running) {
        rc = cr_proc_wait(k->pid, 0, &done, &k->exit_code, err);
        k->running = rc == 0 && !done;
    }
    if (rc == 0)
        *state = (struct local_state){.running = k && k->running, .exit_code = k ? k->exit_code : 0};
    pthread_mutex_unlock(&n->lock);
    return rc;
}

static int none_stop(struct local_runtime *rt, const struct local_container *c, int64_t grace_ms, struct cr_error *err)
{
    struct none *n = (struct none *)rt;
    struct child *k;
    bool running;

    (void)err;
    pthread_mutex_lock(&n->lock);
    k = find_child(n, c->pid);
    running = k && k->running;
    if (k)
        *k = (struct child){0};
    pthread_mutex_unlock(&n->lock);
    if (running)
        cr_proc_kill(c->pid, grace_ms);
    local_exec_unmark(n->marks, c->pid);
    return 0;
}

static int none_cleanup(struct local_runtime *rt, struct cr_error *err)
{
    (void)err;
    local_exec_sweep(((struct none *)rt)->marks);
    return 0;
}

static void none_close(struct local_runtime *rt)
{
    struct none *n = (struct none *)rt;

    pthread_mutex_destroy(&n->lock);
    free(n->state_dir);
    free(n->marks);
    free(n->server);
    free(n);
}

/* The echo server where it is installed, or where a build tree has it. New. */
static char *default_server(void)
{
    char exe[4096];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
    const char *slash;

    exe[n > 0 ? n : 0] = '\0';
    slash = strrchr(exe, '/');
    if (slash) {
        CR_AUTO_FREE char *built = cr_format("%.*s/templates/server/crdeploy-server-echo", (int)(slash - exe), exe);

        if (access(built, X_OK) == 0)
            return CR_STEAL(built);
    }
    return cr_strdup(CR_PKGLIBEXECDIR "/crdeploy-server-echo");
}

int local_none_open(const char *state_dir, const char *server_program, struct local_runtime **rt, struct cr_error *err)
{
    CR_AUTO_FREE char *found = server_program ? cr_strdup(server_program) : default_server();

    struct none *n;

    server_program = found;
    if (access(server_program, X_OK) < 0) {
        cr_fail(err, CR_E_IO, "cannot run '%s': %s", server_program, strerror(errno));
        return cr_hint(err, "crdeploy-local --runtime none --server PROGRAM");
    }
    n = cr_calloc(1, sizeof(*n));
    n->rt = (struct local_runtime){.name = "none",
                                   .build = none_build,
                                   .resolve = none_resolve,
                                   .size = none_size,
                                   .config = none_config,
                                   .tag = none_tag,
                                   .start = none_start,
                                   .state = none_state,
                                   .stop = none_stop,
                                   .cleanup = none_cleanup,
                                   .close = none_close};
    pthread_mutex_init(&n->lock, NULL);
    n->state_dir = cr_strdup(state_dir);
    n->marks = cr_format("%s/processes", state_dir);
    n->server = realpath(server_program, NULL);
    cr_oom_check(n->server);
    *rt = &n->rt;
    return 0;
}
