#include "lib/test.h"

#include <stdbool.h>
#include <string.h>

#include "base/auto.h"
#include "core/verdict.h"

/* Lines "s the platform's", "o stdout", "e stderr", "j {payload}" as entries. */
static json_t *read_entries(const char *text)
{
    json_t *list = json_array();

    for (size_t n; text && *text; text += n + (text[n] == '\n')) {
        CR_AUTO_FREE char *line = NULL;
        const char *log;

        n = strcspn(text, "\n");
        line = cr_strndup(text, n);
        log = *line == 's' ? "varlog%2Fsystem" : *line == 'e' ? "stderr" : *line == 'r' ? "requests" : "stdout";
        json_array_append_new(list, json_pack("{s:o, s:o}", "logName",
                                              json_sprintf("projects/p/logs/run.googleapis.com%%2F%s", log),
                                              *line == 'j' ? "jsonPayload" : "textPayload",
                                              *line == 'j' ? json_loads(line + 2, 0, NULL) : json_string(line + 2)));
    }
    return list;
}

/* A revision with the condition of a failure; `more` are members of it, or of its container. */
static json_t *read_revision(const char *reason, const char *message, const char *more)
{
    json_t *extra = more ? json_loads(more, 0, NULL) : json_object(), *container, *revision;

    if (!extra)
        fail_msg("bad JSON '%s'", more);
    container = json_pack("{s:s, s:s}", "name", "app", "image", "us-central1-docker.pkg.dev/p/ml/scorer@sha256:abc");
    json_object_update(container, json_object_get(extra, "container"));
    json_object_del(extra, "container");
    revision = json_pack("{s:[o], s:[{s:s, s:s, s:s, s:s}]}", "containers", container, "conditions", "type", "Ready",
                         "state", "CONDITION_FAILED", "message", message ? message : "", "revisionReason",
                         reason ? reason : "HEALTH_CHECK_CONTAINER_ERROR");
    json_object_update(revision, extra);
    json_decref(extra);
    return revision;
}

#define PORT_SAID                                                                                                    \
    "Revision 's-00001-kob' is not ready and cannot serve traffic. The user-provided container failed to start and " \
    "listen on the port defined provided by the PORT=8080 environment variable within the allocated timeout. This "  \
    "can happen when the container port is misconfigured or if the timeout is too short. Logs URL: https://x"
#define PROBE_SAID                                                                                          \
    "Revision 's-00001-kob' is not ready and cannot serve traffic. The user-provided container failed the " \
    "configured startup probe checks. Logs URL: https://x"
#define TCP                                                                                                         \
    "s Default STARTUP TCP probe failed 1 time consecutively for container \"app\" on port 8080. The instance was " \
    "not started. Connection failed with status "
#define DEADLINE TCP "DEADLINE_EXCEEDED."
#define CANCELLED TCP "CANCELLED."
#define HTTP                                                                                                     \
    "s STARTUP HTTP probe failed 3 times consecutively for container \"app\" on port 8080 path \"/ready\". The " \
    "instance was not started."
#define SHORT_HTTP                                                \
    "{\"container\":{\"startupProbe\":{\"httpGet\":{\"path\":\"/" \
    "ready\"},\"periodSeconds\":2,\"failureThreshold\":3}}}"
#define SHORT_TCP \
    "{\"container\":{\"startupProbe\":{\"tcpSocket\":{\"port\":8080},\"periodSeconds\":2,\"failureThreshold\":2}}}"

struct verdict_case {
    const char *reason, *message, *revision, *log;
    const char *cause, *says, *hint;
};

static void check_case(const struct verdict_case *c)
{
    json_auto_t *revision = read_revision(c->reason, c->message, c->revision), *entries = read_entries(c->log);
    const struct cr_evidence e = {revision, c->message, entries};
    struct cr_verdict v;

    cr_verdict_find(&e, &v);
    if (strcmp(cr_cause_name(v.cause), c->cause) != 0 || !strstr(v.message, c->says) || !strstr(v.hint, c->hint))
        fail_msg("'%s' with '%s' is %s: %s; hint: %s. Not %s: %s; %s", c->message ? c->message : "",
                 c->log ? c->log : "", cr_cause_name(v.cause), v.message, v.hint, c->cause, c->says, c->hint);
}

static void check_cases(const struct verdict_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++)
        check_case(&cases[i]);
}

