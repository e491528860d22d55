/* Load of our own on a revision that nobody is served by yet. */
#include <inttypes.h>

#include "base/clock.h"
#include "base/thread.h"
#include "cli/gradual_parts.h"
#include "gcp/http_curl.h"

enum { LOAD_MS = 60000, AT_ONCE_MAX = 16 };

struct load {
    struct gradual *r;
    pthread_mutex_t lock; /* guards what follows */
    int64_t left, end;
    struct cr_canary_side all;
    char said[GRADUAL_WHY]; /* of the first that failed */
    bool broken;
    struct cr_error err; /* what broke it off */
};

/* The number of the next request; -1: no more of them. */
static int64_t take(struct load *l)
{
    int64_t number = -1;

    pthread_mutex_lock(&l->lock);
    if (!l->broken && l->left > 0 && cr_now_ms() < l->end)
        number = --l->left;
    pthread_mutex_unlock(&l->lock);
    return number;
}

static void *asker(void *arg)
{
    struct load *l = arg;
    struct gcp_http *http = cli_door();
    struct cr_canary_side mine = {0};
    struct cr_error err = {0};
    char said[GRADUAL_WHY], first[GRADUAL_WHY] = "";
    int64_t number;
    int rc = 0;

    while (rc == 0 && (number = take(l)) >= 0) {
        rc = gradual_ask(l->r, http, l->r->tag_url, (size_t)number, &mine, said, &err);
        if (rc == 0 && *said && !*first)
            snprintf(first, sizeof(first), "%s", said);
        if (rc < 0) {
            pthread_mutex_lock(&l->lock);
            l->err = err;
            l->broken = true;
            pthread_mutex_unlock(&l->lock);
        }
    }
    pthread_mutex_lock(&l->lock);
    cr_canary_join(&l->all, &mine);
    if (!*l->said)
        snprintf(l->said, sizeof(l->said), "%s", first);
    pthread_mutex_unlock(&l->lock);
    cr_canary_clear(&mine);
    gcp_http_curl_free(http);
    return NULL;
}

static int ask_all(struct load *l, int at_once, struct cr_error *err)
{
    pthread_t thread[AT_ONCE_MAX];
    struct cr_error no_thread = {0};
    int n = 0;

    while (n < at_once && cr_thread_start(&thread[n], asker, l, &no_thread) == 0)
        n++;
    for (int i = 0; i < n; i++)
        pthread_join(thread[i], NULL);
    if (!n || l->broken) {
        *err = n ? l->err : no_thread;
        return -1;
    }
    return 0;
}

int gradual_load(struct gradual *r, char why[GRADUAL_WHY], struct cr_error *err)
{
    const struct cr_canary_rule rule = {r->plan->errors, 0};
    struct load l = {.r = r, .left = r->plan->load, .end = cr_now_ms() + LOAD_MS};
    int at_once = r->at_once < AT_ONCE_MAX ? r->at_once : AT_ONCE_MAX, rc;
    struct cr_canary_side none = {0};
    char worse[200] = "";

    if (!r->plan->load)
        return 0;
    ui_progress(r->g->ui, "asking the new revision many times at once", 0, 0, false);
    pthread_mutex_init(&l.lock, NULL);
    rc = ask_all(&l, at_once, err);
    pthread_mutex_destroy(&l.lock);
    if (rc == 0 && cr_canary_judge(&rule, &l.all, &none, worse) == CR_CANARY_BAD)
        snprintf(why, GRADUAL_WHY, "under own load, %d at once, %" PRId64 " of %" PRId64 " requests failed: %.200s",
                 at_once, l.all.failed, l.all.requests, l.said);
    else if (rc == 0)
        ui_done(r->g->ui, "own load: %" PRId64 " requests, %d at once, %" PRId64 " failed, a median of %" PRId64 " ms",
                l.all.requests, at_once, l.all.failed, cr_canary_latency(&l.all, 50));
    cr_canary_clear(&l.all);
    return rc;
}
