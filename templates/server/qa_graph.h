/*
 * qa_graph.h - one window through a question-answering graph: ids in, logits of the context out.
 *
 * Inputs input_ids, attention_mask and token_type_ids, each when the graph has it, int64 or int32 [batch, sequence];
 *   outputs start_logits and end_logits, float32. One window a run, so nothing is padded, unless the graph's own
 *   sequence dimension is fixed.
 */
#ifndef SERVER_QA_GRAPH_H
#define SERVER_QA_GRAPH_H

#include "model.h"
#include "wordpiece.h"

struct qa_graph {
    struct model *model; /* borrowed */
    size_t fixed;        /* tokens of every run; 0: any number */
    struct tensor in[3], out[2];
    size_t n_in;
};

struct qa_window {
    const struct token *question, *context;
    size_t n_question, n_context;
};

/* Looks at the graph's signature. 500, naming the input or output that does not fit. */
int qa_graph_open(struct model *m, struct qa_graph *out, struct error *err);
void qa_graph_close(struct qa_graph *g);

size_t qa_graph_tokens(const struct qa_window *w); /* special ones included */

/* *start and *end are the logits of the window's context, n_context of each: borrowed until the next run. */
int qa_graph_run(struct qa_graph *g, const struct vocab *v, const struct qa_window *w, const float **start,
                 const float **end, struct error *err);

#endif
