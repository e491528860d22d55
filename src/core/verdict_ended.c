/* A container that could not be started or ended by itself: the platform's lines say how, its own why. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "base/mem.h"
#include "core/limits_solve.h"
#include "core/quantity.h"
#include "core/verdict_judge.h"

#define GI ((int64_t)1 << 30)

char *cr_judge_more_memory(const struct cr_judge *j)
{
    static const int64_t sizes[] = {GI / 2, GI, 2 * GI, 4 * GI, 8 * GI, 16 * GI, 24 * GI, 32 * GI};
    static const int64_t cpus[] = {1000, 2000, 4000, 6000, 8000};
    struct cr_limit_value values[CR_LIMIT_FIELD_COUNT] = {0};
    struct cr_error ignored = {0};
    int64_t have = 0, cpu = 1000;
    char text[32];

    if (cr_bytes_parse(j->set.memory, &have, &ignored) < 0 || cr_cpu_parse(j->set.cpu, &cpu, &ignored) < 0)
        return cr_strdup("more --memory");
    for (size_t i = 0; i < CR_LEN(sizes); i++) {
        if (sizes[i] < 2 * have && !(i == CR_LEN(sizes) - 1 && sizes[i] > have))
            continue;
        values[CR_LIMIT_MEMORY] = (struct cr_limit_value){.set = true, .number = sizes[i]};
        cr_limit_number(CR_LIMIT_MEMORY, sizes[i], text);
        values[CR_LIMIT_CPU] = (struct cr_limit_value){.set = true, .number = cpu};
        if (cr_limits_legal(values, CR_PROFILE_CURRENT))
            return cr_format("--memory %s", text);
        for (size_t k = 0; k < CR_LEN(cpus); k++) {
            values[CR_LIMIT_CPU].number = cpus[k];
            if (cpus[k] > cpu && cr_limits_legal(values, CR_PROFILE_CURRENT))
                return cr_format("--memory %s --cpu %" PRId64, text, cpus[k] / 1000);
        }
    }
    return cr_strdup("a smaller model: 32Gi is all there is");
}

static bool out_of_memory(struct cr_judge *j, const char *line)
{
    CR_AUTO_FREE char *more = cr_judge_more_memory(j);

    if (*j->log.limit && *j->log.used)
        cr_judge_say(j, CR_CAUSE_MEMORY, "the container ran out of memory: it used %s of %s", j->log.used,
                     j->log.limit);
    else if (line)
        cr_judge_say(j, CR_CAUSE_MEMORY, "the container ran out of memory (it has %s): '%.300s'", j->set.memory, line);
    else
        cr_judge_say(j, CR_CAUSE_MEMORY, "the container ran out of memory: it has %s",
                     *j->log.limit ? j->log.limit : j->set.memory);
    cr_judge_hint(j, "deploy with %s, or let it load less", more);
    return true;
}

/* Says the same wherever the revision ran, the local platform included. */
#define RUN_BY_HAND "podman run --rm -it -e PORT=%d %s"

#define BUILD_AMD64 "build it for linux/amd64: docker buildx build --platform=linux/amd64, or 'crdeploy build'"

static bool cannot_execute(struct cr_judge *j, const char *file, const char *line)
{
    const char *dot = strrchr(file, '.');
    bool script = dot && strcmp(dot, ".sh") == 0;

    if (*file)
        cr_judge_say(j, CR_CAUSE_ARCHITECTURE, "'%s' is not made for the processor that Cloud Run has, x86-64%s", file,
                     script ? ", or its first line names no interpreter" : "");
    else
        cr_judge_say(j, CR_CAUSE_ARCHITECTURE, "the image holds programs for another processor than x86-64: '%.300s'",
                     line);
    cr_judge_hint(j, BUILD_AMD64 "%s", script ? "; a script begins with '#!' and has no carriage returns" : "");
    return true;
}

static bool file_missing(struct cr_judge *j, const char *file, const char *line)
{
    if (*file)
        cr_judge_say(j, CR_CAUSE_MISSING_FILE, "the command '%s' is not in the image", file);
    else
        cr_judge_say(j, CR_CAUSE_MISSING_FILE, "the container ended because of a file that is not there: '%.300s'",
                     line);
    if (*file && *j->set.command)
        cr_judge_hint(j,
                      "the revision sets the command '%.120s': --command names the program and --args what follows; "
                      "--command \"\" --args \"\" runs the image's own",
                      j->set.command);
    else if (*file)
        cr_judge_hint(j, "its ENTRYPOINT or CMD names it: build it in, or name another with --command PROGRAM");
    else
        cr_judge_hint(j, "put the file into the image (is it ignored by .gcloudignore or .dockerignore?), or name the "
                         "right one with --command and --args");
    return true;
}

static bool not_executable(struct cr_judge *j)
{
    const char *command = *j->set.command ? j->set.command : "the image's own";

    if (j->log.exec == CR_EXEC_DENIED) {
        cr_judge_say(j, CR_CAUSE_PERMISSION, "'%s' may not be executed in the image",
                     *j->log.file ? j->log.file : command);
        cr_judge_hint(j, "RUN chmod +x it in the Dockerfile, or name a program with --command");
        return true;
    }
    cr_judge_say(j, CR_CAUSE_NOT_EXECUTABLE, "the command of the container could not be executed: %s%s%s",
                 *j->set.command ? "'" : "", command, *j->set.command ? "'" : "");
    cr_judge_hint(j, "it is not in the image (see --command, --args), or " BUILD_AMD64);
    return true;
}

