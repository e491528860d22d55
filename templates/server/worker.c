#include "worker.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mem.h"

struct worker {
    struct service *service;
    int loaded_fd;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct job *first, **last;
    int64_t waiting; /* queued and running */
    bool stopping;
};

static struct job *take(struct worker *w)
{
    struct job *job;

    pthread_mutex_lock(&w->lock);
    while (!w->first && !w->stopping)
        pthread_cond_wait(&w->wake, &w->lock);
    job = w->first;
    if (job) {
        w->first = job->next;
        if (!w->first)
            w->last = &w->first;
    }
    pthread_mutex_unlock(&w->lock);
    return job;
}

static void run(struct worker *w, struct job *job)
{
    int64_t waited = service_now_us() - job->submitted_us, limit = w->service->settings->wait_s * 1000000;
    bool waiting;

    if (atomic_load(&w->service->state) != SERVICE_READY)
        reply_error(job->reply, 503, "the model could not be loaded");
    else if (waited > limit) {
        reply_error(job->reply, 503, "the request waited too long for its turn");
        job->reply->retry_after_s = 1;
    } else
        service_answer(w->service, job->body, job->length, job->submitted_us + limit, job->reply);
    job->reply->queue_us = waited;
    pthread_mutex_lock(&w->lock);
    waiting = --w->waiting > 0; /* before done: a client that has its answer may ask again */
    pthread_mutex_unlock(&w->lock);
    job->done(job);
    if (!waiting)
        service_rest(w->service);
}

static void *main_loop(void *arg)
{
    struct worker *w = arg;
    uint64_t one = 1;
    struct job *job;

    service_open(w->service);
    if (write(w->loaded_fd, &one, sizeof(one)) < 0)
        return NULL; /* an eventfd refuses only when it would overflow */
    while ((job = take(w)))
        run(w, job);
    return NULL;
}

int worker_start(struct service *service, int loaded_fd, struct worker **out, struct error *err)
{
    struct worker *w = mem_zero(sizeof(*w));
    int rc;

    w->service = service;
    w->loaded_fd = loaded_fd;
    w->last = &w->first;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->wake, NULL);
    rc = pthread_create(&w->thread, NULL, main_loop, w);
    if (rc != 0) {
        free(w);
        return error_set(err, 500, "the worker thread cannot be started: %s", strerror(rc));
    }
    *out = w;
    return 0;
}

bool worker_full(struct worker *w)
{
    bool full;

    pthread_mutex_lock(&w->lock);
    full = w->waiting > w->service->settings->queue;
    pthread_mutex_unlock(&w->lock);
    return full;
}

void worker_submit(struct worker *w, struct job *job)
{
    job->next = NULL;
    job->submitted_us = service_now_us();
    pthread_mutex_lock(&w->lock);
    *w->last = job;
    w->last = &job->next;
    w->waiting++;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
}

void worker_stop(struct worker *w)
{
    pthread_mutex_lock(&w->lock);
    w->stopping = true;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    service_close(w->service);
    pthread_cond_destroy(&w->wake);
    pthread_mutex_destroy(&w->lock);
    free(w);
}