TEST(a_refusal_is_told_by_conditions_alone)
{
    static const struct verdict_case cases[] = {
        {"CONTAINER_MISSING", "Image 'us-central1-docker.pkg.dev/p/ml/scorer:v2' not found.", NULL, NULL,
         "image-not-found", "the image 'us-central1-docker.pkg.dev/p/ml/scorer:v2' is not in its registry",
         "gcloud artifacts docker images list us-central1-docker.pkg.dev/p/ml/scorer --include-tags"},
        {NULL, "Revision 's' is not ready and cannot serve traffic. Image 'gcr.io/p/x' not found.", NULL, NULL,
         "image-not-found", "'gcr.io/p/x'", "--image NAME"},
        {"CONTAINER_MISSING", "", NULL, NULL, "image-not-found", "scorer@sha256:abc", "images list us-central1"},
        {"CONTAINER_PERMISSION_DENIED",
         "Google Cloud Run Service Agent service-12@serverless-robot-prod.iam.gserviceaccount.com must have permission "
         "to read the image, us-central1-docker.pkg.dev/other/ml/scorer:v2. Ensure that the provided container image "
         "URL is correct and that the above account has permission to access the image.",
         NULL, NULL, "permission", "may not read the image 'us-central1-docker.pkg.dev/other/ml/scorer:v2'",
         "repositories add-iam-policy-binding ml --location=us-central1 --project=other --member=serviceAccount:"
         "service-12@serverless-robot-prod.iam.gserviceaccount.com --role=roles/artifactregistry.reader"},
        {NULL, "Google Cloud Run Service Agent must have permission to read the image, gcr.io/p/x. Ensure", NULL, NULL,
         "permission", "may not read the image 'gcr.io/p/x'", "service-PROJECT_NUMBER@serverless-robot-prod"},
        {"CONTAINER_IMAGE_UNAUTHORIZED", "Container image 'x' is not authorized by policy.", NULL, NULL, "permission",
         "Binary Authorization", "--breakglass"},
        {"SECRETS_ACCESS_CHECK_FAILED",
         "Permission denied on secret: projects/12/secrets/tok/versions/latest for Revision service account "
         "12-compute@developer.gserviceaccount.com. The service account used must be granted the 'Secret Manager "
         "Secret Accessor' role (roles/secretmanager.secretAccessor) at the secret, project or higher level.",
         NULL, NULL, "secret-denied",
         "the service account '12-compute@developer.gserviceaccount.com' may not read the secret 'tok'",
         "gcloud secrets add-iam-policy-binding tok --project=12 --member=serviceAccount:12-compute@developer."},
        {NULL,
         "spec.template.spec.containers[0].env[1].value_from.secret_key_ref.name: Secret "
         "projects/12/secrets/tok/versions/latest was not found",
         NULL, NULL, "secret-denied", "the secret 'tok/versions/latest' does not exist", "gcloud secrets create tok"},
        {"SECRETS_ACCESS_CHECK_FAILED", "", NULL, NULL, "secret-denied", "a secret", "secretAccessor"},
        {NULL,
         "Revision 's' is not ready and cannot serve traffic. Cloud Run does not support image 'gcr.io/p/x:latest': "
         "Container manifest type 'application/vnd.oci.image.index.v1+json' must support amd64/linux.",
         NULL, NULL, "wrong-architecture", "the image 'gcr.io/p/x:latest' is not made for linux/amd64",
         "--platform=linux/amd64"},
        /* A refusal counts more than what an older log says. */
        {"CONTAINER_MISSING", "Image 'a' not found.", NULL, "s Container called exit(1).", "image-not-found", "'a'",
         ""},
    };

    check_cases(cases, CR_LEN(cases));
}

