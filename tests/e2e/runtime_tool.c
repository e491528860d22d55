/* What runtime.bats drives the runtime with: runtime_tool KIND STATE_DIR VERB ARGUMENT… */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/mem.h"
#include "local/netns.h"
#include "local/runtime.h"

static int build(struct local_runtime *rt, char **arg, struct cr_error *err)
{
    char digest[LOCAL_DIGEST];
    const char *tags[] = {arg[1], NULL};

    if (rt->build(rt, &(struct local_build){.dir = arg[0], .tags = tags}, 2, NULL, digest, err) < 0)
        return -1;
    puts(digest);
    return 0;
}

static int start(struct local_runtime *rt, char **arg, struct cr_error *err)
{
    const char *env[] = {"GREETING=hello there", "LINES=one\ntwo", NULL};
    struct local_start s = {.name = arg[1],
                            .image = arg[0],
                            .env = env,
                            .cpu_milli = 2000,
                            .memory_bytes = 3000000000,
                            .port = 8080,
                            .service = "svc",
                            .revision = "svc-00001-abc",
                            .log_path = arg[2]};
    struct local_container c;

    if (rt->start(rt, &s, &c, err) < 0)
        return -1;
    printf("%s %d %d %s\n", c.id, c.port, (int)c.pid, c.net ? "inside" : "published");
    local_container_clear(&c);
    return 0;
}

/* What a container answers to "GET /"; its port, its process, and how it is reached are as `start` printed them. */
static int ask(struct local_runtime *rt, char **arg, struct cr_error *err)
{
    static const char text[] = "GET / HTTP/1.0\r\n\r\n";
    struct local_container c = {.port = (int)strtol(arg[0], NULL, 10)};
    struct pollfd p = {.events = POLLOUT};
    char answer[4096];
    ssize_t n = -1;

    (void)rt;
    if (strcmp(arg[2], "inside") == 0 && local_netns_open((pid_t)strtol(arg[1], NULL, 10), &c.net, err) < 0)
        return -1;
    p.fd = local_container_connect(&c);
    if (p.fd >= 0 && poll(&p, 1, 5000) == 1 && fcntl(p.fd, F_SETFL, 0) == 0 &&
        send(p.fd, text, strlen(text), MSG_NOSIGNAL) > 0)
        n = recv(p.fd, answer, sizeof(answer) - 1, MSG_WAITALL);
    local_container_clear(&c);
    answer[n > 0 ? n : 0] = '\0';
    fputs(answer, stdout);
    return n > 0 ? 0 : cr_fail(err, CR_E_NET, "no answer");
}

static int state(struct local_runtime *rt, char **arg, struct cr_error *err)
{
    struct local_container c = {0};
    struct local_state st;

    snprintf(c.id, sizeof(c.id), "%s", arg[0]);
    if (rt->state(rt, &c, &st, err) < 0)
        return -1;
    printf("%s %d %s\n", st.running ? "running" : "ended", st.exit_code, st.oom_killed ? "oom" : "-");
    return 0;
}

static int stop(struct local_runtime *rt, char **arg, struct cr_error *err)
{
    struct local_container c = {0};

    snprintf(c.id, sizeof(c.id), "%s", arg[0]);
    return rt->stop(rt, &c, 10000, err);
}

static int resolve(struct local_runtime *rt, char **arg, struct cr_error *err)
{
    char digest[LOCAL_DIGEST];

    if (rt->resolve(rt, arg[0], digest, err) < 0)
        return -1;
    puts(digest);
    return 0;
}

static int cleanup(struct local_runtime *rt, char **arg, struct cr_error *err)
{
    (void)arg;
    return rt->cleanup(rt, err);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *verb;
        int args;
        int (*run)(struct local_runtime *rt, char **arg, struct cr_error *err);
    } verbs[] = {{"build", 2, build},     {"start", 3, start},     {"state", 1, state}, {"stop", 1, stop},
                 {"resolve", 1, resolve}, {"cleanup", 0, cleanup}, {"ask", 3, ask}};
    CR_AUTO(local_runtime_closep) struct local_runtime *rt = NULL;
    enum local_runtime_kind kind;
    struct cr_error err = {0};

    if (argc < 4)
        return 64;
    if (local_runtime_kind(argv[1], &kind, &err) < 0 || local_runtime_open(kind, argv[2], NULL, &rt, &err) < 0)
        goto fail;
    for (size_t i = 0; i < CR_LEN(verbs); i++) {
        if (strcmp(verbs[i].verb, argv[3]) != 0 || argc != 4 + verbs[i].args)
            continue;
        if (verbs[i].run(rt, argv + 4, &err) == 0)
            return 0;
        goto fail;
    }
    return 64;
fail:
    fprintf(stderr, "error: %s\nhint: %s\n", err.msg, err.hint);
    return 1;
}
