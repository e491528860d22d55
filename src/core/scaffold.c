#include "core/scaffold.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

#define MANIFEST_MAX (64 * 1024)
#define CONFIG_MAX ((size_t)4 << 20)
#define LENGTH_MAX 384 /* longer windows cost time, and a longer context is read through several */

void cr_scaffold_clear(struct cr_scaffold *s)
{
    for (int key = 0; key < CR_KEY_COUNT; key++)
        free(s->text[key]);
    *s = (struct cr_scaffold){0};
}

void cr_scaffold_set(struct cr_scaffold *s, enum cr_key key, const char *text)
{
    char *copy = cr_strdup(text);

    free(s->text[key]);
    s->text[key] = copy;
}

static void set_new(struct cr_scaffold *s, enum cr_key key, const char *text)
{
    if (!s->text[key])
        cr_scaffold_set(s, key, text);
}

void cr_scaffold_name(const char *text, char name[50])
{
    size_t n = 0;

    for (; *text && n < 49; text++) {
        char c = *text >= 'A' && *text <= 'Z' ? (char)(*text + 32) : *text;

        if ((c >= 'a' && c <= 'z') || (n && c >= '0' && c <= '9'))
            name[n++] = c;
        else if (n && name[n - 1] != '-')
            name[n++] = '-';
    }
    while (n && name[n - 1] == '-')
        n--;
    name[n] = '\0';
    if (!n)
        memcpy(name, "model", 6);
}

static bool beside(const char *dir, const char *name)
{
    CR_AUTO_FREE char *path = cr_path_join(dir, name);

    return access(path, R_OK) == 0;
}

/* A JSON file of the directory; NULL in *json when it is not there. */
static int read_json(const char *dir, const char *name, json_t **json, struct cr_error *err)
{
    CR_AUTO_FREE char *path = cr_path_join(dir, name), *text = NULL;
    json_error_t bad;
    size_t len;

    *json = NULL;
    if (access(path, F_OK) < 0)
        return 0;
    if (cr_file_read(path, CONFIG_MAX, &text, &len, err) < 0)
        return -1;
    *json = json_loadb(text, len, 0, &bad);
    if (*json)
        return 0;
    cr_fail(err, CR_E_CONFIG, "%s:%d:%d: %s", path, bad.line, bad.column, bad.text);
    return cr_hint(err, "mend the file, or export the model again: optimum-cli export onnx --model NAME %s", dir);
}

/* config.json names the class of the model: DistilBertForQuestionAnswering. */
static const char *task_of(const json_t *config)
{
    static const char suffix[] = "ForQuestionAnswering";
    const json_t *list = json_object_get(config, "architectures"), *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        const char *name = json_string_value(item);
        size_t n = name ? strlen(name) : 0;

        if (n >= sizeof(suffix) - 1 && strcmp(name + n - (sizeof(suffix) - 1), suffix) == 0)
            return "question-answering";
    }
    return "tensor";
}

/* The longest input of the model, capped. Tokenizers without a limit of their own say so with a number like 1e30. */
static json_int_t length_of(const json_t *config, const json_t *tokenizer)
{
    json_int_t most = LENGTH_MAX, n;

    n = json_integer_value(json_object_get(config, "max_position_embeddings"));
    most = n > 0 && n < most ? n : most;
    n = json_integer_value(json_object_get(tokenizer, "model_max_length"));
    return n > 0 && n < most ? n : most;
}

/* Windows must move forward: at most a third of one is shared. */
static void set_windows(struct cr_scaffold *s, json_int_t length)
{
    char text[32];

    snprintf(text, sizeof(text), "%" PRId64, (int64_t)length);
    set_new(s, CR_KEY_SERVER_MAX_LENGTH, text);
    snprintf(text, sizeof(text), "%" PRId64, (int64_t)(length / 3 < 128 ? length / 3 : 128));
    set_new(s, CR_KEY_SERVER_STRIDE, text);
}

int cr_scaffold_look(const char *dir, struct cr_scaffold *s, struct cr_error *err)
{
    static const char *const graphs[] = {"model.onnx", "onnx/model.onnx", "onnx/model_quantized.onnx",
                                         "model_quantized.onnx"};
    json_auto_t *config = NULL, *tokenizer = NULL;
    const char *graph = NULL;

    for (size_t i = 0; i < CR_LEN(graphs) && !graph; i++)
        graph = beside(dir, graphs[i]) ? graphs[i] : NULL;
    if (!graph && !s->text[CR_KEY_FILE_MODEL]) {
        cr_fail(err, CR_E_CONFIG, "'%s' has neither model.onnx nor onnx/model.onnx", dir);
        return cr_hint(err, "export the model to ONNX first: optimum-cli export onnx --model NAME %s", dir);
    }
    if (read_json(dir, "config.json", &config, err) < 0 || read_json(dir, "tokenizer_config.json", &tokenizer, err) < 0)
        return -1;
    if (graph)
        set_new(s, CR_KEY_FILE_MODEL, graph);
    set_new(s, CR_KEY_MODEL_TASK, task_of(config));
    if (beside(dir, "tokenizer.json"))
        set_new(s, CR_KEY_FILE_TOKENIZER, "tokenizer.json");
    if (beside(dir, "vocab.txt"))
        set_new(s, CR_KEY_FILE_VOCAB, "vocab.txt");
    if (config)
        set_new(s, CR_KEY_FILE_CONFIG, "config.json");
    if (strcmp(s->text[CR_KEY_MODEL_TASK], "question-answering") == 0 && (config || tokenizer))
        set_windows(s, length_of(config, tokenizer));
    return 0;
}

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./"

