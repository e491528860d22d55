#include "qa.h"

#include <string.h>
#include <time.h>

#include "mem.h"
#include "qa_graph.h"
#include "qa_span.h"
#include "unicode.h"

enum { MAX_LENGTH = 384, STRIDE = 128, MAX_ANSWER_TOKENS = 15, LEAST_LENGTH = 16 };

struct qa {
    struct task task;
    struct vocab *vocab;
    struct qa_graph graph;
    size_t max_length, stride, longest;
    bool full;
    struct encoding question, context; /* of the request at hand */
};

struct answer {
    struct qa_span span; /* indices of the context's tokens */
    double probability;
};

/* The field as text; *len bytes, and a NUL may be among them. */
static int get_text(const json_t *request, const char *key, const char **text, size_t *len, struct error *err)
{
    const json_t *field = json_object_get(request, key);

    if (!field)
        return error_set(err, 400, "'%s' is missing", key);
    if (!json_is_string(field))
        return error_set(err, 400, "'%s' is not a string", key);
    *text = json_string_value(field);
    *len = json_string_length(field);
    return 0;
}

static int check_fields(const json_t *request, struct error *err)
{
    const char *key;
    json_t *value;

    if (!json_is_object(request))
        return error_set(err, 400, "the request is not an object with 'context' and 'question'");
    json_object_foreach((json_t *)request, key, value)
    {
        if (strcmp(key, "context") != 0 && strcmp(key, "question") != 0)
            return error_set(err, 400, "unknown field '%.*s'; there are 'context' and 'question'",
                             (int)unicode_cut(key, 100), key);
    }
    return 0;
}

static int encode(struct qa *qa, const json_t *request, const char *key, struct encoding *out, struct error *err)
{
    const char *text = NULL;
    size_t len = 0;

    if (get_text(request, key, &text, &len, err) < 0)
        return -1;
    if (wordpiece_encode(qa->vocab, text, len, out, err) < 0)
        return error_wrap(err, "'%s'", key);
    if (!out->n)
        return error_set(err, 400, "'%s' is empty", key);
    return 0;
}

static int ask_window(struct qa *qa, const struct qa_window *w, size_t from, bool *found, struct answer *best,
                      struct error *err)
{
    const float *start, *end;
    struct qa_span span = {0};

    if (qa_graph_run(&qa->graph, qa->vocab, w, &start, &end, err) < 0)
        return -1;
    if (!qa_span_best(start, end, w->n_context, qa->longest, &span) || (*found && span.logit <= best->span.logit))
        return 0;
    best->probability = qa_span_probability(start, end, w->n_context, &span);
    best->span = (struct qa_span){.first = span.first + from, .last = span.last + from, .logit = span.logit};
    *found = true;
    return 0;
}

static bool late(const struct task *t)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return t->deadline_us && (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000 > t->deadline_us;
}

/* Every window in turn; the last is the first that reaches the end. */
static int ask_windows(struct qa *qa, struct answer *best, struct error *err)
{
    size_t room = qa->max_length - 3 - qa->question.n, n = qa->context.n, to = 0;
    size_t stride = qa->stride < room / 2 ? qa->stride : room / 2;
    bool found = false;

    for (size_t from = 0; to < n; from += room - stride) {
        struct qa_window w = {
            .question = qa->question.tokens, .n_question = qa->question.n, .context = qa->context.tokens + from};

        if (late(&qa->task))
            return error_set(err, 503, "'context' is too long to be read in time: %zu of its %zu tokens were", to, n);
        to = n - from < room ? n : from + room;
        w.n_context = to - from;
        if (ask_window(qa, &w, from, &found, best, err) < 0)
            return -1;
    }
    return found ? 0 : error_set(err, 500, "the model's logits are not numbers");
}

/* A word is answered whole, however it was taken apart. */
static void widen(const struct encoding *context, struct qa_span *span)
{
    const struct token *t = context->tokens;

    while (span->first > 0 && t[span->first - 1].word == t[span->first].word)
        span->first--;
    while (span->last + 1 < context->n && t[span->last + 1].word == t[span->last].word)
        span->last++;
}

static json_t *bare_answer(const struct qa *qa, const struct qa_span *span)
{
    char *text = wordpiece_join(qa->vocab, qa->context.tokens + span->first, span->last - span->first + 1);
    json_t *out = json_string(text);

    free(text);
    return out;
}

static json_t *full_answer(const struct qa *qa, const char *context, const struct answer *a)
{
    size_t start = qa->context.tokens[a->span.first].start, end = qa->context.tokens[a->span.last].end;
    json_int_t before = (json_int_t)unicode_count(context, start);
    json_int_t within = (json_int_t)unicode_count(context + start, end - start);

    return json_pack("{s:s%, s:f, s:I, s:I}", "answer", context + start, end - start, "score", a->probability, "start",
                     before, "end", before + within);
}

