#include "local/local.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "local/build_run.h"
#include "local/run_serve.h"
#include "local/token_store.h"

void local_random(char *hex, size_t digits)
{
    unsigned char bytes[64];
    size_t got = 0, want = (digits + 1) / 2;

    while (got < want) {
        ssize_t n = getrandom(bytes + got, want - got, 0);

        got += n > 0 ? (size_t)n : 0;
    }
    for (size_t i = 0; i < digits; i++)
        hex[i] = "0123456789abcdef"[i % 2 ? bytes[i / 2] & 15 : bytes[i / 2] >> 4];
    hex[digits] = '\0';
}

/* Version 4: RFC 9562 section 5.4. */
void local_uuid(char uuid[37])
{
    char hex[33];

    local_random(hex, 32);
    hex[12] = '4';
    hex[16] = "89ab"[hex[16] & 3];
    snprintf(uuid, 37, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

int local_open(struct local *l, const char *state, enum local_runtime_kind kind, const char *server,
               struct cr_error *err)
{
    pthread_mutexattr_t attr;

    *l = (struct local){.kind = kind};
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&l->lock, &attr);
    pthread_mutexattr_destroy(&attr);
    pthread_cond_init(&l->idle, NULL);
    l->state = cr_strdup(state);
    l->server = server ? cr_strdup(server) : NULL;
    local_faults_init(&l->faults);
    l->tokens = local_tokens_new();
    if (cr_dir_make(state, 0700, err) < 0 || local_store_open(state, &l->store, err) < 0)
        return -1;
    return local_builds_recover(l, err);
}

void local_close(struct local *l)
{
    struct cr_error left = {0};

    local_stop_ask(l);
    local_builds_stop(l);
    if (l->inst)
        local_instances_halt(l->inst); /* or the jobs waited for below would wait for startup probes */
    pthread_mutex_lock(&l->lock);
    if (l->inst)
        local_instances_halt(l->inst); /* or jobs would wait for containers that nobody needs any more */
    while (l->jobs)
        pthread_cond_wait(&l->idle, &l->lock);
    pthread_mutex_unlock(&l->lock);
    if (l->in)
        local_ingress_close(l->in);
    if (l->inst)
        local_instances_close(l->inst);
    if (l->rt && l->rt->retire && l->rt->retire(l->rt, &left) < 0)
        fprintf(stderr, "crdeploy-local: %s\n", left.msg);
    if (l->rt)
        l->rt->close(l->rt);
    local_faults_clear(&l->faults);
    local_tokens_free(l->tokens);
    local_store_close(l->store);
    free(l->state);
    free(l->server);
    pthread_mutex_destroy(&l->lock);
    pthread_cond_destroy(&l->idle);
    *l = (struct local){0};
}

static bool identity_valid(void *ud, const char *token, const char *audience)
{
    return local_identity_valid(ud, token, audience);
}

static int open_containers(struct local *l, struct cr_error *err)
{
    struct local_instances_opt io = {.state_dir = l->state};
    struct local_ingress_opt go = {
        .port = l->ingress_port, .token = l->token, .identity = identity_valid, .ud = l, .state_dir = l->state};

    if (!l->rt) {
        if (local_runtime_open(l->kind, l->state, l->server, &l->rt, err) < 0)
            return -1;
        if (l->rt->cleanup(l->rt, err) < 0)
            return -1;
    }
    io.rt = l->rt;
    if (!l->inst && local_instances_open(&io, &l->inst, err) < 0)
        return -1;
    go.instances = l->inst;
    if (local_ingress_open(&go, &l->in, err) < 0)
        return -1;
    l->ingress_port = local_ingress_port(l->in);
    return 0;
}

int local_containers(struct local *l, struct cr_error *err)
{
    int rc = 0;
    bool fresh = false;

    pthread_mutex_lock(&l->lock);
    if (!l->in) {
        rc = open_containers(l, err);
        fresh = rc == 0;
    }
    pthread_mutex_unlock(&l->lock);
    if (fresh)
        local_serve_all(l);
    return rc;
}

struct job {
    struct local *l;
    void (*fn)(struct local *l, void *arg);
    void *arg;
};

static void *run_job(void *p)
{
    struct job job = *(struct job *)p;

    free(p);
    job.fn(job.l, job.arg);
    pthread_mutex_lock(&job.l->lock);
    job.l->jobs--;
    pthread_cond_broadcast(&job.l->idle);
    pthread_mutex_unlock(&job.l->lock);
    return NULL;
}

void local_job(struct local *l, void (*fn)(struct local *l, void *arg), void *arg)
{
    struct job *job = cr_malloc(sizeof(*job));
    pthread_attr_t attr;
    pthread_t thread;

    *job = (struct job){l, fn, arg};
    pthread_mutex_lock(&l->lock);
    l->jobs++;
    pthread_mutex_unlock(&l->lock);
    if (!l->inline_jobs) {
        int rc;

        pthread_attr_init(&attr);
        pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
        rc = pthread_create(&thread, &attr, run_job, job);
        pthread_attr_destroy(&attr);
        if (rc == 0)
            return;
    }
    run_job(job); /* asked for, or no thread to be had: slower, but done */
}

char *local_url(struct local *l)
{
    return cr_format("http://127.0.0.1:%d", l->port);
}

int local_ingress_number(struct local *l)
{
    int port;

    pthread_mutex_lock(&l->lock);
    port = l->ingress_port;
    pthread_mutex_unlock(&l->lock);
    return port;
}

bool local_shares_loopback(struct local *l)
{
    bool shares;

    pthread_mutex_lock(&l->lock);
    shares = l->rt && l->rt->shares_loopback;
    pthread_mutex_unlock(&l->lock);
    return shares;
}

bool local_stopping(struct local *l)
{
    bool stopping;

    pthread_mutex_lock(&l->lock);
    stopping = l->stopping;
    pthread_mutex_unlock(&l->lock);
    return stopping;
}

void local_stop_ask(struct local *l)
{
    pthread_mutex_lock(&l->lock);
    l->stopping = true;
    pthread_mutex_unlock(&l->lock);
}
