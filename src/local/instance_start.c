#include "local/instance_start.h"

#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/mem.h"
#include "local/revision_log.h"

#define PROBE_EVERY_MS 50 /* Cloud Run waits whole periods; here nobody gains from that */
#define LAST_WORDS 8

bool local_instance_alive(struct local_runtime *rt, const struct local_instance *i)
{
    struct pollfd p = {.fd = i->pidfd, .events = POLLIN};
    struct local_state st = {.running = true};
    struct cr_error ignored = {0};

    if (i->pidfd >= 0)
        return poll(&p, 1, 0) == 0;
    return rt->state(rt, &i->c, &st, &ignored) < 0 || st.running;
}

/* Between finding a free port and the engine's taking it, somebody else may. */
static bool port_was_taken(const struct cr_error *err)
{
    return strstr(err->msg, "address already in use") || strstr(err->msg, "port is already allocated");
}

static int run(struct local_runtime *rt, struct local_instance *i, unsigned serial, struct cr_error *err)
{
    CR_AUTO_FREE char *name = cr_format("%s-%u-%d", i->rev.name, serial, (int)getpid());
    const struct local_start s = {.name = name,
                                  .image = i->rev.image,
                                  .env = (const char *const *)i->rev.env,
                                  .command = (const char *const *)i->rev.command,
                                  .args = (const char *const *)i->rev.args,
                                  .cpu_milli = i->rev.cpu_milli,
                                  .memory_bytes = i->rev.memory_bytes,
                                  .port = i->rev.port,
                                  .service = i->rev.service,
                                  .revision = i->rev.name,
                                  .log_path = i->log_path};
    int tries = 3, rc;

    do {
        *err = (struct cr_error){0};
        rc = rt->start(rt, &s, &i->c, err);
    } while (rc < 0 && --tries && port_was_taken(err));
    if (rc < 0)
        return -1;
    i->pidfd = i->c.pid > 0 ? (int)syscall(SYS_pidfd_open, i->c.pid, 0) : -1;
    return 0;
}

/* 1: ready; 0: time is up; -1: its process ended, or it is to stop. */
static int await_probe(struct local_runtime *rt, const struct local_instance *i)
{
    int64_t end = cr_now_ms() + local_probe_budget(&i->rev.probe);

    do {
        if (i->doomed || !local_instance_alive(rt, i))
            return -1;
        if (local_probe_once(&i->rev.probe, i->c.host_port))
            return 1;
        poll(NULL, 0, PROBE_EVERY_MS);
    } while (cr_now_ms() < end);
    return 0;
}

/* The hint of a failed start: what the container said last. */
static void last_words(const struct local_instance *i, struct cr_error *err)
{
    CR_AUTO_STR struct cr_str tail = CR_STR_INIT(1 << 20);
    struct cr_error ignored = {0};

    if (local_log_tail(i->log_path, LAST_WORDS, &tail, &ignored) < 0 || !tail.len)
        return;
    if (tail.len > 400) /* the end says more than the beginning */
        memmove(tail.buf, tail.buf + tail.len - 400, 401);
    cr_hint(err, "its log ends with: %s", tail.buf);
}

int local_instance_start(struct local_runtime *rt, struct local_instance *i, unsigned serial, struct cr_error *err)
{
    struct cr_error ignored = {0};
    struct local_state st = {.running = true};
    int ready;

    local_log_add(i->log_path, "Starting new instance of %s.", i->rev.name);
    if (run(rt, i, serial, err) < 0) {
        local_log_add(i->log_path, "%s", err->msg);
        return -1;
    }
    ready = await_probe(rt, i);
    if (ready > 0) {
        local_log_add(i->log_path, "%s startup probe succeeded on port %d.", i->rev.probe.http ? "HTTP" : "TCP",
                      i->rev.probe.port);
        return 0;
    }
    (void)rt->state(rt, &i->c, &st, &ignored);
    if (i->doomed)
        cr_fail(err, CR_E_API, "Revision '%s' is being stopped.", i->rev.name);
    else
        local_probe_fail(&i->rev, st.running ? -1 : st.exit_code, st.oom_killed, err);
    (void)rt->stop(rt, &i->c, st.running ? 1000 : 0, &ignored);
    if (i->pidfd >= 0)
        close(i->pidfd);
    i->pidfd = -1;
    last_words(i, err);
    local_log_add(i->log_path, "%s", err->msg);
    return -1;
}