TEST(a_command_that_cannot_be_executed)
{
    static const struct verdict_case cases[] = {
        {NULL, PORT_SAID, NULL,
         "s Starting new instance. Reason: DEPLOYMENT_ROLLOUT\n"
         "s terminated: Application failed to start: failed to load /usr/local/bin/python: exec format "
         "error\n" DEADLINE,
         "wrong-architecture", "'/usr/local/bin/python' is not made for", "linux/amd64"},
        {NULL, PORT_SAID, NULL,
         "s terminated: Application failed to start: \"/usr/local/bin/python\" exec format error", "wrong-architecture",
         "'/usr/local/bin/python'", "linux/amd64"},
        {NULL, PORT_SAID, NULL, "s Failed to create init process: failed to load startup.sh: exec format error",
         "wrong-architecture", "or its first line names no interpreter", "'#!'"},
        {NULL, PORT_SAID, NULL,
         "e /entry.sh: line 3: /app/serve: cannot execute binary file: Exec format error\n"
         "s Container called exit(126).\n" CANCELLED,
         "wrong-architecture", "/app/serve", "linux/amd64"},
        {NULL, PORT_SAID, NULL, "e Error: /app/node_modules/x.node: invalid ELF header\ns Container called exit(1).",
         "wrong-architecture", "x.node", "linux/amd64"},
        {NULL, PORT_SAID, "{\"container\":{\"command\":[\"/nope\"],\"args\":[\"-x\"]}}",
         "s terminated: Application failed to start: failed to load /nope: no such file or directory", "missing-file",
         "the command '/nope' is not in the image", "'/nope -x': --command"},
        {NULL, PORT_SAID, NULL,
         "s terminated: Application failed to start: failed to resolve binary path: error finding executable "
         "\"uvicorn\" in PATH [/usr/local/bin /bin]: no such file or directory\ns Application exec likely failed",
         "missing-file", "the command 'uvicorn'", "ENTRYPOINT or CMD"},
        {NULL, PORT_SAID, NULL,
         "s OCI runtime create failed: unable to start container process: exec: \"serve\": executable file not found "
         "in "
         "$PATH: unknown",
         "missing-file", "the command 'serve'", "ENTRYPOINT"},
        {NULL, PORT_SAID, NULL,
         "s terminated: Application failed to start: \"uvicorn main:app\" not found (PATH=/usr/local/bin:/bin)",
         "missing-file", "the command 'uvicorn main:app'", "ENTRYPOINT"},
        {NULL, PORT_SAID, NULL, "s terminated: Application failed to start: failed to load /app: permission denied",
         "permission", "'/app' may not be executed", "chmod +x"},
        /* Which of the two it is, the second generation does not say. */
        {NULL, PORT_SAID, NULL,
         "s Application exec likely failed\n"
         "s terminated: Application failed to start: The container may have exited abnormally.\n" CANCELLED,
         "not-executable", "could not be executed: the image's own", "linux/amd64"},
        {NULL, PORT_SAID, "{\"container\":{\"command\":[\"/srv\"]}}", "s Application exec likely failed",
         "not-executable", "executed: '/srv'", "--command"},
    };

    check_cases(cases, CR_LEN(cases));
}

TEST(a_container_that_ran_out_of_memory)
{
    static const struct verdict_case cases[] = {
        {NULL, PORT_SAID, NULL,
         "o loading weights\ns Memory limit of 512 MiB exceeded with 516 MiB used. Consider increasing the memory "
         "limit, see https://cloud.google.com/run/docs/configuring/memory-limits\ns Container called exit(137).",
         "out-of-memory", "it used 516 MiB of 512 MiB", "--memory 1Gi"},
        {NULL, PROBE_SAID, "{\"container\":{\"resources\":{\"limits\":{\"memory\":\"4Gi\",\"cpu\":\"1\"}}}}",
         "s Memory limit of 4096 MiB exceeded with 4200 MiB used.\ns Uncaught signal: 9, pid=1, tid=1", "out-of-memory",
         "4200 MiB of 4096 MiB", "--memory 8Gi --cpu 2"},
        {NULL, PORT_SAID, "{\"container\":{\"resources\":{\"limits\":{\"memory\":\"32Gi\",\"cpu\":\"8\"}}}}",
         "s Memory limit of 32768 MiB exceeded with 32770 MiB used.", "out-of-memory", "32770 MiB", "32Gi is all"},
        {NULL, PORT_SAID, NULL, "s Memory limit of 512M exceeded with 533M used.", "out-of-memory", "533M of 512M",
         "1Gi"},
        {NULL, PORT_SAID, NULL, "e MemoryError\ns Container called exit(1).\n" CANCELLED, "out-of-memory",
         "'MemoryError'", "--memory 1Gi"},
        {NULL, PORT_SAID, NULL,
         "e terminate called after throwing an instance of 'std::bad_alloc'\ns Uncaught signal: 6, pid=1, tid=1",
         "out-of-memory", "std::bad_alloc", "--memory"},
        /* Who asks for memory and goes on has not run out of it. */
        {NULL, PORT_SAID, NULL, "e MemoryError: using the small model\no Listening on 0.0.0.0:3000\n" DEADLINE,
         "wrong-port", "3000", "--port 3000"},
    };

    check_cases(cases, CR_LEN(cases));
}

