#include "lib/test.h"

#include <string.h>

#include "base/auto.h"
#include "gcp/build_failure.h"

#define STEP(detail)                                                                                                 \
    "{\"id\":\"b1\",\"projectId\":\"p\",\"status\":\"FAILURE\",\"images\":[\"us-west1-docker.pkg.dev/p/repo/n:t\"]," \
    "\"serviceAccount\":\"projects/p/serviceAccounts/b@p.iam.gserviceaccount.com\",\"logUrl\":\"https://log\","      \
    "\"steps\":[{\"name\":\"gcr.io/cloud-builders/docker\",\"args\":[\"build\"],\"status\":\"FAILURE\"}],"           \
    "\"failureInfo\":{\"type\":\"USER_BUILD_STEP\",\"detail\":\"" detail "\"}}"
#define PUSH(type)                                                                         \
    "{\"id\":\"b1\",\"projectId\":\"p\",\"status\":\"FAILURE\",\"images\":[\"eu.gcr.io/p/" \
    "n\"],\"failureInfo\":{\"type\":\"" type "\"}}"
#define ONE STEP("Build step failure: build step 0 \\\"x\\\" failed: step exited with non-zero status: 1")

TEST(known_causes_have_their_hint)
{
    static const struct {
        const char *build, *log, *says, *hint;
    } rows[] = {
        {ONE, "a\nE: Unable to locate package x\nerror: exit\n", ": E: Unable to locate package x", "apt-get update"},
        {ONE, "", "step 1 of 1, 'docker build': step exited with non-zero status: 1", "the whole log: https://log"},
        {ONE,
         "denied: Permission \"artifactregistry.repositories.uploadArtifacts\" denied on resource \"projects/p\" (or "
         "it "
         "may not exist)\n",
         "uploadArtifacts",
         "gcloud artifacts repositories add-iam-policy-binding repo --location=us-west1 --project=p "
         "--role=roles/artifactregistry.writer --member=serviceAccount:b@p.iam.gserviceaccount.com"},
        {ONE, "name unknown: Repository \"repo\" not found\nERROR: failed to push\n", "failed to push",
         "gcloud artifacts repositories create repo --repository-format=docker --location=us-west1 --project=p"},
        {ONE,
         "unable to prepare context: unable to evaluate symlinks in Dockerfile path: lstat /workspace/Dockerfile: no "
         "such file or directory\n",
         "lstat /workspace/Dockerfile", ".gcloudignore"},
        {ONE, "Step 2/3 : COPY a b\nCOPY failed: file not found in build context or excluded by .dockerignore\n",
         "COPY failed", "left out by"},
        {ONE, "toomanyrequests: You have reached your pull rate limit\n", "", "mirror.gcr.io"},
        {ONE, "write: No space left on device\n", "No space left", "--disk-size"},
        {ONE, "The command '/bin/sh -c make' returned a non-zero code: 137\n", "code: 137", "--machine-type"},
        {ONE, "exec /bin/sh: exec format error\nerror: it\n", "", "linux/amd64"},
        {ONE, "STEP 2/2: RUN echo \"fatal error: x\"\nfatal error: y\n", "fatal error: y", "https://log"},
        {ONE, "fatal error: y\nError: building at STEP \"RUN fatal error: x\": exit status 1\n", ": fatal error: y",
         ""},
        {PUSH("PUSH_NOT_AUTHORIZED"), "", "the build 'b1' failed", "roles/artifactregistry.writer"},
        {PUSH("PUSH_IMAGE_NOT_FOUND"), "", "the build 'b1' failed", "'images' lists"},
        {PUSH("LOGGING_FAILURE"), "", "the build 'b1' failed", "roles/logging.logWriter"},
        {PUSH("PUSH_NOT_AUTHORIZED"),
         "denied: gcr.io repo does not exist. Creating on push requires the artifactregistry.repositories.createOnPush "
         "permission\n",
         "createOnPush", "gcloud artifacts repositories create eu.gcr.io --repository-format=docker --location=europe"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        json_auto_t *build = json_loads(rows[i].build, 0, NULL);
        struct cr_error err = {0};

        assert_non_null(build);
        assert_int_equal(gcp_build_explain(build, rows[i].log, &err), -1);
        assert_int_equal(err.code, CR_E_BUILD);
        if (!strstr(err.msg, rows[i].says) || !strstr(err.hint, rows[i].hint))
            fail_msg("row %zu: %s | %s", i, err.msg, err.hint);
    }
}

TEST(refused_creations_have_theirs)
{
    static const struct {
        enum cr_code code;
        const char *text, *hint;
    } rows[] = {
        {CR_E_API, "HTTP 400: due to quota restrictions, cannot run builds in this region, see https://x",
         "us-central1"},
        {CR_E_AUTH, "HTTP 403: caller does not have permission to act as service account projects/p",
         "serviceAccountUser"},
        {CR_E_API, "HTTP 400: if 'build.service_account' is specified, the build must", "--gcs-log-dir"},
        {CR_E_AUTH, "HTTP 403: The caller does not have permission", "cloudbuild.builds.editor"},
        {CR_E_API, "HTTP 400: something else", ""},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        struct cr_error err = {0};

        cr_fail(&err, rows[i].code, "cannot start the build: %s", rows[i].text);
        assert_int_equal(gcp_build_refused(&err), -1);
        if (!strstr(err.hint, rows[i].hint) || (!*rows[i].hint && *err.hint))
            fail_msg("row %zu: '%s'", i, err.hint);
    }
}

TEST(last_lines_are_those_of_the_step)
{
    static const struct {
        const char *build, *log, *lines;
    } rows[] = {
        {ONE, "FETCHSOURCE\nx\nBUILD\nAlready have image: d\na\nb\r\n\nERROR\nERROR: build step 0 \"x\" failed\n",
         "a\nb\n"},
        {ONE, "1\n2\n3\n4\n", "2\n3\n4\n"},
        {ONE, "no newline", "no newline\n"},
        {ONE, "", ""},
        {"{\"steps\":[{\"name\":\"a\"},{\"name\":\"b\",\"id\":\"i\",\"status\":\"FAILURE\"}]}",
         "Step #0: x\nStep #1 - \"i\": y\nStep #10: z\nStep #1 - \"i\": w: v\nStep #0: u\n", "y\nw: v\n"},
        {"{\"steps\":[{\"name\":\"a\"},{\"name\":\"b\"}],\"statusDetail\":\"build step 1 \\\"b\\\" failed\"}",
         "Step #0: x\nStep #1: y\n", "y\n"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        json_auto_t *build = json_loads(rows[i].build, 0, NULL);
        CR_AUTO_FREE char *lines = gcp_build_last_lines(build, rows[i].log, 3);

        assert_string_equal(lines, rows[i].lines);
    }
}

TEST_MAIN(cmocka_unit_test(known_causes_have_their_hint), cmocka_unit_test(refused_creations_have_theirs),
          cmocka_unit_test(last_lines_are_those_of_the_step))
