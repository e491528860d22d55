#include "gcp/build_failure.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "base/mem.h"
#include "gcp/api_error.h"
#include "gcp/build_hint.h"
#include "gcp/json.h"

enum { NEAR_LINES = 60 }; /* a cause stands near the end of its step's log */

/* ---- the step at fault */

/* Its index, or -1. Steps have their statuses only once the build has ended, and those of some failures never. */
static int failed_step(const json_t *build)
{
    const json_t *steps = json_object_get(build, "steps"), *step;
    const char *detail = gcp_text_at(json_object_get(build, "failureInfo"), "detail"), *at;
    size_t n;

    for (size_t i = 0; i < json_array_size(steps); i++) {
        step = json_array_get(steps, i);
        if (strcmp(gcp_text_at(step, "status"), "FAILURE") == 0 && !json_is_true(json_object_get(step, "allowFailure")))
            return (int)i;
    }
    if (!*detail)
        detail = gcp_text_at(build, "statusDetail");
    at = strcasestr(detail, "build step ");
    n = at && at[11] >= '0' && at[11] <= '9' ? strtoul(at + 11, NULL, 10) : SIZE_MAX;
    if (n < json_array_size(steps))
        return (int)n;
    return -1;
}

/* "step 1 'compile' of 2", or with the builder's name and its verb when the step has no id. New. */
static char *step_name(const json_t *build, int n)
{
    const json_t *steps = json_object_get(build, "steps"), *step = json_array_get(steps, (size_t)n);
    const char *name = gcp_text_at(step, "name"), *slash = strrchr(name, '/'), *entry = gcp_text_at(step, "entrypoint");
    const char *verb = json_string_value(json_array_get(json_object_get(step, "args"), 0));
    bool one = json_array_size(steps) == 1;

    if (*gcp_text_at(step, "id"))
        return one ? cr_format("step '%.60s'", gcp_text_at(step, "id"))
                   : cr_format("step %d of %zu, '%.60s'", n + 1, json_array_size(steps), gcp_text_at(step, "id"));
    if (*entry)
        verb = entry;
    name = slash ? slash + 1 : name;
    return cr_format("step %d of %zu, '%.40s%s%.40s'", n + 1, json_array_size(steps), name, verb ? " " : "",
                     verb ? verb : "");
}

/* ---- lines of its log */

/* Length of "Step #N: " or "Step #N - "ID": " at the start of a line of that step, else 0. */
static size_t step_prefix(const char *line, size_t n, int step)
{
    char head[32];
    size_t len = (size_t)snprintf(head, sizeof(head), "Step #%d", step);
    const char *colon;

    if (n < len + 1 || strncmp(line, head, len) != 0 || (line[len] != ':' && line[len] != ' '))
        return 0;
    colon = line[len] == ':' ? line + len : memmem(line + len, n - len, "\": ", 3);
    if (!colon)
        return 0;
    colon += *colon == '"';
    return (size_t)(colon - line) + 1 + (colon[1] == ' ');
}

/* Says nothing that the rest does not say better. */
static bool is_frame(const char *line, size_t n)
{
    static const char *const frames[] = {"Finished Step #", "Starting Step #",    "ERROR: build step ",
                                         "BUILD FAILURE",   "Already have image", "PUSH"};

    if (n == 0 || (n == 5 && strncmp(line, "ERROR", 5) == 0))
        return true;
    for (size_t i = 0; i < CR_LEN(frames); i++)
        if (n >= strlen(frames[i]) && strncmp(line, frames[i], strlen(frames[i])) == 0)
            return true;
    return false;
}

/* What the builder says of every step that fails; a command that it repeats may hold any word. */
static bool is_builder(const char *line, size_t n)
{
    static const char *const heads[] = {"STEP ",
                                        "Step ",
                                        "Error: building at STEP",
                                        "error building at STEP",
                                        "subprocess exited with status",
                                        "The command '",
                                        "ERROR: failed to solve",
                                        "ERROR: failed to build",
                                        "ERROR: process ",
                                        "> [",
                                        "#"};

    for (size_t i = 0; i < CR_LEN(heads); i++)
        if (n >= strlen(heads[i]) && strncmp(line, heads[i], strlen(heads[i])) == 0)
            return true;
    return false;
}

struct lines {
    const char *at[NEAR_LINES]; /* newest first */
    size_t len[NEAR_LINES];
    int count;
};