TEST(a_container_that_ended)
{
    static const struct verdict_case cases[] = {
        {NULL, PORT_SAID, NULL,
         "e Traceback (most recent call last):\ne   File \"/app/main.py\", line 1, in <module>\n"
         "e ModuleNotFoundError: No module named 'flask'\ns Container called exit(3).\n" CANCELLED,
         "crash", "exit code 3 before it answered: 'ModuleNotFoundError: No module named 'flask''", "crdeploy logs"},
        {NULL, PORT_SAID, NULL, "s Container called exit(7).", "crash", "exit code 7", "crdeploy logs"},
        {NULL, PORT_SAID, NULL, "o done\ns Container called exit(0).\n" CANCELLED, "crash",
         "by itself with exit code 0", "--command"},
        {NULL, PORT_SAID, NULL, "e KeyError: 'DB_URL'\ns Container called exit(1).", "crash", "KeyError",
         "--update-env-vars DB_URL=VALUE"},
        {NULL, PORT_SAID, NULL,
         "e Error: listen EADDRINUSE: address already in use :::8080\ns Container called exit(1).", "crash",
         "EADDRINUSE", "two servers"},
        {NULL, PORT_SAID, NULL, "s Uncaught signal: 11, pid=1, tid=1, fault_addr=0.\n" CANCELLED, "crash",
         "signal 11 (SIGSEGV)", "podman run --rm -it -e PORT=8080 us-central1-docker.pkg.dev/p/ml/scorer@sha256:abc"},
        {NULL, PORT_SAID, NULL, "s Container called exit(139).", "crash", "signal 11 (SIGSEGV)", "podman run"},
        {NULL, PORT_SAID, NULL, "s Container terminated on signal 6.", "crash", "SIGABRT", ""},
        {NULL, PORT_SAID, NULL, "s Uncaught signal: 4, pid=1", "crash", "SIGILL", "-march=native"},
        {NULL, PORT_SAID, NULL, "s Uncaught signal: 9, pid=1", "crash", "SIGKILL", "--memory 1Gi"},
        {NULL, PORT_SAID, "{\"executionEnvironment\":\"EXECUTION_ENVIRONMENT_GEN1\"}", "s Uncaught signal: 31, pid=1",
         "crash", "SIGSYS", "--execution-environment gen2"},
        {NULL, PORT_SAID, NULL,
         "e python: can't open file '/app/main.py': [Errno 2] No such file or directory\n"
         "s Container called exit(2).",
         "missing-file", "/app/main.py", "--args"},
        {NULL, PORT_SAID, NULL, "e sh: 1: serve: not found\ns Container called exit(127).", "missing-file", "serve",
         "--command"},
        {NULL, PORT_SAID, NULL,
         "e /serve: error while loading shared libraries: libonnx.so: cannot open shared object file: No such file or "
         "directory\ns Container called exit(127).",
         "missing-file", "libonnx.so", "into the image"},
        /* What the platform ends after its probe failed did not crash. */
        {NULL, PORT_SAID, NULL, "o Listening on 0.0.0.0:3000\n" DEADLINE "\ns Container called exit(0).", "wrong-port",
         "3000", ""},
        {NULL, PORT_SAID, NULL, DEADLINE "\ns Container called exit(137).", "not-listening", "", ""},
        {NULL, PORT_SAID, NULL, DEADLINE "\ns Uncaught signal: 15, pid=1", "not-listening", "", ""},
        {NULL, PORT_SAID, NULL, DEADLINE "\ns Container called exit(1).", "crash", "exit code 1", ""},
    };

    check_cases(cases, CR_LEN(cases));
}