/* May stand without quotes: no sign of YAML's in it, but the colon of an image's tag. */
static bool is_plain(const char *text)
{
    return *text && strchr(LETTERS, *text) && !text[strspn(text, LETTERS "-:")] && !strstr(text, ": ") &&
           text[strlen(text) - 1] != ':';
}

/* Quoted where YAML would read a plain word otherwise. New. */
static char *quoted(const char *text)
{
    CR_AUTO_FREE char *out = cr_malloc(2 * strlen(text) + 3);
    char *to = out;

    if (is_plain(text))
        return cr_strdup(text);
    *to++ = '"';
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            *to++ = '\\';
        *to++ = (unsigned char)*text < 0x20 ? ' ' : *text;
    }
    *to++ = '"';
    *to = '\0';
    return CR_STEAL(out);
}

/* How many leading parts of two dotted paths are the same section. */
static size_t common(const char *a, const char *b)
{
    size_t n = 0;

    for (size_t i = 0; a[i] && a[i] == b[i]; i++)
        if (a[i] == '.')
            n = i + 1;
    return n;
}

static int add(struct cr_str *out, int depth, const char *line)
{
    struct cr_error err = {0};

    return cr_str_addf(out, &err, "%*s%s\n", 2 * depth, "", line);
}

/* Opens the sections that a path has and the one before it had not. Returns the depth of the key. */
static int open_sections(struct cr_str *out, const char *path, const char *before)
{
    size_t from = common(path, before);
    int depth = 0;

    for (const char *p = path; *p; p++)
        if (*p == '.') {
            if ((size_t)(p - path) >= from) {
                const char *start = p;
                CR_AUTO_FREE char *line = NULL;

                while (start > path && start[-1] != '.')
                    start--;
                line = cr_format("%s%.*s:", depth ? "" : "\n", (int)(p - start), start);
                (void)!add(out, depth, line);
            }
            depth++;
        }
    return depth;
}

static void write_key(struct cr_str *out, const struct cr_scaffold *s, enum cr_key key, const char *before)
{
    const struct cr_key_row *row = &cr_keys[key];
    int depth = open_sections(out, row->path, before);
    const char *value = s->text[key] ? s->text[key] : row->fallback ? row->fallback : row->example;
    CR_AUTO_FREE char *text = row->type == CR_T_MAP ? cr_strdup(value) : quoted(value);
    CR_AUTO_FREE char *line = cr_format("%s%s: %s", s->text[key] ? "" : "# ", cr_key_name(key), text);
    CR_AUTO_FREE char *choices = cr_strdup(""), *whole = NULL;

    for (size_t i = 0; row->choices && row->choices[i]; i++) {
        char *old = choices;

        choices = cr_format("%s%s%s", old, i ? ", " : ": ", row->choices[i]);
        free(old);
    }
    whole = cr_format("%-*s  # %s%s", 34 - 2 * depth, line, row->help, choices);
    (void)!add(out, depth, whole);
}

static const char sample_question[] =
    "\n# Asked while the image is built; a different answer fails the build. A response makes it a test:\n"
    "#   response: \"the answer\"\n"
    "samples:\n"
    "  - request:\n"
    "      context: \"Roses are red, Violets are blue, Sugar is sweet, And so are you.\"\n"
    "      question: \"What am I?\"\n";
static const char sample_tensor[] =
    "\n# Asked while the image is built; a different answer fails the build. Name the graph's own inputs and outputs:\n"
    "# samples:\n"
    "#   - request:\n"
    "#       inputs: [{name: x, datatype: FP32, shape: [1, 2], data: [1, 2]}]\n"
    "#     response:\n"
    "#       outputs: [{name: y, datatype: FP32, shape: [1, 1], data: [3]}]\n"
    "#     tolerance: 0.001\n";

char *cr_scaffold_manifest(const struct cr_scaffold *s)
{
    CR_AUTO_STR struct cr_str out = CR_STR_INIT(MANIFEST_MAX);
    const char *task = s->text[CR_KEY_MODEL_TASK], *before = "";

    (void)!add(&out, 0,
               "# What crdeploy builds and runs; crdeploy.yaml(5) explains every key. Lines in comments show defaults");
    (void)!add(&out, 0, "# or examples.");
    for (int key = 0; key < CR_KEY_COUNT; key++) {
        if (key == CR_KEY_SAMPLES)
            continue;
        write_key(&out, s, key, before);
        before = cr_keys[key].path;
    }
    if (s->samples && task)
        (void)!cr_str_addf(&out, &(struct cr_error){0}, "%s",
                           strcmp(task, "question-answering") == 0 ? sample_question : sample_tensor);
    return cr_str_take(&out);
}