/* The last lines of a step, or (step -1) of all steps; how many there were. */
static int collect(const char *log, int step, struct lines *out)
{
    const char *end = log + strlen(log);

    out->count = 0;
    while (end > log && out->count < NEAR_LINES) {
        const char *start;
        size_t n, skip = 0;

        if (end[-1] == '\n')
            end--;
        start = end > log ? memrchr(log, '\n', (size_t)(end - log)) : NULL;
        start = start ? start + 1 : log;
        n = (size_t)(end - start);
        end = start;
        if (n && start[n - 1] == '\r')
            n--;
        if (step >= 0) {
            skip = step_prefix(start, n, step);
            if (!skip)
                continue;
        }
        if (step < 0 && n == 5 && strncmp(start, "BUILD", 5) == 0)
            break; /* what is before that is the fetching of the source */
        if (is_frame(start + skip, n - skip))
            continue;
        out->at[out->count] = start + skip;
        out->len[out->count++] = n - skip;
    }
    return out->count;
}

/* Builds of one step, and some builders, do not name the step in each line. */
static void near_lines(const json_t *build, const char *log, struct lines *out)
{
    int step = failed_step(build);

    if (step < 0 || !collect(log, step, out))
        collect(log, -1, out);
}

char *gcp_build_last_lines(const json_t *build, const char *log_tail, int lines)
{
    struct lines near;
    char *text, *p;
    size_t total = 1;

    near_lines(build, log_tail, &near);
    if (near.count > lines)
        near.count = lines;
    for (int i = 0; i < near.count; i++)
        total += near.len[i] + 1;
    p = text = cr_malloc(total);
    for (int i = near.count; i-- > 0;) {
        memcpy(p, near.at[i], near.len[i]);
        p += near.len[i];
        *p++ = '\n';
    }
    *p = '\0';
    return text;
}

/* The newest line with the mark; what the builder says of a step counts only when asked for. */
static char *find_line(const struct lines *near, const char *mark, bool builder)
{
    for (int i = 0; i < near->count; i++)
        if (is_builder(near->at[i], near->len[i]) == builder && memmem(near->at[i], near->len[i], mark, strlen(mark)))
            return cr_strndup(near->at[i], near->len[i] > 500 ? 500 : near->len[i]);
    return NULL;
}

/* The line that names the fault, by how much such lines tell: what a program said of itself before what the builder
 * said of it. New; NULL when there is none. */
static char *cause_line(const struct lines *near)
{
    static const char *const said[] = {
        "prove: ",
        "prepare: ",
        "fetch: ",
        "denied: ",
        "unauthorized: ",
        "E: ",
        "Temporary failure resolving",
        "Could not resolve host",
        "No space left on device",
        "ModuleNotFoundError",
        "No matching distribution found",
        "npm ERR!",
        "fatal error: ",
        "manifest unknown",
        "error: ",
        "Error: ",
        "ERROR: ",
        "unable to prepare context",
        "COPY failed",
        "ADD failed",
        "failed to",
    };
    static const char *const of_builder[] = {"ERROR: failed to", "rror", "returned a non-zero code", "exit"};
    char *line = NULL;

    for (size_t m = 0; !line && m < CR_LEN(said); m++)
        line = find_line(near, said[m], false);
    for (size_t m = 0; !line && m < CR_LEN(of_builder); m++)
        line = find_line(near, of_builder[m], true);
    return line;
}

/* ---- the build's end in words */

/* `Build step failure: build step 0 "…" failed: WHY`, of which only the last is not said otherwise. */
static const char *behind_step(const char *detail)
{
    const char *step = strcasestr(detail, "build step "), *why = step ? strstr(step, "\" failed: ") : NULL;

    return why && why - detail < 300 ? why + strlen("\" failed: ") : detail;
}

static int explain_failure(const json_t *build, const char *log, struct cr_error *err)
{
    const json_t *info = json_object_get(build, "failureInfo");
    const char *id = gcp_text_at(build, "id"), *type = gcp_text_at(info, "type"), *detail = gcp_text_at(info, "detail");
    CR_AUTO_FREE char *said = NULL, *where = NULL, *step = NULL;
    bool of_step = !*type || strcmp(type, "USER_BUILD_STEP") == 0;
    struct lines near = {.count = 0};
    int n = failed_step(build);

    if (!*detail)
        detail = gcp_text_at(build, "statusDetail");
    if (n >= 0)
        detail = behind_step(detail);
    /* What the log ends with is the cause of a step that failed; a push that was refused is in the log too. */
    near_lines(build, log, &near);
    if (of_step || strncmp(type, "PUSH", 4) == 0)
        said = cause_line(&near);
    step = of_step && n >= 0 ? step_name(build, n) : NULL;
    where = step ? cr_format("the build '%.40s' failed in %s", id, step) : cr_format("the build '%.40s' failed", id);
    gcp_api_failed(CR_E_BUILD, said ? said : detail, err, "%s", where);
    *err->hint = '\0'; /* ours is nearer */
    if ((said && gcp_build_hint(build, said, strlen(said), err)) || gcp_build_hint(build, detail, strlen(detail), err))
        return -1;
    for (int i = 0; of_step && i < near.count && i < 20; i++)
        if (gcp_build_hint(build, near.at[i], near.len[i], err))
            return -1;
    gcp_api_failed(CR_E_BUILD, said ? said : detail, err, "%s", where);
    if (!*err->hint)
        gcp_build_hint_by_type(build, type, err);
    return -1;
}