TEST(a_server_that_listens_elsewhere)
{
    static const struct verdict_case cases[] = {
        {NULL, PORT_SAID, NULL, "o Server listening on port 3000\n" DEADLINE, "wrong-port",
         "listens on port 3000, and is asked on port 8080", "--port 3000"},
        {NULL, PORT_SAID, NULL, "j {\"message\":\"listening\",\"port\":3000}\n" DEADLINE, "wrong-port", "3000",
         "--port 3000"},
        {NULL, PORT_SAID, NULL, "o Tomcat started on port(s): 8081 (http)\n" DEADLINE, "wrong-port", "8081",
         "--port 8081"},
        {NULL, "The user-provided container failed to start and listen on the port defined provided by the PORT=9000 x",
         "{\"container\":{\"ports\":[{\"containerPort\":9000}]}}", "o Listening on :8080", "wrong-port",
         "listens on port 8080, and is asked on port 9000", "--port 8080"},
        {NULL, PROBE_SAID, SHORT_HTTP,
         "e INFO: Uvicorn running on http://0.0.0.0:8000 (Press CTRL+C to quit)\n" HTTP
         " Connection failed with status ERROR_CONNECTION_FAILED.",
         "wrong-port", "8000", "--port 8000"},
        {NULL, PORT_SAID, NULL, "o Listening on 127.0.0.1:8080\n" DEADLINE, "loopback",
         "listens on 127.0.0.1:8080, where", "0.0.0.0 and $PORT"},
        {NULL, PORT_SAID, NULL, "e  * Running on http://127.0.0.1:5000\n" DEADLINE, "loopback",
         "127.0.0.1:5000: only inside itself, and not on port 8080", "flask: --host 0.0.0.0"},
        {NULL, PORT_SAID, NULL, "e Uvicorn running on http://localhost:8080\n" DEADLINE, "loopback", "localhost:8080",
         "uvicorn: --host"},
        {NULL, PORT_SAID, NULL, "e [7] [INFO] Listening at: http://127.0.0.1:8080 (7)\n" DEADLINE, "loopback",
         "127.0.0.1", "gunicorn: --bind"},
        {NULL, PORT_SAID, NULL, "o Listening on 8080? no: listening on port 8080\n" DEADLINE, "loopback",
         "most likely it listens on 127.0.0.1", "0.0.0.0"},
        /* The port of its metrics is not that of its server, and flask lists the loopback too. */
        {NULL, PORT_SAID, NULL, "o metrics listening on 127.0.0.1:9090\no listening on 0.0.0.0:3000\n" DEADLINE,
         "wrong-port", "3000", "--port 3000"},
        {NULL, PROBE_SAID, SHORT_HTTP,
         "e  * Running on all addresses (0.0.0.0)\ne  * Running on http://127.0.0.1:8080\ne  * Running on "
         "http://169.254.8.1:8080\n" HTTP,
         "probe", "GET /ready on port 8080", "--startup-probe"},
        {NULL, PROBE_SAID, "{\"container\":{\"startupProbe\":{\"tcpSocket\":{\"port\":9000},\"periodSeconds\":1}}}",
         "o Listening on 0.0.0.0:8080\n" DEADLINE, "probe", "the startup probe asks port 9000", "--startup-probe"},
    };

    check_cases(cases, CR_LEN(cases));
}

TEST(a_server_that_is_late_or_says_nothing)
{
    static const struct verdict_case cases[] = {
        {NULL, PORT_SAID, NULL, "o loading weights: 40%\n" DEADLINE, "too-slow",
         "not ready within 240 s, its log ends with 'loading weights: 40%'", "--cpu-boost"},
        {NULL, PROBE_SAID, SHORT_TCP, "o Downloading model.onnx\n" DEADLINE, "too-slow", "within 4 s",
         "--startup-probe tcpSocket.port=8080,periodSeconds=10,failureThreshold=24"},
        {NULL, PROBE_SAID, SHORT_HTTP, "j {\"severity\":\"INFO\",\"message\":\"warming up\"}\n" HTTP, "too-slow",
         "'warming up'", "httpGet.path=/ready,httpGet.port=8080"},
        {NULL, PORT_SAID, SHORT_TCP, DEADLINE "\no Listening on 0.0.0.0:8080", "too-slow", "within 4 s",
         "--startup-probe"},
        {NULL, PROBE_SAID, SHORT_HTTP, HTTP, "probe", "GET /ready", "--startup-probe"},
        {NULL, PROBE_SAID, SHORT_HTTP, HTTP " Connection failed with status ERROR_CONNECTION_FAILED.", "not-listening",
         "not reached on port 8080 within 6 s", "0.0.0.0 and $PORT"},
        {NULL, PORT_SAID, NULL, NULL, "not-listening", "within 240 s", "--port N"},
        {NULL, PORT_SAID, NULL, "o hello\n" DEADLINE, "not-listening", "does not say where", "0.0.0.0"},
        {"INTERNAL", "Internal system error, system will retry.", NULL, NULL, "unknown", "Internal system error",
         "crdeploy logs"},
        {"UNKNOWN", "Revision 'x' is not ready and cannot serve traffic. Something new.", NULL, "e oh no: it failed",
         "unknown", "Something new", "oh no: it failed"},
        {"UNKNOWN", NULL, NULL, NULL, "unknown", "does not say why", "crdeploy logs"},
    };

    check_cases(cases, CR_LEN(cases));
}

