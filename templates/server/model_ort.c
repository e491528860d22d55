/* model_ort.c - the seam's real filling: ONNX Runtime through its C API.
 *
 * The graph was optimised by bootstrap and its weights are in a file beside it, so the session is opened with
 * optimisation off, and with prepacking off unless the weights are small: ONNX Runtime then maps the weights and copies
 * nothing, which is what makes a start take a tenth of a second rather than seconds. README.md has what was measured.
 * Of a graph with subgraphs, or one that could not be prepared, the weights may be inside it: then they are copied.
 */
#include "model.h"

#include <dirent.h>
#include <onnxruntime/onnxruntime_c_api.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "mem.h"
#include "quiet.h"

#define MAX_IO 64

struct model {
    const OrtApi *api;
    OrtEnv *env;
    OrtSession *session;
    OrtMemoryInfo *memory;
    OrtAllocator *allocator; /* the default one: not owned */
    struct model_io inputs[MAX_IO], outputs[MAX_IO];
    struct model_signature signature;
};

static const struct {
    ONNXTensorElementDataType ort;
    enum tensor_type type;
} types[] = {
    {ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL, TENSOR_BOOL},     {ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8, TENSOR_UINT8},
    {ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT16, TENSOR_UINT16}, {ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT32, TENSOR_UINT32},
    {ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT64, TENSOR_UINT64}, {ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8, TENSOR_INT8},
    {ONNX_TENSOR_ELEMENT_DATA_TYPE_INT16, TENSOR_INT16},   {ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32, TENSOR_INT32},
    {ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64, TENSOR_INT64},   {ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16, TENSOR_FP16},
    {ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, TENSOR_FP32},    {ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE, TENSOR_FP64},
};

/* A status is an allocated message, or NULL when all went well. */
static int check(const struct model *m, OrtStatus *status, int http, const char *what, struct error *err)
{
    if (!status)
        return 0;
    error_set(err, http, "%s: %.400s", what, m->api->GetErrorMessage(status));
    m->api->ReleaseStatus(status);
    return -1;
}

static int type_of(ONNXTensorElementDataType ort, enum tensor_type *out)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (types[i].ort == ort) {
            *out = types[i].type;
            return 0;
        }
    }
    return -1;
}

static ONNXTensorElementDataType ort_of(enum tensor_type type)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (types[i].type == type)
            return types[i].ort;
    }
    return ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
}

/* Type, rank and shape; a free dimension comes out as -1. */
static int read_shape(const struct model *m, const OrtTensorTypeAndShapeInfo *info, enum tensor_type *type,
                      int64_t *shape, size_t *rank, struct error *err)
{
    ONNXTensorElementDataType ort;

    if (check(m, m->api->GetTensorElementType(info, &ort), 500, "reading a tensor's type", err) < 0 ||
        check(m, m->api->GetDimensionsCount(info, rank), 500, "reading a tensor's rank", err) < 0)
        return -1;
    if (type_of(ort, type) < 0)
        return error_set(err, 500, "its elements are of type %d, which is not supported", (int)ort);
    if (*rank > TENSOR_MAX_RANK)
        return error_set(err, 500, "it has %zu dimensions: at most %d are supported", *rank, TENSOR_MAX_RANK);
    return check(m, m->api->GetDimensions(info, shape, *rank), 500, "reading a tensor's shape", err);
}

static int describe_type(const struct model *m, const OrtTypeInfo *info, struct model_io *io, struct error *err)
{
    const OrtTensorTypeAndShapeInfo *tensor = NULL;

    if (check(m, m->api->CastTypeInfoToTensorInfo(info, &tensor), 500, "reading a type", err) < 0)
        return -1;
    if (!tensor)
        return error_set(err, 500, "it is not a tensor (a sequence or a map)");
    if (read_shape(m, tensor, &io->type, io->shape, &io->rank, err) < 0)
        return -1;
    for (size_t i = 0; i < io->rank; i++)
        io->shape[i] = io->shape[i] < 0 ? -1 : io->shape[i];
    return 0;
}

typedef OrtStatus *(ORT_API_CALL *name_fn)(const OrtSession *, size_t, OrtAllocator *, char **);
typedef OrtStatus *(ORT_API_CALL *type_fn)(const OrtSession *, size_t, OrtTypeInfo **);

