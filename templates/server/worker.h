/*
 * worker.h - the one thread that loads the model and answers, and the bounded queue before it.
 *
 * One request runs at a time: the model's own threads use the processors, and a second request beside it would only
 * slow both down. `queue` more may wait; the next is refused at once, which lets the platform start an instance.
 */
#ifndef SERVER_WORKER_H
#define SERVER_WORKER_H

#include "service.h"

struct job {
    const char *body; /* borrowed until done is called */
    size_t length;
    struct reply *reply;
    int64_t submitted_us;
    void (*done)(struct job *job); /* called on the worker; the job may be gone when it returns */
    struct job *next;
};

struct worker;

/* Starts the thread, which opens the service first. `loaded_fd` (an eventfd) is written once the state is known. */
int worker_start(struct service *service, int loaded_fd, struct worker **out, struct error *err);
bool worker_full(struct worker *w); /* only the thread that submits may rely on the answer */
void worker_submit(struct worker *w, struct job *job);
void worker_stop(struct worker *w); /* answers what is queued, ends the thread and closes the service */

#endif
