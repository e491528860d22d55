#include "core/verdict_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "base/mem.h"
#include "core/log_entry.h"

enum { LINES_MAX = 2000 };

/* The number behind a mark; false when there is none that fits. */
static bool number_after(const char *text, const char *mark, int *number)
{
    const char *at = strcasestr(text, mark);
    char *end;
    long n;

    if (!at)
        return false;
    at += strlen(mark);
    n = strtol(at, &end, 10);
    if (end == at || n < 0 || n > 100000)
        return false;
    *number = (int)n;
    return true;
}

/* What stands between two marks, when it fits. */
static bool between(const char *text, const char *from, const char *to, char *out, size_t size)
{
    const char *at = strcasestr(text, from), *end;

    if (!at)
        return false;
    at += strlen(from);
    end = strstr(at, to);
    if (!end || end == at || (size_t)(end - at) >= size)
        return false;
    snprintf(out, size, "%.*s", (int)(end - at), at);
    return true;
}

/* "Memory limit of 512 MiB exceeded with 516 MiB used." */
static bool read_memory(struct cr_verdict_log *log, const char *text)
{
    static const char *const others[] = {"configured memory limit was reached", "using too much memory and was",
                                         "out-of-memory", "OOM killed"};

    if (between(text, "memory limit of ", " exceeded", log->limit, sizeof(log->limit))) {
        between(text, "exceeded with ", " used", log->used, sizeof(log->used));
        return log->memory = true;
    }
    for (size_t i = 0; i < CR_LEN(others); i++)
        if (strcasestr(text, others[i]))
            return log->memory = true;
    return false;
}

/* Whether the end that a line tells of is the container's own doing. After the probe gave up the platform ends it by
 * SIGTERM and SIGKILL, which a server may also answer with an exit of 0. */
static void ended(struct cr_verdict_log *log, int code, int signal)
{
    bool asked_to = code == 0 || code == 143 || code == 137 || signal == 15 || signal == 9;

    if (asked_to && log->probe_failed && !log->probe_cancelled) {
        log->stopped = true;
        return;
    }
    log->exit_code = signal ? -1 : code;
    log->signal = signal;
}

static bool read_end(struct cr_verdict_log *log, const char *text)
{
    int n;

    if (number_after(text, "Container called exit(", &n) || number_after(text, "exited with status ", &n)) {
        /* A shell tells the signal of its child as a status of its own; that of a signal is known already. */
        if (!log->signal)
            ended(log, n, n > 128 && n < 128 + 32 ? n - 128 : 0);
        return true;
    }
    if (number_after(text, "Uncaught signal: ", &n) || number_after(text, "terminated on signal ", &n)) {
        ended(log, 0, n);
        return true;
    }
    return false;
}

/* "Default STARTUP TCP probe failed 1 time consecutively for container "app" on port 8080. The instance was not
 * started. Connection failed with status CANCELLED." */
static bool read_probe(struct cr_verdict_log *log, const char *text)
{
    if (!strcasestr(text, "STARTUP ") || !strcasestr(text, "probe failed"))
        return false;
    log->probe_failed = true;
    log->probe_at = log->count - 1;
    log->probe_cancelled = strstr(text, "status CANCELLED") != NULL;
    log->probe_refused = strstr(text, "Connection failed") && !log->probe_cancelled;
    between(text, "for container \"", "\"", log->container, sizeof(log->container));
    return true;
}

/* The file in `failed to load /app/serve: exec format error`, `error finding executable "x" in PATH [...]`,
 * `exec: "x": executable file not found in $PATH`, `"/app/x" not found (PATH=...)`. */
static void read_file(struct cr_verdict_log *log, const char *text)
{
    char *out = log->file;
    size_t size = sizeof(log->file);

    if (between(text, "failed to load ", ": exec format", out, size) ||
        between(text, "failed to load ", ": no such file", out, size) ||
        between(text, "failed to load ", ": permission denied", out, size) ||
        between(text, "failed to load ", ": ", out, size) || between(text, "finding executable \"", "\"", out, size) ||
        between(text, "exec: \"", "\"", out, size) || between(text, "failed to start: \"", "\"", out, size))
        return;
    if (*out == '"')
        *out = '\0';
}

