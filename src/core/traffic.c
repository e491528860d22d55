#include "core/traffic.h"

#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "core/plan.h"

#define TYPE "TRAFFIC_TARGET_ALLOCATION_TYPE_"

/* A share of the traffic while the shares are worked out. */
struct share {
    const char *key; /* borrowed from what the list or the change holds */
    int64_t old, percent;
    double exact, kept; /* before it is cut to whole percents, and 1 less what is lost by that; of what was not said */
    bool said;
    bool stays; /* in the list, also when nothing is left for it */
};

struct shares {
    struct share *row;
    size_t len;
};

static const char *key_of(const json_t *target)
{
    const char *revision = json_string_value(json_object_get(target, "revision"));

    return revision ? revision : CR_TRAFFIC_LATEST;
}

static bool is_latest(const char *key)
{
    return strcmp(key, CR_TRAFFIC_LATEST) == 0;
}

static json_t *target_new(const char *key)
{
    return is_latest(key) ? json_pack("{s:s}", "type", TYPE "LATEST")
                          : json_pack("{s:s, s:s}", "type", TYPE "REVISION", "revision", key);
}

/* --set-tags= and its siblings change nothing, as with gcloud. */
static bool is_given(const char *text)
{
    return text && *text;
}

static bool changes_shares(const struct cr_traffic_change *change)
{
    return is_given(change->to_revisions) || is_given(change->to_tags) || change->to_latest;
}

bool cr_traffic_asked(const struct cr_traffic_change *change)
{
    return changes_shares(change) || is_given(change->set_tags) || is_given(change->update_tags) ||
           is_given(change->remove_tags) || change->clear_tags;
}

/* ---- tags ---- */

static json_t *tagged(const json_t *traffic, const char *tag)
{
    json_t *target;
    size_t i;

    json_array_foreach((json_t *)traffic, i, target)
    {
        const char *has = json_string_value(json_object_get(target, "tag"));

        if (has && strcmp(has, tag) == 0)
            return target;
    }
    return NULL;
}

/* Takes the tag off, and the entry with it when it has no share. */
static void untag(json_t *traffic, const char *tag)
{
    for (size_t i = json_array_size(traffic); i-- > 0;) {
        json_t *target = json_array_get(traffic, i);
        const char *has = json_string_value(json_object_get(target, "tag"));

        if (!has || (tag && strcmp(has, tag) != 0))
            continue;
        if (json_integer_value(json_object_get(target, "percent")))
            json_object_del(target, "tag");
        else
            json_array_remove(traffic, i);
    }
}

static int check_tag(const char *tag, struct cr_error *err)
{
    if (*tag && !tag[strspn(tag, "abcdefghijklmnopqrstuvwxyz0123456789-")] && *tag != '-')
        return 0;
    cr_fail(err, CR_E_USAGE, "'%s' is no tag", tag);
    return cr_hint(err, "a tag has lower-case letters, digits and dashes, such as canary");
}

static int add_tag(json_t *traffic, const char *tag, const char *key, struct cr_error *err)
{
    json_t *target;

    if (check_tag(tag, err) < 0)
        return -1;
    if (!*key) {
        cr_fail(err, CR_E_USAGE, "tag '%s' names no revision", tag);
        return cr_hint(err, "write %s=REVISION or %s=LATEST", tag, tag);
    }
    untag(traffic, tag);
    target = target_new(key);
    json_object_set_new(target, "tag", json_string(tag));
    json_array_append_new(traffic, target);
    return 0;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* In the order of their names, each at the end, also where it stood already. */
static int add_tags(json_t *traffic, const char *text, struct cr_error *err)
{
    json_auto_t *map = NULL;
    CR_AUTO_FREE const char **tags = NULL;
    const char *tag;
    json_t *value;
    size_t n = 0;
    int rc = 0;

    if (cr_map_parse(text, &map, err) < 0)
        return -1;
    tags = cr_calloc(json_object_size(map) + 1, sizeof(*tags));
    json_object_foreach(map, tag, value) tags[n++] = tag;
    qsort(tags, n, sizeof(*tags), by_text);
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = add_tag(traffic, tags[i], json_string_value(json_object_get(map, tags[i])), err);
    return rc;
}

static void remove_tags(json_t *traffic, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, ",");
        CR_AUTO_FREE char *tag = cr_strndup(text, n);

        if (*tag)
            untag(traffic, tag);
        text += n + (text[n] == ',');
    }
}