TEST(a_request_that_is_refused_is_told_by_its_text)
{
    static const struct {
        const char *text, *cause, *message; /* cause "": it is no such refusal */
    } rows[] = {
        {"cannot create the service: HTTP 400: Permission denied on secret: projects/1/secrets/key/versions/latest for "
         "Revision service account a@p.iam.gserviceaccount.com. The service account used must be granted it.",
         "secret-denied", "'a@p.iam.gserviceaccount.com' may not read the secret 'key'"},
        {"HTTP 400: Secret projects/1/secrets/key/versions/9 was not found", "secret-denied", "does not exist"},
        {"HTTP 400: Image 'us-docker.pkg.dev/p/r/n:v9' not found.", "image-not-found", "'us-docker.pkg.dev/p/r/n:v9'"},
        {"HTTP 403: Google Cloud Run Service Agent s@x.iam.gserviceaccount.com must have permission to read the image, "
         "us-docker.pkg.dev/p/r/n:v9.",
         "permission", "'us-docker.pkg.dev/p/r/n:v9'"},
        {"HTTP 400: the name projects/p/secrets/a b/versions/1 is malformed", "", ""},
        {"HTTP 404: Service 'scorer' not found.", "", ""},
        {"HTTP 400: template.containers[0].resources: the memory limit is too low", "", ""},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        struct cr_verdict v;
        bool refused = cr_verdict_refusal(rows[i].text, &v);

        if (refused != (*rows[i].cause != '\0') ||
            (refused && (strcmp(cr_cause_name(v.cause), rows[i].cause) != 0 || !strstr(v.message, rows[i].message))))
            fail_msg("%s: %s, '%s'", rows[i].text, refused ? cr_cause_name(v.cause) : "none", v.message);
    }
}

TEST(nothing_at_all_is_unknown)
{
    const struct cr_evidence none = {NULL, NULL, NULL};
    struct cr_verdict v;

    cr_verdict_find(&none, &v);
    assert_int_equal(v.cause, CR_CAUSE_UNKNOWN);
    assert_true(*v.message && *v.hint);
    assert_false(cr_verdict_complete(&none));
}

TEST(a_log_is_complete_with_the_platforms_last_word)
{
    static const struct {
        const char *reason, *log;
        bool complete;
    } cases[] = {{NULL, "o hello\ns Starting new instance.", false},
                 {NULL, DEADLINE, true},
                 {NULL, "s Container called exit(1).", true},
                 {NULL, "s Memory limit of 1 MiB exceeded with 2 MiB used.", true},
                 {"CONTAINER_MISSING", NULL, true}};

    for (size_t i = 0; i < CR_LEN(cases); i++) {
        json_auto_t *revision = read_revision(cases[i].reason, NULL, NULL), *entries = read_entries(cases[i].log);
        const struct cr_evidence e = {revision, NULL, entries};

        assert_int_equal(cr_verdict_complete(&e), cases[i].complete);
    }
}

TEST(the_container_that_failed_is_the_one_that_is_judged)
{
    json_auto_t *revision =
        json_loads("{\"conditions\":[{\"type\":\"Ready\",\"state\":\"CONDITION_FAILED\",\"message\":\"" PROBE_SAID
                   "\"}],\"containers\":[{\"name\":\"web\",\"ports\":[{\"containerPort\":8080}]},{\"name\":\"side\","
                   "\"startupProbe\":{\"tcpSocket\":{\"port\":9999},\"periodSeconds\":5}}]}",
                   0, NULL);
    json_auto_t *entries =
        read_entries("s STARTUP TCP probe failed 3 times consecutively for container \"side\" on port "
                     "9999. The instance was not started.");
    const struct cr_evidence e = {revision, NULL, entries};
    struct cr_verdict v;

    assert_non_null(revision);
    cr_verdict_find(&e, &v);
    assert_non_null(strstr(v.message, "port 9999 within 15 s"));
}

TEST_MAIN(cmocka_unit_test(a_refusal_is_told_by_conditions_alone), cmocka_unit_test(a_command_that_cannot_be_executed),
          cmocka_unit_test(a_container_that_ran_out_of_memory), cmocka_unit_test(a_container_that_ended),
          cmocka_unit_test(a_server_that_listens_elsewhere), cmocka_unit_test(a_server_that_is_late_or_says_nothing),
          cmocka_unit_test(a_request_that_is_refused_is_told_by_its_text), cmocka_unit_test(nothing_at_all_is_unknown),
          cmocka_unit_test(a_log_is_complete_with_the_platforms_last_word),
          cmocka_unit_test(the_container_that_failed_is_the_one_that_is_judged))
