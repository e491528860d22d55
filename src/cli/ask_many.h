/*
 * ask_many.h - many questions to one service, several at a time, answered in the order in which they were asked.
 *
 * At most twice as many questions and answers as run at a time are held, however many there are: who reads them waits
 * for the oldest. Each runner has a connection of its own that it keeps. Ctrl-C ends what runs; what was answered
 * before the first unanswered question has been given by then.
 *
 * Errors: next()'s, once what was read before it is answered; give()'s at once; CR_E_INTERRUPT. A question that fails
 * is no error of these: its item has it.
 */
#ifndef CLI_ASK_MANY_H
#define CLI_ASK_MANY_H

#include "cli/ask.h"

struct cli_item {
    size_t number; /* from 0 */
    size_t line;   /* next()'s, for give(); or 0 */
    char *body;    /* new; freed behind give() */
    size_t len;
    bool failed; /* err says why; set by next() for a question that cannot be asked */
    struct cr_error err;
    struct cli_answer answer; /* valid where a status came back: answer.status is not 0 */
};

struct cli_many {
    struct cli_connection *link;
    const struct cli_question *question; /* each of them, but for body and len */
    int parallel;                        /* 1 to CLI_PARALLEL_MAX */
    /* Called by the caller's thread: fills body and len; 1, 0 at the end, -1. */
    int (*next)(void *ud, struct cli_item *item, struct cr_error *err);
    /* Called in order, never twice at a time, from any thread. */
    int (*give)(void *ud, const struct cli_item *item, struct cr_error *err);
    /* As cli_question's, never beside give(). */
    void (*waiting)(void *ud, int status, int64_t left_ms);
    void *ud;
};

#define CLI_PARALLEL_MAX 256

int cli_ask_many(const struct cli_many *many, struct cr_error *err) CR_CHECKED;

#endif