static int explain_timeout(const json_t *build, struct cr_error *err)
{
    const char *timeout = gcp_text_at(build, "timeout");
    int64_t seconds = strtoll(timeout, NULL, 10);

    cr_fail(err, CR_E_BUILD, "the build '%.40s' was stopped by its timeout%s%.20s", gcp_text_at(build, "id"),
            *timeout ? " of " : "", timeout);
    return cr_hint(err, "give it more time: --timeout=%" PRId64 "s, or build.timeout in crdeploy.yaml",
                   seconds > 0 && seconds <= 43200 ? 2 * seconds
                   : seconds > 0                   ? INT64_C(86400)
                                                   : INT64_C(3600));
}

static int explain(const json_t *build, const char *log_tail, struct cr_error *err)
{
    const char *status = gcp_text_at(build, "status"), *id = gcp_text_at(build, "id");
    const char *detail = gcp_text_at(json_object_get(build, "failureInfo"), "detail"),
               *ttl = gcp_text_at(build, "queueTtl");

    *err = (struct cr_error){0};
    if (!*detail)
        detail = gcp_text_at(build, "statusDetail");
    if (strcmp(status, "TIMEOUT") == 0)
        return explain_timeout(build, err);
    if (strcmp(status, "EXPIRED") == 0) {
        cr_fail(err, CR_E_BUILD, "the build '%.40s' never started: it waited in the queue for longer than %.20s", id,
                *ttl ? ttl : "its limit");
        return cr_hint(err, "other builds take all there is: run it again later, or in another region with --region");
    }
    if (strcmp(status, "INTERNAL_ERROR") == 0) {
        gcp_api_failed(CR_E_BUILD, detail, err, "the build service failed on the build '%.40s'", id);
        return cr_hint(err, "not the fault of what was built: run it again");
    }
    if (strcmp(status, "CANCELLED") == 0) {
        gcp_api_failed(CR_E_BUILD, detail, err, "the build '%.40s' was cancelled", id);
        return cr_hint(err, "by somebody else, or by a policy of the project: run it again");
    }
    if (strcmp(status, "FAILURE") == 0)
        return explain_failure(build, log_tail, err);
    return gcp_api_failed(CR_E_BUILD, detail, err, "the build '%.40s' ended with %.40s", id, status);
}

/* Names and logs come from outside: one line, nothing that a terminal would obey, and UTF-8 or else ASCII. */
static void make_plain(char *text)
{
    json_t *utf8 = json_string(text);

    for (char *p = text; *p; p++)
        if ((unsigned char)*p < 32 || *p == 127)
            *p = ' ';
        else if (!utf8 && (unsigned char)*p >= 128)
            *p = '?';
    json_decref(utf8);
}

int gcp_build_explain(const json_t *build, const char *log_tail, struct cr_error *err)
{
    (void)explain(build, log_tail, err);
    make_plain(err->msg);
    make_plain(err->hint);
    return -1;
}

int gcp_build_refused(struct cr_error *err)
{
    if (strcasestr(err->msg, "cannot run builds in this region"))
        return cr_hint(err, "this project may build only in some regions: try --region=global, us-central1, us-west1, "
                            "us-west2, europe-west1, asia-east1, australia-southeast1 or southamerica-east1");
    if (strcasestr(err->msg, "act as service account"))
        return cr_hint(err, "you need roles/iam.serviceAccountUser on that service account: gcloud iam "
                            "service-accounts add-iam-policy-binding ACCOUNT --role=roles/iam.serviceAccountUser "
                            "--member=user:YOU");
    if (strcasestr(err->msg, "'build.service_account' is specified"))
        return cr_hint(err, "with --service-account say where the log goes: --gcs-log-dir=gs://BUCKET/DIR");
    if (strcasestr(err->msg, "does not have storage.objects.get access"))
        return cr_hint(err, "grant roles/cloudbuild.builds.builder (or storage.objectViewer on the bucket) to the "
                            "build's service account");
    if (!*err->hint && err->code == CR_E_AUTH && strcasestr(err->msg, "caller does not have permission"))
        return cr_hint(err, "you need roles/cloudbuild.builds.editor in the project");
    return -1;
}
