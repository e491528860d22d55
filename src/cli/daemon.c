#include "cli/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/proc.h"
#include "gcp/fetch.h"
#include "gcp/http_curl.h"

#define START_MS 60000 /* the first start tries out how containers run here */
#define STOP_MS 60000  /* containers get ten seconds each to end */
#define FILE_MAX_BYTES 65536

void cli_daemon_clear(struct cli_daemon *d)
{
    if (d->token)
        memset(d->token, 0, strlen(d->token));
    free(d->url);
    free(d->token);
    *d = (struct cli_daemon){0};
}

static int state_path(const char *name, char **path, struct cr_error *err)
{
    CR_AUTO_FREE char *dir = NULL;

    if (cr_xdg_dir(CR_XDG_STATE, "local", &dir, err) < 0)
        return -1;
    *path = cr_path_join(dir, name);
    return 0;
}

/* Whether the file speaks of a process that still is the one that wrote it. */
static bool is_alive(const json_t *doc)
{
    pid_t pid = (pid_t)json_integer_value(json_object_get(doc, "pid"));

    return pid > 0 && cr_proc_alive(pid) &&
           cr_proc_start_time(pid) == json_integer_value(json_object_get(doc, "start_time"));
}

int cli_daemon_find(struct cli_daemon *d, bool *running, struct cr_error *err)
{
    CR_AUTO_FREE char *path = NULL, *text = NULL;
    struct cr_error unread = {0};
    const char *url, *token;
    json_t *doc;

    if (state_path("daemon.json", &path, err) < 0)
        return -1;
    *running = false;
    if (!cr_file_exists(path) || cr_file_read(path, FILE_MAX_BYTES, &text, NULL, &unread) < 0)
        return 0;
    doc = json_loads(text, 0, NULL);
    memset(text, 0, strlen(text));
    url = json_string_value(json_object_get(doc, "url"));
    token = json_string_value(json_object_get(doc, "token"));
    if (url && token && is_alive(doc)) {
        *d = (struct cli_daemon){.url = cr_strdup(url),
                                 .token = cr_strdup(token),
                                 .ingress_port = (int)json_integer_value(json_object_get(doc, "ingress_port")),
                                 .pid = (pid_t)json_integer_value(json_object_get(doc, "pid"))};
        cr_log_secret(d->token);
        *running = true;
    }
    json_decref(doc);
    return 0;
}

static int fetch(const struct cli_daemon *d, const char *method, const char *path, struct gcp_reply *reply,
                 struct cr_error *err)
{
    CR_AUTO_FREE char *url = cr_format("%s%s", d->url, path);
    struct gcp_http *http = gcp_http_curl_new(NULL);
    int rc = gcp_fetch(
        http, &(struct gcp_fetch){.method = method, .url = url, .token = d->token, .timeout_ms = STOP_MS}, reply, err);

    gcp_http_curl_free(http);
    return rc;
}

int cli_daemon_call(const struct cli_daemon *d, const char *method, const char *path, json_t **reply,
                    struct cr_error *err)
{
    GCP_AUTO_REPLY struct gcp_reply got = GCP_REPLY_INIT;
    json_t *doc;

    if (fetch(d, method, path, &got, err) < 0)
        return -1;
    doc = json_loadb(got.body.buf, got.body.len, 0, NULL);
    if (got.status != 200 || !doc) {
        json_decref(doc);
        return cr_fail(err, CR_E_API, "the local platform answered '%s' with status %d", path, got.status);
    }
    *reply = doc;
    return 0;
}

void cli_daemon_explain(struct cr_error *err)
{
    CLI_AUTO_DAEMON struct cli_daemon d = {0};
    CR_AUTO_FREE char *log_path = NULL;
    struct cr_error ignored = {0};
    bool running;

    if (cli_daemon_find(&d, &running, &ignored) < 0 || state_path("daemon.log", &log_path, &ignored) < 0)
        return;
    if (running)
        cr_hint(err,
                "the local platform runs but does not answer: 'crdeploy local down', then 'crdeploy local up'; "
                "its log is '%s'",
                log_path);
    else
        cr_hint(err, "the local platform has ended: 'crdeploy local up' starts it again; its log is '%s'", log_path);
}

/* crdeploy-local beside this program, else by name in PATH. New. */
static char *program(void)
{
    char exe[4096];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 32);
    char *slash;

    if (n > 0) {
        exe[n] = '\0';
        slash = strrchr(exe, '/');
        if (slash) {
            memcpy(slash, "/crdeploy-local", sizeof("/crdeploy-local"));
            if (access(exe, X_OK) == 0)
                return cr_strdup(exe);
        }
    }
    return cr_strdup("crdeploy-local");
}

/* The text after the last `mark` that starts a line; new, or NULL. */
static char *last_after(const char *text, const char *mark)
{
    const char *found = NULL;

    for (const char *p = text; p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL)
        if (strncmp(p, mark, strlen(mark)) == 0)
            found = p + strlen(mark);
    return found ? cr_strndup(found, strcspn(found, "\n")) : NULL;
}

/* What the daemon said since `from`, as an error: it prints its own as "crdeploy-local: MESSAGE" and "  hint: HINT". */
static int failed(const char *log_path, off_t from, struct cr_error *err)
{
    CR_AUTO_FD int fd = open(log_path, O_RDONLY | O_CLOEXEC);
    CR_AUTO_FREE char *msg = NULL, *hint = NULL;
    char text[4096];
    ssize_t n = fd < 0 ? 0 : pread(fd, text, sizeof(text) - 1, from);

    text[n > 0 ? n : 0] = '\0';
    msg = last_after(text, "crdeploy-local: ");
    hint = last_after(text, "  hint: ");
    if (!err->code)
        cr_fail(err, CR_E_IO, "the local platform did not start: %s", msg ? msg : "it ended without a word");
    return hint ? cr_hint(err, "%s", hint) : cr_hint(err, "its log is '%s'", log_path);
}

