/* Subject tokens that a program of the user's prints. */
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "base/proc.h"
#include "gcp/api_error.h"
#include "gcp/auth_external.h"
#include "gcp/auth_oauth.h"

enum { MAX_OUTPUT = 1 << 20, WORDS = 64, DEFAULT_MS = 30000, MIN_MS = 5000, MAX_MS = 120000, SLICE_MS = 200 };

#define ALLOW "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES"

#define TYPE "urn:ietf:params:oauth:token-type:"

static bool known_type(const char *type)
{
    return type &&
           (strcmp(type, TYPE "id_token") == 0 || strcmp(type, TYPE "jwt") == 0 || strcmp(type, TYPE "saml2") == 0);
}

static int program_failed(const json_t *doc, const char *name, struct cr_error *err)
{
    const char *code = json_string_value(json_object_get(doc, "code"));
    const char *message = json_string_value(json_object_get(doc, "message"));
    CR_AUTO_FREE char *said = cr_format("%s %s", code ? code : "", message ? message : "without saying why");

    gcp_api_failed(CR_E_AUTH, said, err, "the program of '%s' failed", name);
    return cr_hint(err, "run it by hand and mend what it says");
}

int gcp_exec_reply(const char *text, size_t len, const char *name, int64_t now_ms, char **token, struct cr_error *err)
{
    GCP_AUTO_SECRET_JSON json_t *doc = json_loadb(text, len, 0, NULL);
    const char *type = json_string_value(json_object_get(doc, "token_type")), *value;
    json_int_t version = json_integer_value(json_object_get(doc, "version"));
    const json_t *end = json_object_get(doc, "expiration_time");
    bool saml = type && strcmp(type, TYPE "saml2") == 0;

    if (!json_is_object(doc) || !json_is_boolean(json_object_get(doc, "success")) || version < 1)
        return cr_fail(err, CR_E_AUTH, "the program of '%s' printed no answer in the form that is agreed", name);
    if (version > 1)
        return cr_fail(err, CR_E_AUTH, "the program of '%s' answers in version %lld, and 1 is what is known", name,
                       (long long)version);
    if (!json_is_true(json_object_get(doc, "success")))
        return program_failed(doc, name, err);
    if (!known_type(type))
        return cr_fail(err, CR_E_AUTH, "the program of '%s' names no token_type that is known", name);
    if (json_is_integer(end) && json_integer_value(end) <= now_ms / 1000)
        return cr_fail(err, CR_E_AUTH, "the program of '%s' gave a token that has expired", name);
    value = json_string_value(json_object_get(doc, saml ? "saml_response" : "id_token"));
    if (!value || !*value)
        return cr_fail(err, CR_E_AUTH, "the program of '%s' gave no %s", name, saml ? "saml_response" : "id_token");
    *token = cr_strdup(value);
    return 0;
}

/* The answer of an earlier run that has not expired yet. */
static bool kept(const struct gcp_subject *s, const char *path, char **token)
{
    struct cr_error unusable = {0};
    GCP_AUTO_SECRET_JSON json_t *doc = NULL;
    char *text = NULL;
    bool good;

    if (!path || cr_file_read(path, MAX_OUTPUT, &text, NULL, &unusable) < 0)
        return false;
    doc = json_loads(text, 0, NULL);
    good = json_is_integer(json_object_get(doc, "expiration_time")) &&
           gcp_exec_reply(text, strlen(text), s->name, cr_wall_ms(), token, &unusable) == 0;
    gcp_secret_wipe(&text);
    return good;
}

static int late(const struct gcp_subject *s, int64_t ms, struct cr_error *err)
{
    cr_fail(err, CR_E_AUTH, "the program of '%s' did not end within %lld s", s->name, (long long)ms / 1000);
    return cr_hint(err, "executable.timeout_millis in the file may be raised to %d", MAX_MS);
}

/* Everything until the end of the pipe. *in_time is false when the deadline came first. */
static int drain(int fd, int64_t deadline_ms, struct cr_str *out, bool *in_time, struct cr_error *err)
{
    char piece[4096];
    int rc = 0;

    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int64_t left = deadline_ms - cr_now_ms();
        ssize_t n;

        if (cr_interrupt_check(err) < 0)
            return -1;
        *in_time = left > 0;
        if (!*in_time)
            return 0;
        if (poll(&p, 1, left > SLICE_MS ? SLICE_MS : (int)left) <= 0)
            continue;
        n = read(fd, piece, sizeof(piece));
        if (n > 0)
            rc = cr_str_add(out, piece, (size_t)n, err);
        explicit_bzero(piece, sizeof(piece));
        if (n <= 0 || rc < 0)
            return rc;
    }
}

