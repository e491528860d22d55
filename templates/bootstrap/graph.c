#include "graph.h"

#include <onnxruntime/onnxruntime_c_api.h>
#include <stdio.h>
#include <string.h>

#include "quiet.h"

static int check(const OrtApi *api, OrtStatus *status, const char *what, struct error *err)
{
    if (!status)
        return 0;
    error_set(err, 500, "%s: %.400s", what, api->GetErrorMessage(status));
    api->ReleaseStatus(status);
    return -1;
}

struct wanted {
    const char *from, *to;
    GraphOptimizationLevel level;
    bool external;
};

int graph_level(const char *word, int *level, struct error *err)
{
    static const struct {
        const char *word;
        GraphOptimizationLevel level;
    } levels[] = {{"none", ORT_DISABLE_ALL}, {"basic", ORT_ENABLE_BASIC}, {"all", ORT_ENABLE_EXTENDED}};

    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        if (strcmp(levels[i].word, word) == 0) {
            *level = levels[i].level;
            return 0;
        }
    }
    return error_set(err, 500, "crdeploy.json: optimize is '%s' (expected: none, basic, all)", word);
}

static int configure(const OrtApi *api, OrtSessionOptions *o, const struct wanted *w, struct error *err)
{
    if (check(api, api->SetIntraOpNumThreads(o, 1), "setting threads", err) < 0 ||
        check(api, api->SetInterOpNumThreads(o, 1), "setting threads", err) < 0 ||
        check(api, api->SetSessionGraphOptimizationLevel(o, w->level), "setting the level", err) < 0 ||
        check(api, api->SetOptimizedModelFilePath(o, w->to), "setting the output", err) < 0 ||
        check(api, api->AddSessionConfigEntry(o, "session.disable_prepacking", "1"), "setting prepacking", err) < 0)
        return -1;
    if (!w->external)
        return 0;
    return check(
        api, api->AddSessionConfigEntry(o, "session.optimized_model_external_initializers_file_name", GRAPH_WEIGHTS),
        "setting the file of the weights", err);
}

/* Opening a session is what writes the optimised graph. */
static int open_once(const OrtApi *api, const OrtEnv *env, const struct wanted *w, struct error *err)
{
    OrtSessionOptions *o;
    OrtSession *session = NULL;
    int rc;

    if (check(api, api->CreateSessionOptions(&o), "starting ONNX Runtime", err) < 0)
        return -1;
    rc = configure(api, o, w, err);
    if (rc == 0)
        rc = check(api, api->CreateSession(env, w->from, o, &session), "opening the graph", err);
    if (session)
        api->ReleaseSession(session);
    api->ReleaseSessionOptions(o);
    return rc < 0 ? error_wrap(err, "'%s'", w->from) : 0;
}

static int open_quietly(const OrtApi *api, const OrtEnv *env, const struct wanted *w, struct error *err)
{
    int token = quiet_begin(), rc = open_once(api, env, w, err);

    quiet_end(token);
    return rc;
}

int graph_prepare(const char *from, const char *dir, int level, bool external, struct error *err)
{
    const OrtApi *api = OrtGetApiBase()->GetApi(ORT_API_VERSION);
    char to[4096];
    struct wanted wanted = {.from = from, .to = to, .level = (GraphOptimizationLevel)level, .external = external};
    OrtEnv *env;
    int rc;

    snprintf(to, sizeof(to), "%s/" GRAPH_FILE, dir);
    if (check(api, api->CreateEnv(ORT_LOGGING_LEVEL_ERROR, "prepare", &env), "starting ONNX Runtime", err) < 0)
        return -1;
    rc = open_quietly(api, env, &wanted, err);
    api->ReleaseEnv(env);
    return rc;
}

const char *graph_runtime(void)
{
    return OrtGetApiBase()->GetVersionString();
}