static int describe_one(struct model *m, size_t i, name_fn name, type_fn type, struct model_io *io, struct error *err)
{
    OrtTypeInfo *info;
    char *text;
    int rc;

    if (check(m, name(m->session, i, m->allocator, &text), 500, "reading a name", err) < 0)
        return -1;
    io->name = mem_text(text);
    m->allocator->Free(m->allocator, text);
    if (check(m, type(m->session, i, &info), 500, "reading a type", err) < 0)
        return -1;
    rc = describe_type(m, info, io, err);
    m->api->ReleaseTypeInfo(info);
    return rc < 0 ? error_wrap(err, "'%s' of the graph", io->name) : 0;
}

static int describe(struct model *m, struct error *err)
{
    struct model_signature *s = &m->signature;
    size_t inputs, outputs;

    if (check(m, m->api->SessionGetInputCount(m->session, &inputs), 500, "counting inputs", err) < 0 ||
        check(m, m->api->SessionGetOutputCount(m->session, &outputs), 500, "counting outputs", err) < 0)
        return -1;
    if (inputs > MAX_IO || outputs > MAX_IO)
        return error_set(err, 500, "the graph has %zu inputs and %zu outputs: at most %d are supported", inputs,
                         outputs, MAX_IO);
    for (; s->n_inputs < inputs; s->n_inputs++) {
        if (describe_one(m, s->n_inputs, m->api->SessionGetInputName, m->api->SessionGetInputTypeInfo,
                         &m->inputs[s->n_inputs], err) < 0)
            return -1;
    }
    for (; s->n_outputs < outputs; s->n_outputs++) {
        if (describe_one(m, s->n_outputs, m->api->SessionGetOutputName, m->api->SessionGetOutputTypeInfo,
                         &m->outputs[s->n_outputs], err) < 0)
            return -1;
    }
    return 0;
}

/* The graph's file and those beside it: its weights may be in any number of files, and the rest is small. */
static int64_t weights_size(const char *graph)
{
    const char *slash = strrchr(graph, '/');
    char name[4096];
    struct dirent *entry;
    struct stat st;
    int64_t sum = 0;
    DIR *dir;

    snprintf(name, sizeof(name), "%.*s", slash ? (int)(slash - graph + 1) : 2, slash ? graph : "./");
    dir = opendir(name);
    while (dir && (entry = readdir(dir)) != NULL) {
        if (fstatat(dirfd(dir), entry->d_name, &st, 0) == 0 && S_ISREG(st.st_mode))
            sum += st.st_size;
    }
    if (dir)
        closedir(dir);
    return sum;
}

/* Packed weights answer faster, but packing copies them all: worth it only while that costs nothing that is felt. */
static const char *no_packing(const struct model_options *options)
{
    return weights_size(options->path) <= options->pack_mb << 20 ? "0" : "1";
}

/* Thread counts are always set: the default reads the host's processors, not the container's. */
static int configure(struct model *m, OrtSessionOptions *o, const struct model_options *options, struct error *err)
{
    const OrtApi *api = m->api;

    if (check(m, api->SetIntraOpNumThreads(o, options->threads), 500, "setting threads", err) < 0 ||
        check(m, api->SetInterOpNumThreads(o, 1), 500, "setting threads", err) < 0 ||
        check(m, api->SetSessionExecutionMode(o, ORT_SEQUENTIAL), 500, "setting the mode", err) < 0 ||
        check(m, api->SetSessionGraphOptimizationLevel(o, ORT_DISABLE_ALL), 500, "setting the level", err) < 0)
        return -1;
    return check(m, api->AddSessionConfigEntry(o, "session.disable_prepacking", no_packing(options)), 500,
                 "setting prepacking", err);
}

/* Quiet: what fails comes back as a status and is answered and logged by us, in JSON. */
static int open_session(struct model *m, const struct model_options *options, struct error *err)
{
    OrtSessionOptions *o;
    int rc;

    if (check(m, m->api->CreateEnv(ORT_LOGGING_LEVEL_FATAL, "server", &m->env), 500, "starting ONNX Runtime", err) <
            0 ||
        check(m, m->api->GetAllocatorWithDefaultOptions(&m->allocator), 500, "starting ONNX Runtime", err) < 0 ||
        check(m, m->api->CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &m->memory), 500,
              "starting ONNX Runtime", err) < 0 ||
        check(m, m->api->CreateSessionOptions(&o), 500, "starting ONNX Runtime", err) < 0)
        return -1;
    rc = configure(m, o, options, err);
    if (rc == 0)
        rc = check(m, m->api->CreateSession(m->env, options->path, o, &m->session), 500, "opening the graph", err);
    m->api->ReleaseSessionOptions(o);
    return rc;
}