/* Until it has ended; as drain(). */
static int await(pid_t pid, int64_t deadline_ms, int *status, bool *in_time, struct cr_error *err)
{
    bool done = false;

    while (!done) {
        int64_t left = deadline_ms - cr_now_ms();

        if (cr_interrupt_check(err) < 0)
            return -1;
        *in_time = left > 0;
        if (!*in_time)
            return 0;
        if (cr_proc_wait(pid, left > SLICE_MS ? SLICE_MS : left, &done, status, err) < 0)
            return -1;
    }
    return 0;
}

static int run(const struct gcp_subject *s, const char *const *argv, const char *const *env, int64_t ms,
               struct cr_str *out, struct cr_error *err)
{
    int64_t deadline = cr_now_ms() + ms;
    int ends[2], status = 0;
    bool in_time = true;
    pid_t pid;
    int rc;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return cr_fail(err, CR_E_IO, "cannot make a pipe");
    rc = cr_proc_start(&(struct cr_proc_opt){.argv = argv, .env = env, .in = -1, .out = ends[1], .err = -1}, &pid, err);
    close(ends[1]);
    if (rc < 0) {
        close(ends[0]);
        return cr_wrap(err, "the program of '%s'", s->name);
    }
    rc = drain(ends[0], deadline, out, &in_time, err);
    close(ends[0]);
    if (rc == 0 && in_time)
        rc = await(pid, deadline, &status, &in_time, err);
    if (rc < 0 || !in_time) {
        cr_proc_kill(pid, 1000);
        return rc < 0 ? cr_wrap(err, "the program of '%s'", s->name) : late(s, ms, err);
    }
    if (status) {
        cr_fail(err, CR_E_AUTH, "the program of '%s' ended with status %d", s->name, status);
        return cr_hint(err, "run it by hand: %.300s", argv[0]);
    }
    return 0;
}

static int64_t timeout_of(const json_t *executable)
{
    const json_t *said = json_object_get(executable, "timeout_millis");
    int64_t ms = json_is_integer(said) ? json_integer_value(said) : DEFAULT_MS;

    return ms < MIN_MS ? MIN_MS : ms > MAX_MS ? MAX_MS : ms;
}

static int run_command(const struct gcp_subject *s, const json_t *executable, char *command, const char *output,
                       char **token, struct cr_error *err)
{
    struct cr_str out = CR_STR_INIT(MAX_OUTPUT);
    CR_AUTO_FREE char *audience = cr_format("GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE=%s", s->audience);
    CR_AUTO_FREE char *type = cr_format("GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE=%s", s->type);
    CR_AUTO_FREE char *email = s->email ? cr_format("GOOGLE_EXTERNAL_ACCOUNT_IMPERSONATED_EMAIL=%s", s->email) : NULL;
    CR_AUTO_FREE char *id = cr_format("GOOGLE_EXTERNAL_ACCOUNT_ID=%s", s->email ? s->email : "");
    CR_AUTO_FREE char *file = output ? cr_format("GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE=%s", output) : NULL;
    const char *env[8] = {audience, type, id, "GOOGLE_EXTERNAL_ACCOUNT_INTERACTIVE=0",
                          "GOOGLE_EXTERNAL_ACCOUNT_REVOKE=0"};
    const char *argv[WORDS + 1] = {NULL};
    size_t words = 0, n = 5;
    char *save = NULL;
    int rc;

    if (email)
        env[n++] = email;
    if (file)
        env[n++] = file;
    for (char *word = strtok_r(command, " ", &save); word && words < WORDS; word = strtok_r(NULL, " ", &save))
        argv[words++] = word;
    if (!words)
        return cr_fail(err, CR_E_AUTH, "the credential_source of '%s' names an empty command", s->name);
    rc = run(s, argv, env, timeout_of(executable), &out, err);
    if (rc == 0)
        rc = gcp_exec_reply(out.buf, out.len, s->name, cr_wall_ms(), token, err);
    if (out.len)
        explicit_bzero(out.buf, out.len);
    cr_str_free(&out);
    return rc;
}

int gcp_subject_exec(const struct gcp_subject *s, char **token, struct cr_error *err)
{
    const json_t *executable = json_object_get(s->source, "executable");
    const char *command = json_string_value(json_object_get(executable, "command"));
    const char *output = json_string_value(json_object_get(executable, "output_file"));
    const char *allowed = s->env->getenv ? s->env->getenv(s->env->ud, ALLOW) : NULL;
    CR_AUTO_FREE char *copy = NULL;

    if (!command)
        return cr_fail(err, CR_E_AUTH, "the executable of '%s' has no command", s->name);
    if (!allowed || strcmp(allowed, "1") != 0) {
        cr_fail(err, CR_E_AUTH, "'%s' gets its token by running '%.200s', which is not allowed", s->name, command);
        return cr_hint(err, "if you trust the file: export " ALLOW "=1");
    }
    if (kept(s, output, token))
        return 0;
    copy = cr_strdup(command);
    return run_command(s, executable, copy, output, token, err);
}