static bool read_exec(struct cr_verdict_log *log, const char *text)
{
    static const struct {
        const char *mark;
        enum cr_verdict_exec kind;
    } rows[] = {
        {"exec format error", CR_EXEC_FORMAT},          {"no such file or directory", CR_EXEC_MISSING},
        {"executable file not found", CR_EXEC_MISSING}, {"not found (PATH=", CR_EXEC_MISSING},
        {"not found in $PATH", CR_EXEC_MISSING},        {"permission denied", CR_EXEC_DENIED},
    };
    bool mine = strcasestr(text, "application failed to start") || strcasestr(text, "failed to load ") ||
                strcasestr(text, "failed to create init process") || strcasestr(text, "OCI runtime") ||
                strcasestr(text, "exec likely failed") || strcasestr(text, "unable to start container process");

    if (!mine)
        return false;
    for (size_t i = 0; i < CR_LEN(rows); i++)
        if (strcasestr(text, rows[i].mark)) {
            log->exec = rows[i].kind;
            read_file(log, text);
            return true;
        }
    if (!log->exec)
        log->exec = CR_EXEC_UNKNOWN;
    return true;
}

static void read_system(struct cr_verdict_log *log, const char *text)
{
    if (read_memory(log, text) || read_probe(log, text) || read_end(log, text))
        return;
    read_exec(log, text);
}

static void add_line(struct cr_verdict_log *log, const json_t *entry)
{
    const char *name = cr_log_entry_log(entry);
    bool system = strcmp(name, "system") == 0;
    char *text;

    if (!system && strcmp(name, "stdout") != 0 && strcmp(name, "stderr") != 0)
        return; /* requests and what auditors keep tell nothing of a start */
    text = cr_log_entry_text(entry);
    if (!text[strspn(text, " \t\r\n")]) {
        free(text);
        return;
    }
    log->line[log->count++] = (struct cr_verdict_line){system, text};
    if (system)
        read_system(log, text);
}

void cr_verdict_log_read(const json_t *entries, struct cr_verdict_log *log)
{
    size_t n = json_array_size(entries), from = n > LINES_MAX ? n - LINES_MAX : 0;

    *log = (struct cr_verdict_log){.exit_code = -1};
    log->line = cr_calloc(n - from, sizeof(*log->line));
    for (size_t i = from; i < n; i++)
        add_line(log, json_array_get(entries, i));
}

void cr_verdict_log_clear(struct cr_verdict_log *log)
{
    for (size_t i = 0; i < log->count; i++)
        free(log->line[i].text);
    free(log->line);
    *log = (struct cr_verdict_log){.exit_code = -1};
}

/* A line that names a fault. A stack that is printed below it names only places. */
static bool names_fault(const char *text)
{
    static const char *const marks[] = {"error",  "exception", "fatal",      "panic",   "cannot ",       "can't ",
                                        "failed", "not found", "no such ",   "abort",   "terminate ",    "denied",
                                        "unable", "missing",   "not enough", "invalid", "out of memory", "in use"};

    if (strncmp(text, "    at ", 7) == 0 || strncmp(text, "  File \"", 8) == 0 || strncmp(text, "\tat ", 4) == 0)
        return false;
    for (size_t i = 0; i < CR_LEN(marks); i++)
        if (strcasestr(text, marks[i]))
            return true;
    return false;
}

const char *cr_verdict_log_fault(const struct cr_verdict_log *log)
{
    const char *last = NULL;
    size_t seen = 0;

    for (size_t i = log->count; i-- > 0 && seen < 40;) {
        if (log->line[i].system)
            continue;
        if (names_fault(log->line[i].text))
            return log->line[i].text;
        if (!last)
            last = log->line[i].text;
        seen++;
    }
    return last;
}