static int qa_answer(struct task *t, const json_t *request, json_t **response, struct error *err)
{
    struct qa *qa = (struct qa *)t;
    struct answer best = {0};
    json_t *out;

    if (check_fields(request, err) < 0 || encode(qa, request, "context", &qa->context, err) < 0 ||
        encode(qa, request, "question", &qa->question, err) < 0)
        return -1;
    if (qa->question.n > qa->max_length / 2)
        return error_set(err, 400, "'question' has %zu tokens, and the model takes at most %zu of them", qa->question.n,
                         qa->max_length / 2);
    if (ask_windows(qa, &best, err) < 0)
        return -1;
    widen(&qa->context, &best.span);
    out = qa->full ? full_answer(qa, json_string_value(json_object_get(request, "context")), &best)
                   : bare_answer(qa, &best.span);
    if (!out)
        return error_set(err, 500, "the answer cannot be written as JSON");
    *response = out;
    return 0;
}

static int qa_warm(struct task *t, struct error *err)
{
    struct qa *qa = (struct qa *)t;
    const struct token word = {.id = qa->vocab->unk};
    const struct qa_window w = {.question = &word, .n_question = 1, .context = &word, .n_context = 1};
    const float *start, *end;

    return qa_graph_run(&qa->graph, qa->vocab, &w, &start, &end, err);
}

static void qa_close(struct task *t)
{
    struct qa *qa = (struct qa *)t;

    vocab_free(qa->vocab);
    qa_graph_close(&qa->graph);
    encoding_free(&qa->question);
    encoding_free(&qa->context);
    free(qa);
}

/* -1: the file does not say. */
static int get_flag(const json_t *config, const char *key)
{
    const json_t *v = json_object_get(config, key);

    return json_is_boolean(v) ? json_is_true(v) : -1;
}

static void lower_limit(const json_t *config, const char *key, size_t *limit)
{
    double v = json_real_value(json_object_get(config, key));

    if (v >= 1 && v < (double)*limit)
        *limit = (size_t)v;
}

static int open_vocab(const struct task_config *c, const json_t *config, struct vocab **out, struct error *err)
{
    const struct vocab_options options = {.lower = get_flag(config, "do_lower_case"),
                                          .chinese = get_flag(config, "tokenize_chinese_chars"),
                                          .strip = get_flag(config, "strip_accents")};

    if (c->tokenizer)
        return vocab_open(c->tokenizer, VOCAB_JSON, NULL, out, err);
    if (c->vocab)
        return vocab_open(c->vocab, VOCAB_LINES, &options, out, err);
    return error_set(err, 500, "question-answering needs a tokenizer: tokenizer.json or vocab.txt");
}

/* The window: the smallest of what the manifest, the model's own files and the graph allow. */
static int choose_length(struct qa *qa, const struct task_config *c, const json_t *config, struct error *err)
{
    qa->max_length = c->max_length > 0 ? (size_t)c->max_length : MAX_LENGTH;
    lower_limit(config, "max_position_embeddings", &qa->max_length);
    lower_limit(config, "model_max_length", &qa->max_length);
    if (qa->graph.fixed && qa->graph.fixed < qa->max_length)
        qa->max_length = qa->graph.fixed;
    if (qa->max_length < LEAST_LENGTH)
        return error_set(err, 500, "a window of %zu tokens is too short: max_length must be %d or more", qa->max_length,
                         LEAST_LENGTH);
    return 0;
}

/* A file without numbers too big for jansson: model_max_length may be 1e30 written out. */
static int read_config(const char *path, json_t **out, struct error *err)
{
    json_error_t why;

    if (!path)
        return 0;
    *out = json_load_file(path, JSON_DECODE_INT_AS_REAL, &why);
    if (!json_is_object(*out))
        return error_set(err, 500, "'%s' is not a JSON object: %s", path, *out ? "another type" : why.text);
    return 0;
}

int qa_open(const struct task_config *c, struct model *m, struct task **out, struct error *err)
{
    static const struct task_ops ops = {.answer = qa_answer, .warm = qa_warm, .close = qa_close};
    struct qa *qa = mem_alloc(sizeof(*qa));
    json_t *config = NULL;
    int rc;

    *qa = (struct qa){.task = {.ops = &ops, .model = m}, .full = c->full};
    qa->stride = c->stride >= 0 ? (size_t)c->stride : STRIDE;
    qa->longest = c->max_answer_tokens > 0 ? (size_t)c->max_answer_tokens : MAX_ANSWER_TOKENS;
    rc = read_config(c->config, &config, err) < 0 || open_vocab(c, config, &qa->vocab, err) < 0 ||
         qa_graph_open(m, &qa->graph, err) < 0 || choose_length(qa, c, config, err) < 0;
    json_decref(config);
    if (rc) {
        qa_close(&qa->task);
        return -1;
    }
    *out = &qa->task;
    return 0;
}
