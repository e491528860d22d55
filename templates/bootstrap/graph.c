#include "graph.h"

#include <onnxruntime/onnxruntime_c_api.h>
#include <stdio.h>

#include "quiet.h"

static int check(const OrtApi *api, OrtStatus *status, const char *what, struct error *err)
{
    if (!status)
        return 0;
    error_set(err, 500, "%s: %.400s", what, api->GetErrorMessage(status));
    api->ReleaseStatus(status);
    return -1;
}

static int configure(const OrtApi *api, OrtSessionOptions *o, const char *to, struct error *err)
{
    if (check(api, api->SetIntraOpNumThreads(o, 1), "setting threads", err) < 0 ||
        check(api, api->SetInterOpNumThreads(o, 1), "setting threads", err) < 0 ||
        check(api, api->SetSessionGraphOptimizationLevel(o, ORT_ENABLE_EXTENDED), "setting the level", err) < 0 ||
        check(api, api->SetOptimizedModelFilePath(o, to), "setting the output", err) < 0 ||
        check(api, api->AddSessionConfigEntry(o, "session.disable_prepacking", "1"), "setting prepacking", err) < 0)
        return -1;
    return check(
        api, api->AddSessionConfigEntry(o, "session.optimized_model_external_initializers_file_name", GRAPH_WEIGHTS),
        "setting the file of the weights", err);
}

/* Opening a session is what writes the optimised graph. */
static int open_once(const OrtApi *api, const OrtEnv *env, const char *from, const char *to, struct error *err)
{
    OrtSessionOptions *o;
    OrtSession *session = NULL;
    int rc;

    if (check(api, api->CreateSessionOptions(&o), "starting ONNX Runtime", err) < 0)
        return -1;
    rc = configure(api, o, to, err);
    if (rc == 0)
        rc = check(api, api->CreateSession(env, from, o, &session), "opening the graph", err);
    if (session)
        api->ReleaseSession(session);
    api->ReleaseSessionOptions(o);
    return rc < 0 ? error_wrap(err, "'%s'", from) : 0;
}

static int open_quietly(const OrtApi *api, const OrtEnv *env, const char *from, const char *to, struct error *err)
{
    int token = quiet_begin(), rc = open_once(api, env, from, to, err);

    quiet_end(token);
    return rc;
}

int graph_prepare(const char *from, const char *dir, struct error *err)
{
    const OrtApi *api = OrtGetApiBase()->GetApi(ORT_API_VERSION);
    char to[4096];
    OrtEnv *env;
    int rc;

    snprintf(to, sizeof(to), "%s/" GRAPH_FILE, dir);
    if (check(api, api->CreateEnv(ORT_LOGGING_LEVEL_ERROR, "prepare", &env), "starting ONNX Runtime", err) < 0)
        return -1;
    rc = open_quietly(api, env, from, to, err);
    api->ReleaseEnv(env);
    return rc;
}

const char *graph_runtime(void)
{
    return OrtGetApiBase()->GetVersionString();
}