static int open_quietly(struct model *m, const struct model_options *options, struct error *err)
{
    int token = quiet_begin(), rc = open_session(m, options, err);

    quiet_end(token);
    return rc < 0 ? -1 : describe(m, err);
}

int model_open(const struct model_options *options, struct model **out, struct error *err)
{
    struct model *m = mem_zero(sizeof(*m));

    m->api = OrtGetApiBase()->GetApi(ORT_API_VERSION);
    m->signature.inputs = m->inputs;
    m->signature.outputs = m->outputs;
    if (!m->api)
        error_set(err, 500, "ONNX Runtime %s is older than what this was built for",
                  OrtGetApiBase()->GetVersionString());
    if (!m->api || open_quietly(m, options, err) < 0) {
        model_close(m);
        return error_wrap(err, "'%s'", options->path);
    }
    *out = m;
    return 0;
}

void model_close(struct model *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < MAX_IO; i++) {
        free(m->inputs[i].name);
        free(m->outputs[i].name);
    }
    if (m->session)
        m->api->ReleaseSession(m->session);
    if (m->memory)
        m->api->ReleaseMemoryInfo(m->memory);
    if (m->env)
        m->api->ReleaseEnv(m->env);
    free(m);
}

const struct model_signature *model_signature(const struct model *m)
{
    return &m->signature;
}

static char runtime[64];

static void name_runtime(void)
{
    snprintf(runtime, sizeof(runtime), "onnxruntime %s", OrtGetApiBase()->GetVersionString());
}

const char *model_runtime(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT; /* both threads ask */

    pthread_once(&once, name_runtime);
    return runtime;
}

/* Copies one value out, so that ONNX Runtime's arena may have its memory back. */
static int take_output(const struct model *m, OrtValue *value, struct tensor *t, struct error *err)
{
    OrtTensorTypeAndShapeInfo *info;
    int64_t shape[TENSOR_MAX_RANK];
    enum tensor_type type;
    size_t rank;
    void *data;
    int rc;

    if (check(m, m->api->GetTensorTypeAndShape(value, &info), 500, "reading an output", err) < 0)
        return -1;
    rc = read_shape(m, info, &type, shape, &rank, err);
    m->api->ReleaseTensorTypeAndShapeInfo(info);
    if (rc < 0 || tensor_shape(t, type, shape, rank, err) < 0) {
        err->status = 500; /* whatever it is, the client did not do it */
        return -1;
    }
    if (check(m, m->api->GetTensorMutableData(value, &data), 500, "reading an output", err) < 0)
        return -1;
    memcpy(t->data, data, t->count * tensor_size(type));
    return 0;
}

static int run(struct model *m, const struct tensor *inputs, size_t n_inputs, OrtValue **values, struct tensor *outputs,
               size_t n_outputs, OrtValue **results, struct error *err)
{
    const char *in[MAX_IO], *out[MAX_IO];

    for (size_t i = 0; i < n_inputs; i++) {
        const struct tensor *t = &inputs[i];

        in[i] = t->name;
        if (check(m,
                  m->api->CreateTensorWithDataAsOrtValue(m->memory, t->data, t->count * tensor_size(t->type), t->shape,
                                                         t->rank, ort_of(t->type), &values[i]),
                  500, "wrapping an input", err) < 0)
            return -1;
    }
    for (size_t i = 0; i < n_outputs; i++)
        out[i] = outputs[i].name;
    /* What names and types are right and still does not run, the shapes of the request made so. */
    if (check(m, m->api->Run(m->session, NULL, in, (const OrtValue *const *)values, n_inputs, out, n_outputs, results),
              400, "the model refused the inputs", err) < 0)
        return -1;
    for (size_t i = 0; i < n_outputs; i++) {
        if (take_output(m, results[i], &outputs[i], err) < 0)
            return -1;
    }
    return 0;
}

int model_run(struct model *m, const struct tensor *inputs, size_t n_inputs, struct tensor *outputs, size_t n_outputs,
              struct error *err)
{
    OrtValue *values[MAX_IO] = {0}, *results[MAX_IO] = {0};
    int rc;

    if (n_inputs > MAX_IO || n_outputs > MAX_IO)
        return error_set(err, 500, "more than %d tensors", MAX_IO);
    rc = run(m, inputs, n_inputs, values, outputs, n_outputs, results, err);
    for (size_t i = 0; i < n_inputs; i++) {
        if (values[i])
            m->api->ReleaseValue(values[i]);
    }
    for (size_t i = 0; i < n_outputs; i++) {
        if (results[i])
            m->api->ReleaseValue(results[i]);
    }
    return rc;
}
