/* crdeploy-local: Google's APIs on loopback, over this machine's own containers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clean.h"
#include "base/clock.h"
#include "base/env.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "base/proc.h"
#include "local/daemon_file.h"
#include "local/local.h"
#include "local/server.h"

#define OPEN_FILES 10240

enum { OPT_PORT, OPT_INGRESS, OPT_STATE, OPT_RUNTIME, OPT_SERVER, OPT_CLEANUP, OPT_HELP, OPT_VERSION, OPT_COUNT };

static const struct {
    const char *name, *arg, *fallback, *help;
} options[OPT_COUNT] = {
    [OPT_PORT] = {"--port", "N", "8790", "port of the APIs on 127.0.0.1; 0 takes any free one"},
    [OPT_INGRESS] = {"--ingress-port", "N", "8791", "port where the services answer; 0 takes any free one"},
    [OPT_STATE] = {"--state", "DIR", NULL, "where everything is kept ($XDG_STATE_HOME/crdeploy/local)"},
    [OPT_RUNTIME] = {"--runtime", "KIND", "auto", "auto, podman, docker, or none (processes, for tests)"},
    [OPT_SERVER] = {"--server", "PROGRAM", NULL, "what the runtime 'none' starts in place of a container"},
    [OPT_CLEANUP] = {"--cleanup", NULL, NULL, "end what a daemon that was killed left running, and exit"},
    [OPT_HELP] = {"--help", NULL, NULL, "show this text"},
    [OPT_VERSION] = {"--version", NULL, NULL, "show the version"},
};

static void help(void)
{
    puts("Usage: crdeploy-local [OPTION...]\n\n"
         "Serves Google's storage, build, registry, run, IAM and logging APIs on 127.0.0.1, builds images and runs\n"
         "containers with this machine's own podman and buildah. Clients find it through daemon.json in its state\n"
         "directory; SIGTERM stops it and everything it started.\n");
    for (int i = 0; i < OPT_COUNT; i++) {
        CR_AUTO_FREE char *left =
            cr_format("%s%s%s", options[i].name, options[i].arg ? " " : "", options[i].arg ? options[i].arg : "");

        printf("  %-22s %s%s%s%s\n", left, options[i].help, options[i].fallback ? " [" : "",
               options[i].fallback ? options[i].fallback : "", options[i].fallback ? "]" : "");
    }
}

/* One word of the command line, and its value in the same word after '=' or in the next, which may be no option. */
static int take(int argc, char **argv, int *i, const char *value[OPT_COUNT], struct cr_error *err)
{
    const char *word = argv[*i], *eq = strchr(word, '=');
    size_t len = eq ? (size_t)(eq - word) : strlen(word);

    for (int o = 0; o < OPT_COUNT; o++) {
        if (strlen(options[o].name) != len || strncmp(options[o].name, word, len) != 0)
            continue;
        if (!options[o].arg) {
            value[o] = "yes";
            return eq ? cr_fail(err, CR_E_USAGE, "option '%s' takes no value", options[o].name) : 0;
        }
        value[o] = eq ? eq + 1 : *i + 1 < argc && strncmp(argv[*i + 1], "--", 2) != 0 ? argv[++*i] : NULL;
        if (value[o] && *value[o])
            return 0;
        cr_fail(err, CR_E_USAGE, "option '%s' needs a value", options[o].name);
        return cr_hint(err, "%s %s: %s", options[o].name, options[o].arg, options[o].help);
    }
    cr_fail(err, CR_E_USAGE, "unknown option '%s'", word);
    return cr_hint(err, "see 'crdeploy-local --help'");
}

static int read_port(int option, const char *text, int *port, struct cr_error *err)
{
    char *end;
    long n = strtol(text, &end, 10);

    if (end == text || *end || n < 0 || n > 65535) {
        cr_fail(err, CR_E_USAGE, "option '%s' must be a port, not '%s'", options[option].name, text);
        return cr_hint(err, "a number from 0 to 65535; 0 takes any free one");
    }
    *port = (int)n;
    return 0;
}

/* Serves until it is told to stop. The ingress may open late, when the container tools are installed late. */
static int serve(struct local *l, struct cr_error *err)
{
    int announced = local_ingress_number(l);

    if (local_announce(l, err) < 0)
        return -1;
    printf("crdeploy-local: APIs on http://127.0.0.1:%d, services on http://SERVICE.localhost:%d, state in %s\n",
           l->port, announced, l->state);
    fflush(stdout);
    while (!cr_interrupted() && !local_stopping(l)) {
        cr_sleep_ms(100);
        if (local_ingress_number(l) != announced) {
            announced = local_ingress_number(l);
            if (local_announce(l, err) < 0)
                return -1;
        }
    }
    return 0;
}

