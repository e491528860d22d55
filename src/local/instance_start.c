#include "local/instance_start.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/mem.h"
#include "local/revision_log.h"
#include "local/start_report.h"

/* Cloud Run waits whole periods between probes; here nobody gains from that. A server that is not there at once is left
 * more and more time. */
#define PROBE_FIRST_MS 5
#define PROBE_EVERY_MS 50
#define LAST_WORDS 8

bool local_instance_alive(struct local_runtime *rt, struct local_instance *i)
{
    struct pollfd p = {.fd = i->pidfd, .events = POLLIN};
    struct local_state st = {.running = true};
    struct cr_error ignored = {0};

    if (i->pidfd < 0)
        return rt->state(rt, &i->c, &st, &ignored) < 0 || st.running;
    if (poll(&p, 1, 0) == 0)
        return true;
    (void)local_cgroup_read(&i->memory);
    return false;
}

/* Whether an end by SIGKILL was for its memory. Where the kernel was not asked in time, a container that had nearly all
 * it may have is taken for one that wanted more; so is one that was gone before anybody looked. */
static bool is_out_of_memory(const struct local_instance *i, bool limits, const struct local_state *end)
{
    int64_t limit = i->rev.memory_bytes;

    if (end->oom_killed || i->memory.killed)
        return true;
    return end->exit_code == 128 + SIGKILL && limits && limit > 0 &&
           (!*i->memory.dir || i->memory.peak >= limit - limit / 20);
}

void local_instance_end(struct local_runtime *rt, struct local_instance *i)
{
    struct local_state end = {.exit_code = -1};
    struct cr_error ignored = {0};

    (void)rt->state(rt, &i->c, &end, &ignored);
    end.oom_killed = is_out_of_memory(i, rt->limits, &end);
    local_report_end(i->log_path, &i->rev, &end, i->memory.peak);
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
    i->memory = (struct local_cgroup){.peak = 0};
    if (rt->limits && i->c.pid > 0)
        local_cgroup_find(i->c.pid, &i->memory);
    return 0;
}

/* Waits a moment, or until its process ends. */
static void pause_for(const struct local_instance *i, int ms)
{
    struct pollfd p = {.fd = i->pidfd, .events = POLLIN};

    poll(&p, i->pidfd >= 0, ms);
}

static enum local_probe_result await_probe(struct local_runtime *rt, struct local_instance *i)
{
    int64_t end = cr_now_ms() + local_probe_budget(&i->rev.probe);
    enum local_probe_result saw;
    int pause = PROBE_FIRST_MS;

    do {
        if (i->doomed || !local_instance_alive(rt, i))
            return LOCAL_PROBE_ENDED;
        (void)local_cgroup_read(&i->memory);
        saw = local_probe_once(&i->rev.probe, &i->c);
        if (saw == LOCAL_PROBE_FINE)
            return saw;
        pause_for(i, pause);
        pause = 2 * pause < PROBE_EVERY_MS ? 2 * pause : PROBE_EVERY_MS;
    } while (cr_now_ms() < end);
    return saw;
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

/* What it says where its command could not be executed; an engine may have left that to the container's own log. */
static bool not_executed(const struct local_instance *i, char words[256])
{
    CR_AUTO_STR struct cr_str tail = CR_STR_INIT(1 << 20);
    struct cr_error ignored = {0};
    const char *said;

    if (local_log_tail(i->log_path, 1, &tail, &ignored) < 0)
        return false;
    said = strncmp(tail.buf, "exec ", 5) == 0 ? tail.buf : strstr(tail.buf, ": exec ");
    return said && local_report_exec(said, words);
}

static int fail_exec(const struct local_instance *i, const char *words, struct cr_error *err)
{
    local_log_add(i->log_path, "terminated: Application failed to start: %s", words);
    local_report_probe(i->log_path, &i->rev, LOCAL_PROBE_ENDED);
    *err = (struct cr_error){0};
    local_report_failure(&i->rev, err);
    last_words(i, err);
    return -1;
}

/* It ended, or was not ready in time: told, stopped, removed. */
static int fail_start(struct local_runtime *rt, struct local_instance *i, enum local_probe_result saw,
                      struct cr_error *err)
{
    struct cr_error ignored = {0};
    char words[256];
    bool ended = saw == LOCAL_PROBE_ENDED && !i->doomed, unexecuted = ended && not_executed(i, words);

    if (ended && !unexecuted)
        local_instance_end(rt, i);
    (void)rt->stop(rt, &i->c, ended ? 0 : 1000, &ignored);
    local_container_clear(&i->c);
    if (i->pidfd >= 0)
        close(i->pidfd);
    i->pidfd = -1;
    if (i->doomed)
        return cr_fail(err, CR_E_API, "Revision '%s' is being stopped.", i->rev.name);
    if (unexecuted)
        return fail_exec(i, words, err);
    local_report_probe(i->log_path, &i->rev, saw);
    local_report_failure(&i->rev, err);
    last_words(i, err);
    return -1;
}

int local_instance_start(struct local_runtime *rt, struct local_instance *i, unsigned serial, struct cr_error *err)
{
    enum local_probe_result saw;
    char words[256];

    local_log_add(i->log_path, "Starting new instance.");
    if (run(rt, i, serial, err) < 0) {
        if (local_report_exec(err->msg, words))
            return fail_exec(i, words, err);
        local_log_add(i->log_path, "%s", err->msg);
        return -1;
    }
    saw = await_probe(rt, i);
    if (saw != LOCAL_PROBE_FINE)
        return fail_start(rt, i, saw, err);
    local_report_probe(i->log_path, &i->rev, saw);
    return 0;
}
