#include "local/ingress_route.h"

#include <pthread.h>
#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "base/mem.h"
#include "local/authority.h"

struct target {
    char *revision, *tag; /* tag may be NULL */
    int percent, concurrency;
    int64_t timeout_ms;
};

struct service {
    struct service *next;
    char *name;
    bool open;
    struct target *target;
    size_t count;
    unsigned turn;
};

struct local_routes {
    pthread_mutex_t lock;
    struct service *first;
};

struct local_routes *local_routes_new(void)
{
    struct local_routes *r = cr_calloc(1, sizeof(*r));

    pthread_mutex_init(&r->lock, NULL);
    return r;
}

static void free_targets(struct service *s)
{
    for (size_t i = 0; i < s->count; i++) {
        free(s->target[i].revision);
        free(s->target[i].tag);
    }
    free(s->target);
    s->target = NULL;
    s->count = 0;
}

void local_routes_free(struct local_routes *r)
{
    while (r->first)
        local_routes_forget(r, r->first->name);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

static struct service **find(struct local_routes *r, const char *name)
{
    struct service **at = &r->first;

    while (*at && strcasecmp((*at)->name, name) != 0)
        at = &(*at)->next;
    return at;
}

static int check(const char *service, const struct local_target *target, size_t count, struct cr_error *err)
{
    int sum = 0;

    for (size_t i = 0; i < count; i++) {
        sum += target[i].percent;
        for (size_t k = 0; k < i; k++)
            if (target[i].tag && target[k].tag && strcasecmp(target[i].tag, target[k].tag) == 0)
                return cr_fail(err, CR_E_CONFIG, "traffic of '%s': tag '%s' stands twice", service, target[i].tag);
    }
    if (sum != 100 && sum != 0)
        return cr_fail(err, CR_E_CONFIG, "traffic of '%s' sums to %d percent, not to 100", service, sum);
    return 0;
}

int local_routes_set(struct local_routes *r, const char *service, bool open, const struct local_target *target,
                     size_t count, struct cr_error *err)
{
    struct service **at, *s;

    if (check(service, target, count, err) < 0)
        return -1;
    pthread_mutex_lock(&r->lock);
    at = find(r, service);
    if (!*at) {
        *at = cr_calloc(1, sizeof(**at));
        (*at)->name = cr_strdup(service);
    }
    s = *at;
    free_targets(s);
    s->open = open;
    s->count = count;
    s->target = cr_calloc(count, sizeof(*s->target));
    for (size_t i = 0; i < count; i++)
        s->target[i] = (struct target){.revision = cr_strdup(target[i].revision),
                                       .tag = target[i].tag && *target[i].tag ? cr_strdup(target[i].tag) : NULL,
                                       .percent = target[i].percent,
                                       .concurrency = target[i].concurrency > 0 ? target[i].concurrency : 1,
                                       .timeout_ms = target[i].timeout_ms};
    pthread_mutex_unlock(&r->lock);
    return 0;
}

void local_routes_forget(struct local_routes *r, const char *service)
{
    struct service **at, *gone;

    pthread_mutex_lock(&r->lock);
    at = find(r, service);
    gone = *at;
    if (gone) {
        *at = gone->next;
        free_targets(gone);
        free(gone->name);
        free(gone);
    }
    pthread_mutex_unlock(&r->lock);
}

/* 37 has no factor in common with 100, so a hundred requests visit every percent once, well mixed. */
static const struct target *by_percent(struct service *s)
{
    int at = (int)(s->turn++ * 37 % 100);

    for (size_t i = 0; i < s->count; i++) {
        at -= s->target[i].percent;
        if (at < 0)
            return &s->target[i];
    }
    return NULL;
}

static const struct target *by_tag(const struct service *s, const char *tag)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->target[i].tag && strcasecmp(s->target[i].tag, tag) == 0)
            return &s->target[i];
    return NULL;
}

/* The part before ".localhost". */
static int label_of(struct local_text host, struct local_text *label)
{
    static const char suffix[] = ".localhost";
    size_t m = sizeof(suffix) - 1;
    struct local_text name;

    if (!local_authority_name(host, &name))
        return 400;
    if (name.len <= m || strncasecmp(name.at + name.len - m, suffix, m) != 0)
        return 421;
    *label = (struct local_text){name.at, name.len - m};
    return 0;
}

int local_routes_find(struct local_routes *r, struct local_text host, struct local_choice *choice)
{
    struct local_text label = {0};
    int refused = label_of(host, &label);
    CR_AUTO_FREE char *name = refused ? NULL : cr_strndup(label.at, label.len);
    char *dashes = name ? strstr(name, "---") : NULL, *service = name;
    const struct target *t = NULL;
    struct service *s;
    bool known;

    if (refused)
        return refused;
    if (dashes) {
        *dashes = '\0';
        service = dashes + 3;
    }
    pthread_mutex_lock(&r->lock);
    s = *find(r, service);
    known = s != NULL;
    if (known)
        t = dashes ? by_tag(s, name) : by_percent(s);
    if (t) {
        *choice = (struct local_choice){.concurrency = t->concurrency, .timeout_ms = t->timeout_ms, .open = s->open};
        snprintf(choice->revision, sizeof(choice->revision), "%s", t->revision);
    }
    pthread_mutex_unlock(&r->lock);
    return t ? 0 : known ? 404 : 421;
}