static void say_error(const struct cr_error *err)
{
    CR_AUTO_FREE char *msg = cr_clean_text(err->msg), *hint = cr_clean_text(err->hint);

    fprintf(stderr, "crdeploy-local: %s\n", msg);
    if (*hint)
        fprintf(stderr, "  hint: %s\n", hint);
}

/* Without container tools the platform still keeps objects and says at each build what is missing; a port that is taken
 * ends it. */
static int open_containers(struct local *l, struct cr_error *err)
{
    struct cr_error late = {0};

    if (local_containers(l, &late) == 0)
        return 0;
    if (l->rt) {
        *err = late;
        return -1;
    }
    say_error(&late);
    return 0;
}

/* What a daemon does at its end, for one that was killed. The lock is held. */
static int clean_up(const char *state, enum local_runtime_kind kind, const char *server, struct cr_error *err)
{
    CR_AUTO(local_runtime_closep) struct local_runtime *rt = NULL;

    if (local_runtime_open(kind, state, server, &rt, err) < 0 || rt->cleanup(rt, err) < 0 ||
        (rt->retire && rt->retire(rt, err) < 0))
        return -1;
    local_withdraw(state);
    return 0;
}

/* The ingress may have thousands of connections, and a shell's soft limit is often 1024 open files. */
static void raise_open_files(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < OPEN_FILES && files.rlim_cur < files.rlim_max) {
        files.rlim_cur = files.rlim_max < OPEN_FILES ? files.rlim_max : OPEN_FILES;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
}

static int run(const char *const value[OPT_COUNT], struct cr_error *err)
{
    CR_AUTO_FREE char *fallback = NULL;
    CR_AUTO_FD int lock = -1;
    const char *state = value[OPT_STATE];
    enum local_runtime_kind kind;
    struct local_server *server = NULL;
    struct local l;
    int port, ingress, rc = -1;

    if (read_port(OPT_PORT, value[OPT_PORT], &port, err) < 0 ||
        read_port(OPT_INGRESS, value[OPT_INGRESS], &ingress, err) < 0 ||
        local_runtime_kind(value[OPT_RUNTIME], &kind, err) < 0)
        return -1;
    if (!state && cr_xdg_dir(CR_XDG_STATE, "local", &fallback, err) < 0)
        return -1;
    state = state ? state : fallback;
    if (cr_dir_make(state, 0700, err) < 0 || local_lock(state, &lock, err) < 0)
        return -1;
    if (value[OPT_CLEANUP])
        return clean_up(state, kind, value[OPT_SERVER], err);
    if (local_open(&l, state, kind, value[OPT_SERVER], err) == 0) {
        l.ingress_port = ingress;
        if (local_token(state, l.token, err) == 0 && local_server_open(&l, port, &server, err) == 0 &&
            open_containers(&l, err) == 0)
            rc = serve(&l, err);
    }
    local_withdraw(state); /* first, so that nobody comes any more */
    cr_interrupt_clear();
    local_stop_ask(&l);
    local_server_close(server);
    local_close(&l);
    return rc;
}

/* What a process was started with can be read in /proc for as long as it runs, also after it took a variable out: so
 * the daemon is started again by itself, without what it does not need. */
static void drop_environment(char **argv)
{
    CR_AUTO_FREE char **env = cr_env_kept();
    char exe[4096];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
    size_t have = 0, kept = 0;

    while (environ && environ[have])
        have++;
    while (env[kept])
        kept++;
    exe[n > 0 ? n : 0] = '\0';
    if (kept < have && n > 0)
        execve(exe, argv, env);
}

int main(int argc, char **argv)
{
    const char *value[OPT_COUNT] = {NULL};
    struct cr_error err = {0};

    drop_environment(argv);
    cr_proc_hide();
    for (int o = 0; o < OPT_COUNT; o++)
        value[o] = options[o].fallback;
    for (int i = 1; i < argc && !err.code; i++)
        (void)!take(argc, argv, &i, value, &err);
    if (!err.code && value[OPT_HELP]) {
        help();
        return 0;
    }
    if (!err.code && value[OPT_VERSION]) {
        puts("crdeploy-local " CR_VERSION);
        return 0;
    }
    cr_interrupt_catch();
    raise_open_files();
    if (err.code || run(value, &err) < 0) {
        say_error(&err);
        return cr_code_exit(err.code);
    }
    return 0;
}
