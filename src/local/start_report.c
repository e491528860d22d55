#include "local/start_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "base/mem.h"
#include "local/revision_log.h"

#define MIB ((int64_t)1 << 20)

/* "STARTUP TCP probe", and "Default" before it where nobody asked for one. */
static char *probe_name(const struct local_revision *r)
{
    return cr_format("%sSTARTUP %s probe", r->probe.given ? "" : "Default ", r->probe.http ? "HTTP" : "TCP");
}

static char *probe_target(const struct local_revision *r, const struct local_probe *p)
{
    return p->http ? cr_format("container \"%s\" on port %d path \"%s\"", r->container, p->port, p->path)
                   : cr_format("container \"%s\" on port %d", r->container, p->port);
}

void local_report_probe(const char *log_path, const struct local_revision *r, enum local_probe_result last)
{
    static const char *const why[] = {
        [LOCAL_PROBE_REFUSED] = " Connection failed with status ERROR_CONNECTION_FAILED.",
        [LOCAL_PROBE_LATE] = " Connection failed with status DEADLINE_EXCEEDED.",
        [LOCAL_PROBE_ENDED] = " Connection failed with status CANCELLED.",
        [LOCAL_PROBE_STATUS] = "", /* it answered, and not as it should */
    };
    CR_AUTO_FREE char *name = probe_name(r), *target = probe_target(r, &r->probe);
    int failures = last == LOCAL_PROBE_ENDED || r->probe.failures < 1 ? 1 : r->probe.failures;

    if (last == LOCAL_PROBE_FINE)
        local_log_add(log_path, "%s succeeded after 1 attempt for %s.", name, target);
    else
        local_log_add(log_path, "%s failed %d time%s consecutively for %s. The instance was not started.%s", name,
                      failures, failures == 1 ? "" : "s", target, why[last]);
}

char *local_report_liveness(const struct local_revision *r, int failures)
{
    CR_AUTO_FREE char *target = probe_target(r, &r->liveness);

    return cr_format("LIVENESS %s probe failed %d time%s consecutively for %s. The instance has been shut down.",
                     r->liveness.http ? "HTTP" : "TCP", failures, failures == 1 ? "" : "s", target);
}

void local_report_end(const char *log_path, const struct local_revision *r, const struct local_state *end, int64_t used)
{
    int64_t limit = r->memory_bytes / MIB;

    if (end->oom_killed)
        local_log_add(log_path,
                      "Memory limit of %" PRId64 " MiB exceeded with %" PRId64
                      " MiB used. Consider increasing the memory "
                      "limit, see https://cloud.google.com/run/docs/configuring/memory-limits",
                      limit, used / MIB > limit ? used / MIB : limit);
    else if (end->exit_code > 128 && end->exit_code < 160)
        local_log_add(log_path, "Uncaught signal: %d, pid=1, tid=1, fault_addr=0.", end->exit_code - 128);
    else
        local_log_add(log_path, "Container called exit(%d).", end->exit_code);
}

/* The program in `exec: "/x": …`, "executable file `/x` not found", "exec /x: exec format error". */
static bool program_of(const char *said, char program[160])
{
    static const struct {
        const char *from, *to;
    } forms[] = {{"exec: \"", "\""}, {"executable file `", "`"}, {"exec /", ": exec format error"}};

    for (size_t i = 0; i < CR_LEN(forms); i++) {
        const char *at = strstr(said, forms[i].from), *end;

        at = at ? at + strlen(forms[i].from) - (forms[i].from[5] == '/') : NULL;
        end = at ? strstr(at, forms[i].to) : NULL;
        if (end && end > at && end - at < 160) {
            snprintf(program, 160, "%.*s", (int)(end - at), at);
            return true;
        }
    }
    return false;
}

bool local_report_exec(const char *said, char words[256])
{
    static const char *const faults[] = {"exec format error", "permission denied", "no such file or directory"};
    char program[160];

    if (!program_of(said, program))
        return false;
    if (strcasestr(said, "not found in $PATH") && program[0] != '/') {
        snprintf(words, 256,
                 "failed to resolve binary path: error finding executable \"%s\" in PATH: no such file or directory",
                 program);
        return true;
    }
    for (size_t i = 0; i < CR_LEN(faults); i++)
        if (strcasestr(said, faults[i])) {
            snprintf(words, 256, "failed to load %s: %s", program, faults[i]);
            return true;
        }
    return false;
}

int local_report_failure(const struct local_revision *r, struct cr_error *err)
{
    if (r->probe.given)
        return cr_fail(err, CR_E_BUILD,
                       "The user-provided container failed the configured startup probe checks. Logs for this revision "
                       "might contain more information.");
    return cr_fail(err, CR_E_BUILD,
                   "The user-provided container failed to start and listen on the port defined provided by the PORT=%d "
                   "environment variable within the allocated timeout. This can happen when the container port is "
                   "misconfigured or if the timeout is too short. The health check timeout can be extended. Logs for "
                   "this revision might contain more information.",
                   r->port);
}