static int edit_tags(json_t *traffic, const struct cr_traffic_change *change, struct cr_error *err)
{
    if (change->clear_tags || is_given(change->set_tags))
        untag(traffic, NULL);
    if (change->remove_tags)
        remove_tags(traffic, change->remove_tags);
    if (change->set_tags && add_tags(traffic, change->set_tags, err) < 0)
        return -1;
    return change->update_tags ? add_tags(traffic, change->update_tags, err) : 0;
}

/* ---- shares ---- */

static struct share *share_of(struct shares *s, const char *key)
{
    for (size_t i = 0; i < s->len; i++)
        if (strcmp(s->row[i].key, key) == 0)
            return &s->row[i];
    s->row = cr_realloc(s->row, (s->len + 1) * sizeof(*s->row));
    s->row[s->len] = (struct share){.key = key};
    return &s->row[s->len++];
}

static int say(struct shares *s, const char *key, const char *text, struct cr_error *err)
{
    struct cr_error bad = {0};
    int64_t percent;

    if (cr_int_parse(text, &percent, &bad) < 0 || percent < 0 || percent > 100) {
        cr_fail(err, CR_E_USAGE, "'%s' is no share for '%s'", text, key);
        return cr_hint(err, "give a whole number of percent from 0 to 100, such as %s=20", key);
    }
    *share_of(s, key) = (struct share){.key = key, .old = share_of(s, key)->old, .percent = percent, .said = true};
    return 0;
}

static int say_tag(struct shares *s, const json_t *traffic, const char *tag, const char *text, struct cr_error *err)
{
    const json_t *target = tagged(traffic, tag);

    if (!target) {
        cr_fail(err, CR_E_USAGE, "no revision has the tag '%s'", tag);
        return cr_hint(err, "give it one: --update-tags %s=REVISION", tag);
    }
    return say(s, key_of(target), text, err);
}

/* What was not said gets what is left, in proportion to what it had, in whole percents: those that lose most by
 * truncation get one more; of equals the smaller, then by name, LATEST last. */
static int by_loss(const void *a, const void *b)
{
    const struct share *x = a, *y = b;

    if (x->said != y->said)
        return x->said ? 1 : -1;
    if (x->kept < y->kept || x->kept > y->kept)
        return x->kept < y->kept ? -1 : 1;
    if (x->exact < y->exact || x->exact > y->exact)
        return x->exact < y->exact ? -1 : 1;
    if (is_latest(x->key) != is_latest(y->key))
        return is_latest(x->key) ? 1 : -1;
    return strcmp(x->key, y->key);
}

static int by_name(const void *a, const void *b)
{
    const struct share *x = a, *y = b;

    if (is_latest(x->key) != is_latest(y->key))
        return is_latest(x->key) ? 1 : -1;
    return strcmp(x->key, y->key);
}

/* What is to be shared out, `left` of what the unsaid had before. In floating point, as gcloud does it: which of two
 * equal losses is the greater is then the same, too. */
static void share_out(struct shares *s, int64_t left, int64_t others)
{
    int64_t given = 0;

    for (size_t i = 0; i < s->len; i++) {
        struct share *row = &s->row[i];
        double exact = (double)row->old * (double)left / (double)others;

        if (row->said)
            continue;
        row->percent = (int64_t)exact;
        row->exact = exact;
        row->kept = 1 - (exact - (double)row->percent);
        row->stays = true;
        given += row->percent;
    }
    qsort(s->row, s->len, sizeof(*s->row), by_loss);
    for (size_t i = 0; i < s->len && given < left; i++)
        if (!s->row[i].said) {
            s->row[i].percent++;
            given++;
        }
}

static int distribute(struct shares *s, struct cr_error *err)
{
    int64_t said = 0, others = 0, left;

    for (size_t i = 0; i < s->len; i++) {
        said += s->row[i].said ? s->row[i].percent : 0;
        others += s->row[i].said ? 0 : s->row[i].old;
    }
    left = 100 - said;
    if (left < 0) {
        cr_fail(err, CR_E_USAGE, "the shares add up to %lld percent", (long long)said);
        return cr_hint(err, "they may be 100 together");
    }
    if (left && !others) {
        cr_fail(err, CR_E_USAGE, "every target is given a share, and together they are only %lld percent",
                (long long)said);
        return cr_hint(err, "make them 100, or leave one out: it gets what remains");
    }
    if (left)
        share_out(s, left, others);
    qsort(s->row, s->len, sizeof(*s->row), by_name);
    return 0;
}

