/*
 * qa.h - the task question-answering: {"context": text, "question": text} to the span of the context that answers.
 *
 * Tokens: [CLS] question [SEP] window of the context [SEP]. A context that is longer than one window is read in
 *   several, which overlap by `stride` tokens as Hugging Face's doc_stride does; the best span of all is the answer.
 *   The window is the smallest of max_length, the model's max_position_embeddings (or model_max_length) and the
 *   graph's own sequence dimension. A question may fill half of it; a longer one is refused. A stride of more than
 *   half of what the question leaves to the context counts as that half.
 * Span: highest sum of start and end logit, within the context, not reversed, at most max_answer_tokens, then widened
 *   to whole words: a piece of a word is no answer.
 * Answer: the bare string, tokens joined by spaces and in lower case for an uncased model ("sugar is sweet , and so are
 *   you"; what the vocabulary lacks reads "[UNK]"); or with `full` {"answer": as the context has it, "score":
 *   probability of the start times that of the end over the context tokens of the window, "start", "end": code points}.
 * Errors: 400 for a field that is missing, empty, unknown or of the wrong type; 500 for the model's own.
 */
#ifndef SERVER_QA_H
#define SERVER_QA_H

#include "task.h"

task_open_fn qa_open;

#endif
