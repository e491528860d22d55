#include "local/build_run.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/proc.h"
#include "local/build_job.h"
#include "local/say.h"
#include "local/schema.h"

static void set_now(json_t *doc, const char *key)
{
    char now[32];

    cr_time_text(cr_wall_ms(), now);
    json_object_set_new(doc, key, json_string(now));
}

static void save(struct local_build_run *r)
{
    struct cr_error ignored = {0}; /* a full disk shows in the build's own steps */

    (void)!local_store_put(r->l->store, LOCAL_BUILDS, r->key, r->build, &ignored);
}

void local_build_say(struct local_build_run *r, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    local_vsay(r->log, fmt, ap);
    va_end(ap);
}

/* A file tells the daemon that follows a killed one which processes still work for a build nobody waits for. */
static void note_group(struct local_build_run *r, pid_t group)
{
    CR_AUTO_FREE char *path = cr_format("%s.group", r->dir), *text = NULL;
    struct cr_error ignored = {0};

    text = cr_format("%d %" PRId64 "\n", (int)group, cr_proc_start_time(group));
    if (group > 0)
        (void)!cr_file_write(path, text, strlen(text), 0600, &ignored);
    else
        unlink(path);
}

/* Ends the step's processes when it must not go on: SIGTERM, and SIGKILL a second later. A step may start several
 * children one after another, so this looks again until the build has ended. */
static void *watch(void *arg)
{
    struct local_build_run *r = arg;
    bool ended = false;
    pid_t noted = 0;

    while (!ended) {
        pid_t group = r->group;

        if (group != noted) {
            noted = group;
            note_group(r, group);
        }

        if (!r->stop && cr_now_ms() > r->deadline)
            r->stop = r->late = true;
        if (r->step_deadline && cr_now_ms() > r->step_deadline)
            r->step_late = true;
        if (!r->stop && !r->step_late)
            r->ending_at = 0;
        else if (!r->ending_at)
            r->ending_at = cr_now_ms();
        if (r->ending_at && group > 0)
            kill(-group, cr_now_ms() - r->ending_at < 1000 ? SIGTERM : SIGKILL);
        poll(NULL, 0, 50);
        pthread_mutex_lock(&r->l->lock);
        ended = r->ended;
        pthread_mutex_unlock(&r->l->lock);
    }
    note_group(r, 0);
    return NULL;
}

static void conclude(struct local_build_run *r, int rc)
{
    const char *status = rc == 0 ? "SUCCESS" : "FAILURE", *detail = NULL;

    if (r->expired) {
        status = "EXPIRED";
        detail = "the build waited in the queue for longer than its queueTtl";
    } else if (rc < 0 && r->stop) {
        status = r->late ? "TIMEOUT" : local_stopping(r->l) ? "INTERNAL_ERROR" : "CANCELLED";
        detail = r->late                ? "build timed out"
                 : local_stopping(r->l) ? "the platform was stopped while the build ran"
                                        : "cancelled by the user";
        local_build_say(r, "%s\n", r->late ? "TIMEOUT" : "CANCELLED");
        local_build_say(r, "ERROR: context %s\n", r->late ? "deadline exceeded" : "canceled");
    }
    if (detail) {
        json_object_del(r->build, "failureInfo");
        json_object_set_new(r->build, "statusDetail", json_string(detail));
    }
    json_object_set_new(r->build, "status", json_string(status));
    set_now(r->build, "finishTime");
}

/* False when it was stopped while it waited, or waited for too long. */
static bool take_slot(struct local_build_run *r)
{
    int64_t until_ms = cr_now_ms() + (int64_t)(local_duration(json_object_get(r->build, "queueTtl"), 3600) * 1000);
    struct local *l = r->l;
    bool got;

    pthread_mutex_lock(&l->lock);
    while (l->building >= LOCAL_BUILDS_AT_ONCE && !r->stop && !r->expired) {
        struct timespec until;

        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec++;
        pthread_cond_timedwait(&l->idle, &l->lock, &until);
        r->expired = l->building >= LOCAL_BUILDS_AT_ONCE && cr_now_ms() > until_ms;
    }
    got = !r->stop && !r->expired;
    l->building += got;
    pthread_mutex_unlock(&l->lock);
    return got;
}

static void forget(struct local_build_run *r)
{
    pthread_mutex_lock(&r->l->lock);
    for (struct local_build_run **p = &r->l->builds; *p; p = &(*p)->next)
        if (*p == r) {
            *p = r->next;
            break;
        }
    r->ended = true;
    pthread_mutex_unlock(&r->l->lock);
}

static void run_watched(struct local_build_run *r)
{
    struct cr_error err = {0};
    pthread_t watcher;
    bool watched;
    int rc;

    json_object_set_new(r->build, "status", json_string("WORKING"));
    set_now(r->build, "startTime");
    save(r);
    if (local_build_log_open(r->l, r->build, &r->log, &err) < 0)
        r->log = -1;
    r->deadline = cr_now_ms() + (int64_t)(local_duration(json_object_get(r->build, "timeout"), 3600) * 1000);
    watched = pthread_create(&watcher, NULL, watch, r) == 0;
    rc = local_build_work(r);
    conclude(r, rc);
    if (r->log >= 0)
        close(r->log);
    local_build_log_end(r->l, r->build);
    (void)!cr_dir_remove(r->dir, &err);
    save(r); /* last: a client that sees the end finds the log whole */
    forget(r);
    if (watched)
        pthread_join(watcher, NULL);
}

static void run(struct local *l, void *arg)
{
    struct local_build_run *r = arg;
    bool slot = take_slot(r);

    if (slot) {
        run_watched(r);
        pthread_mutex_lock(&l->lock);
        l->building--;
        pthread_mutex_unlock(&l->lock);
    } else {
        conclude(r, -1);
        save(r);
        forget(r);
    }
    json_decref(r->build);
    free(r->key);
    free(r->fail);
    free(r->dir);
    free(r);
}

void local_build_start(struct local *l, const char *key, const char *fail)
{
    struct local_build_run *r = cr_calloc(1, sizeof(*r));

    *r = (struct local_build_run){.l = l, .key = cr_strdup(key), .fail = fail ? cr_strdup(fail) : NULL, .log = -1};
    r->build = local_store_get(l->store, LOCAL_BUILDS, key);
    r->dir = cr_format("%s/work/%s", l->state, json_string_value(json_object_get(r->build, "id")));
    pthread_mutex_lock(&l->lock);
    r->next = l->builds;
    l->builds = r;
    pthread_mutex_unlock(&l->lock);
    local_job(l, run, r);
}

bool local_build_stop(struct local *l, const char *key)
{
    bool found = false;

    pthread_mutex_lock(&l->lock);
    for (struct local_build_run *r = l->builds; r; r = r->next)
        if (strcmp(r->key, key) == 0)
            r->stop = found = true;
    pthread_cond_broadcast(&l->idle);
    pthread_mutex_unlock(&l->lock);
    return found;
}

void local_builds_stop(struct local *l)
{
    pthread_mutex_lock(&l->lock);
    for (struct local_build_run *r = l->builds; r; r = r->next)
        r->stop = true;
    pthread_cond_broadcast(&l->idle);
    pthread_mutex_unlock(&l->lock);
}