static int say_all(struct shares *s, const json_t *traffic, const json_t *map, bool tags, struct cr_error *err)
{
    json_t *value;
    const char *key;

    json_object_foreach((json_t *)map, key, value)
    {
        const char *text = json_string_value(value);

        if ((tags ? say_tag(s, traffic, key, text, err) : say(s, key, text, err)) < 0)
            return -1;
    }
    return 0;
}

static json_t *normalised(const struct shares *s, const json_t *traffic)
{
    json_t *list = json_array(), *target;
    size_t i;

    for (size_t n = 0; n < s->len; n++)
        if (s->row[n].percent || s->row[n].stays) {
            target = target_new(s->row[n].key);
            if (s->row[n].percent)
                json_object_set_new(target, "percent", json_integer(s->row[n].percent));
            json_array_append_new(list, target);
        }
    json_array_foreach((json_t *)traffic, i, target)
    {
        const char *tag = json_string_value(json_object_get(target, "tag"));
        json_t *own;

        if (!tag)
            continue;
        own = target_new(key_of(target));
        json_object_set_new(own, "tag", json_string(tag));
        json_array_append_new(list, own);
    }
    return list;
}

static void take_shares(struct shares *s, const json_t *traffic)
{
    json_t *target;
    size_t i;

    json_array_foreach((json_t *)traffic, i, target)
    {
        int64_t percent = json_integer_value(json_object_get(target, "percent"));

        if (percent)
            share_of(s, key_of(target))->old += percent;
    }
}

static int edit_shares(json_t *traffic, const struct cr_traffic_change *change, json_t **edited, struct cr_error *err)
{
    json_auto_t *revisions = NULL, *tags = NULL;
    struct shares s = {0};
    int rc = -1;

    if (change->to_revisions && cr_map_parse(change->to_revisions, &revisions, err) < 0)
        return -1;
    if (change->to_tags && cr_map_parse(change->to_tags, &tags, err) < 0)
        return -1;
    take_shares(&s, traffic);
    if ((!change->to_latest || say(&s, CR_TRAFFIC_LATEST, "100", err) == 0) &&
        say_all(&s, traffic, revisions, false, err) == 0 && say_all(&s, traffic, tags, true, err) == 0 &&
        distribute(&s, err) == 0) {
        *edited = normalised(&s, traffic);
        rc = 0;
    }
    free(s.row);
    return rc;
}

/* A service that says nothing sends all to the newest. New. */
static json_t *copy_list(const json_t *traffic)
{
    return json_array_size(traffic) ? json_deep_copy(traffic)
                                    : json_pack("[{s:s, s:i}]", "type", TYPE "LATEST", "percent", 100);
}

int cr_traffic_edit(const json_t *traffic, const struct cr_traffic_change *change, json_t **edited,
                    struct cr_error *err)
{
    json_auto_t *list = copy_list(traffic);

    if (edit_tags(list, change, err) < 0)
        return -1;
    if (changes_shares(change))
        return edit_shares(list, change, edited, err);
    *edited = json_incref(list);
    return 0;
}

json_t *cr_traffic_pin(const json_t *traffic, const char *revision)
{
    json_auto_t *list = copy_list(traffic);
    struct shares s = {0};
    int64_t latest;
    json_t *pinned;

    take_shares(&s, list);
    for (size_t i = 0; i < s.len; i++)
        s.row[i].percent = s.row[i].old;
    latest = share_of(&s, CR_TRAFFIC_LATEST)->percent;
    if (latest) {
        share_of(&s, CR_TRAFFIC_LATEST)->percent = 0;
        share_of(&s, revision)->percent += latest;
        qsort(s.row, s.len, sizeof(*s.row), by_name);
    }
    pinned = latest ? normalised(&s, list) : json_incref(list);
    free(s.row);
    return pinned;
}

json_t *cr_traffic_tag(const json_t *traffic, const char *tag, const char *revision)
{
    json_t *list = copy_list(traffic), *target = target_new(revision);

    untag(list, tag);
    json_object_set_new(target, "tag", json_string(tag));
    json_array_append_new(list, target);
    return list;
}

char *cr_traffic_text(const json_t *target)
{
    const char *tag = json_string_value(json_object_get(target, "tag"));
    long long percent = json_integer_value(json_object_get(target, "percent"));

    return cr_format("%s %lld%%%s%s", key_of(target), percent, tag ? ", tag " : "", tag ? tag : "");
}