/* The newest line of the container that has one of the marks. */
static const char *line_with(const struct cr_judge *j, const char *const *marks)
{
    for (size_t i = j->log.count; i-- > 0;)
        for (const char *const *m = marks; *m && !j->log.line[i].system; m++)
            if (strcasestr(j->log.line[i].text, *m))
                return j->log.line[i].text;
    return NULL;
}

static const char *signal_name(int signal)
{
    static const char *const names[32] = {
        [1] = "SIGHUP",   [2] = "SIGINT",   [3] = "SIGQUIT",  [4] = "SIGILL",   [5] = "SIGTRAP",  [6] = "SIGABRT",
        [7] = "SIGBUS",   [8] = "SIGFPE",   [9] = "SIGKILL",  [11] = "SIGSEGV", [13] = "SIGPIPE", [14] = "SIGALRM",
        [15] = "SIGTERM", [24] = "SIGXCPU", [25] = "SIGXFSZ", [31] = "SIGSYS"};

    return signal > 0 && signal < 32 && names[signal] ? names[signal] : "a signal";
}

static bool killed(struct cr_judge *j, const char *fault)
{
    int n = j->log.signal;
    CR_AUTO_FREE char *more = cr_judge_more_memory(j);

    cr_judge_say(j, CR_CAUSE_CRASH, "the container was ended by signal %d (%s) before it answered%s%.300s%s", n,
                 signal_name(n), fault ? ": '" : "", fault ? fault : "", fault ? "'" : "");
    if (n == 9)
        cr_judge_hint(j, "who is killed like this has mostly taken too much memory: try %s", more);
    else if (n == 4)
        cr_judge_hint(j,
                      "it uses instructions that Cloud Run's processors do not have: build it for x86-64 with AVX2 at "
                      "most, without -march=native");
    else if (n == 31 || j->set.gen1)
        cr_judge_hint(j, "the first generation's sandbox lacks some system calls: try --execution-environment gen2");
    else
        cr_judge_hint(
            j, "it crashes by itself: run its image by hand, with the same settings and a debugger: " RUN_BY_HAND,
            j->set.port, j->set.image);
    return true;
}

/* KeyError: 'DB_URL' and its like: the variable, or "". */
static void missing_variable(const char *line, char out[64])
{
    static const char *const marks[] = {"KeyError: '", "environment variable ", "env var ", "KeyError: \""};

    *out = '\0';
    for (size_t i = 0; line && i < CR_LEN(marks) && !*out; i++) {
        const char *at = strcasestr(line, marks[i]);
        size_t n;

        at = at ? at + strlen(marks[i]) : "";
        at += strspn(at, "'\"`");
        n = strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
        if (n > 1 && n < 64)
            snprintf(out, 64, "%.*s", (int)n, at);
    }
}

static bool exited(struct cr_judge *j, const char *fault)
{
    char variable[64];

    if (j->log.exit_code == 0) {
        cr_judge_say(j, CR_CAUSE_CRASH,
                     "the container ended by itself with exit code 0; a service has to go on running "
                     "and listen on port %d",
                     j->set.port);
        cr_judge_hint(j, "let its command be the server: --command PROGRAM --args ARGUMENTS, in the foreground");
        return true;
    }
    cr_judge_say(j, CR_CAUSE_CRASH, "the container ended with exit code %d before it answered%s%.300s%s",
                 j->log.exit_code, fault ? ": '" : "", fault ? fault : "", fault ? "'" : "");
    missing_variable(fault, variable);
    if (*variable)
        cr_judge_hint(j, "it misses a variable: deploy with --update-env-vars %s=VALUE", variable);
    else if (fault && strcasestr(fault, "in use"))
        cr_judge_hint(j, "two servers of the container want the same port; only one may listen on %d", j->set.port);
    else
        cr_judge_hint(j,
                      "its own log says why; see it whole with 'crdeploy logs', or run its image by hand: " RUN_BY_HAND,
                      j->set.port, j->set.image);
    return true;
}

static bool by_end(struct cr_judge *j)
{
    static const char *const format[] = {"exec format error",  "cannot execute binary file",
                                         "invalid ELF header", "wrong ELF class",
                                         "Exec format",        NULL};
    static const char *const memory[] = {
        "std::bad_alloc",         "MemoryError",          "heap out of memory", "OutOfMemoryError",
        "Cannot allocate memory", "memory allocation of", "failed to allocate", NULL};
    static const char *const missing[] = {"no such file or directory",
                                          "can't open file",
                                          "Cannot find module '/",
                                          "Unable to access jarfile",
                                          "shared object file",
                                          "command not found",
                                          "FileNotFoundError",
                                          "file does not exist",
                                          ": not found",
                                          "cannot open '",
                                          NULL};
    const char *fault = cr_verdict_log_fault(&j->log), *line;

    if ((line = line_with(j, format)))
        return cannot_execute(j, "", line);
    if ((line = line_with(j, memory)))
        return out_of_memory(j, line);
    if (j->log.exit_code > 0 && (line = line_with(j, missing)))
        return file_missing(j, "", line);
    return j->log.signal ? killed(j, fault) : exited(j, fault);
}

bool cr_judge_ended(struct cr_judge *j)
{
    const struct cr_verdict_log *log = &j->log;

    if (log->exec == CR_EXEC_FORMAT)
        return cannot_execute(j, log->file, "exec format error");
    if (log->exec == CR_EXEC_MISSING)
        return file_missing(j, *log->file ? log->file : j->set.command, "no such file or directory");
    if (log->memory || strcasestr(j->said, "memory limit"))
        return out_of_memory(j, NULL);
    if (log->exec)
        return not_executable(j);
    return log->exit_code >= 0 || log->signal ? by_end(j) : false;
}