static int spawn(const struct cli_daemon_opt *o, const char *log_path, pid_t *pid, struct cr_error *err)
{
    CR_AUTO_FD int log = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    CR_AUTO_FREE char *exe = program(), *port = cr_format("%d", o->port), *ingress = cr_format("%d", o->ingress_port);
    const char *argv[8] = {exe};
    size_t n = 1;

    if (log < 0)
        return cr_fail(err, CR_E_IO, "cannot write '%s': %s", log_path, strerror(errno));
    if (o->port >= 0) {
        argv[n++] = "--port";
        argv[n++] = port;
    }
    if (o->ingress_port >= 0) {
        argv[n++] = "--ingress-port";
        argv[n++] = ingress;
    }
    if (o->runtime) {
        argv[n++] = "--runtime";
        argv[n++] = o->runtime;
    }
    if (cr_proc_start(
            &(struct cr_proc_opt){.argv = argv, .dir = "/", .small_env = true, .in = -1, .out = log, .err = log}, pid,
            err) < 0)
        return cr_hint(err, "crdeploy-local is installed beside crdeploy, or found in PATH");
    return 0;
}

/* Until daemon.json names a process that answers. */
static int await_health(pid_t pid, struct cli_daemon *d, struct cr_error *err)
{
    int64_t end = cr_now_ms() + START_MS;

    while (cr_now_ms() < end) {
        GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
        struct cr_error not_yet = {0};
        bool running, ended;
        int status;

        if (cr_interrupt_check(err) < 0)
            return -1;
        cli_daemon_clear(d);
        if (cli_daemon_find(d, &running, err) < 0)
            return -1;
        if (running && fetch(d, "GET", "/local/health", &reply, &not_yet) == 0 && reply.status == 200)
            return 0;
        if (cr_proc_wait(pid, 0, &ended, &status, err) < 0)
            return -1;
        if (ended)
            return -1;
        cr_sleep_ms(20);
    }
    return cr_fail(err, CR_E_IO, "the local platform did not answer within %d s", START_MS / 1000);
}

static int start_new(struct ui *ui, const struct cli_daemon_opt *o, struct cli_daemon *d, struct cr_error *err)
{
    CR_AUTO_FREE char *log_path = NULL;
    struct stat st;
    off_t from = 0;
    pid_t pid;

    if (state_path("daemon.log", &log_path, err) < 0)
        return -1;
    if (stat(log_path, &st) == 0)
        from = st.st_size;
    if (spawn(o, log_path, &pid, err) < 0)
        return -1;
    if (await_health(pid, d, err) < 0) {
        cli_daemon_clear(d);
        cr_proc_kill(pid, 5000);
        return failed(log_path, from, err);
    }
    ui_note(ui, "started the local platform at %s", d->url);
    return 0;
}

int cli_daemon_start(struct ui *ui, const struct cli_daemon_opt *o, struct cli_daemon *d, struct cr_error *err)
{
    static const struct cli_daemon_opt usual = {.port = -1, .ingress_port = -1};
    CR_AUTO_FREE char *lock_path = NULL;
    CR_AUTO_FD int lock = -1;
    bool running;

    if (state_path("daemon.lock", &lock_path, err) < 0)
        return -1;
    lock = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0 || flock(lock, LOCK_EX) < 0)
        return cr_fail(err, CR_E_IO, "cannot lock '%s': %s", lock_path, strerror(errno));
    if (cli_daemon_find(d, &running, err) < 0)
        return -1;
    return running ? 0 : start_new(ui, o ? o : &usual, d, err);
}

/* A daemon removes its file at its end: one that left it was killed, and may have left containers too. */
static int clean_up(struct cr_error *err)
{
    CR_AUTO_FREE char *path = NULL, *exe = program();
    CR_AUTO_STR struct cr_str out = CR_STR_INIT(FILE_MAX_BYTES);
    json_auto_t *doc = NULL;
    const char *kind;
    int status = 0;

    if (state_path("daemon.json", &path, err) < 0)
        return -1;
    doc = json_load_file(path, 0, NULL);
    kind = json_string_value(json_object_get(doc, "runtime"));
    if (!kind)
        return 0;
    if (cr_proc_run((const char *const[]){exe, "--cleanup", "--runtime", kind, NULL}, "/", STOP_MS, &out, &status,
                    err) < 0)
        return -1;
    if (status == 0)
        return 0;
    return cr_fail(err, CR_E_IO, "cannot remove what a local platform that was killed left: %s", out.buf);
}

int cli_daemon_stop(bool *was, struct cr_error *err)
{
    CLI_AUTO_DAEMON struct cli_daemon d = {0};
    int64_t end = cr_now_ms() + STOP_MS, started;
    bool running;

    if (cli_daemon_find(&d, &running, err) < 0)
        return -1;
    *was = running;
    if (!running)
        return clean_up(err);
    started = cr_proc_start_time(d.pid);
    if (kill(d.pid, SIGTERM) < 0 && errno != ESRCH)
        return cr_fail(err, CR_E_IO, "cannot stop process %d: %s", (int)d.pid, strerror(errno));
    while (cr_proc_alive(d.pid) && cr_proc_start_time(d.pid) == started) {
        if (cr_interrupt_check(err) < 0)
            return -1;
        if (cr_now_ms() >= end)
            return cr_fail(err, CR_E_IO, "the local platform, process %d, did not end within %d s", (int)d.pid,
                           STOP_MS / 1000);
        cr_sleep_ms(20);
    }
    return 0;
}
