#include "qa_graph.h"

#include <string.h>

/* In the order of the values that fill() computes. */
static const char *const input_names[] = {"input_ids", "attention_mask", "token_type_ids"};
static const char *const output_names[] = {"start_logits", "end_logits"};

static const struct model_io *find(const struct model_io *list, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(list[i].name, name))
            return &list[i];
    return NULL;
}

static int take_input(struct qa_graph *g, const struct model_io *io, struct error *err)
{
    int64_t tokens = io->rank == 2 ? io->shape[1] : -1;

    if (io->type != TENSOR_INT64 && io->type != TENSOR_INT32)
        return error_set(err, 500, "the graph's input '%s' is %s, not INT64 or INT32", io->name,
                         tensor_type_name(io->type));
    if (io->rank != 2 || io->shape[0] > 1)
        return error_set(err, 500, "the graph's input '%s' is not shaped [batch, sequence] with a batch of 1",
                         io->name);
    if (tokens > 0 && g->fixed && g->fixed != (size_t)tokens)
        return error_set(err, 500, "the graph's inputs differ in length: %zu and %lld", g->fixed, (long long)tokens);
    if (tokens > 0)
        g->fixed = (size_t)tokens;
    g->in[g->n_in++] = (struct tensor){.name = io->name, .type = io->type};
    return 0;
}

static int take_inputs(struct qa_graph *g, const struct model_signature *s, struct error *err)
{
    for (size_t i = 0; i < s->n_inputs; i++) {
        bool known = false;

        for (size_t k = 0; k < 3; k++)
            known |= !strcmp(s->inputs[i].name, input_names[k]);
        if (!known)
            return error_set(err, 500, "the graph's input '%s' is none of input_ids, attention_mask, token_type_ids",
                             s->inputs[i].name);
        if (take_input(g, &s->inputs[i], err) < 0)
            return -1;
    }
    if (!find(s->inputs, s->n_inputs, "input_ids"))
        return error_set(err, 500, "the graph has no input 'input_ids'");
    return 0;
}

int qa_graph_open(struct model *m, struct qa_graph *out, struct error *err)
{
    const struct model_signature *s = model_signature(m);
    struct qa_graph g = {.model = m};

    if (take_inputs(&g, s, err) < 0)
        return -1;
    for (size_t k = 0; k < 2; k++) {
        const struct model_io *io = find(s->outputs, s->n_outputs, output_names[k]);

        if (!io || io->type != TENSOR_FP32)
            return error_set(err, 500, "the graph has no output '%s' of type FP32, as question-answering needs",
                             output_names[k]);
        g.out[k].name = output_names[k];
    }
    *out = g;
    return 0;
}

void qa_graph_close(struct qa_graph *g)
{
    for (size_t i = 0; i < 3; i++)
        tensor_free(&g->in[i]);
    for (size_t i = 0; i < 2; i++)
        tensor_free(&g->out[i]);
}

size_t qa_graph_tokens(const struct qa_window *w)
{
    return w->n_question + w->n_context + 3;
}

/* The id at a place of [CLS] question [SEP] context [SEP]. */
static uint32_t id_at(const struct vocab *v, const struct qa_window *w, size_t i)
{
    if (i == 0)
        return v->cls;
    if (i <= w->n_question)
        return w->question[i - 1].id;
    if (i == w->n_question + 1 || i == w->n_question + w->n_context + 2)
        return v->sep;
    return w->context[i - w->n_question - 2].id;
}

/* Beyond the window's own tokens, in a graph of fixed length, everything is 0 and masked. */
static int fill(struct tensor *t, const struct vocab *v, const struct qa_window *w, size_t length, struct error *err)
{
    const int64_t shape[2] = {1, (int64_t)length};
    size_t own = qa_graph_tokens(w);

    if (tensor_shape(t, t->type, shape, 2, err) < 0)
        return -1;
    for (size_t i = 0; i < length; i++) {
        int64_t value = 0;

        if (i < own && !strcmp(t->name, "input_ids"))
            value = id_at(v, w, i);
        else if (i < own && !strcmp(t->name, "attention_mask"))
            value = 1;
        else if (i < own)
            value = i > w->n_question + 1;
        if (t->type == TENSOR_INT64)
            ((int64_t *)t->data)[i] = value;
        else
            ((int32_t *)t->data)[i] = (int32_t)value;
    }
    return 0;
}

int qa_graph_run(struct qa_graph *g, const struct vocab *v, const struct qa_window *w, const float **start,
                 const float **end, struct error *err)
{
    size_t length = g->fixed ? g->fixed : qa_graph_tokens(w);

    for (size_t i = 0; i < g->n_in; i++)
        if (fill(&g->in[i], v, w, length, err) < 0)
            return -1;
    if (model_run(g->model, g->in, g->n_in, g->out, 2, err) < 0) {
        err->status = 500; /* the shapes are ours, not the client's */
        return -1;
    }
    for (size_t k = 0; k < 2; k++)
        if (g->out[k].type != TENSOR_FP32 || g->out[k].count != length)
            return error_set(err, 500, "the graph's output '%s' has %zu values for %zu tokens", output_names[k],
                             g->out[k].count, length);
    *start = (const float *)g->out[0].data + w->n_question + 2;
    *end = (const float *)g->out[1].data + w->n_question + 2;
    return 0;
}
