/* Probes: how it is seen that a container has started, lives, can take requests. A probe given replaces the old one. */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "core/edit_parts.h"
#include "core/plan.h"

/* Bits of the probes a key is known to. */
enum { STARTUP = 1, LIVENESS = 2, READINESS = 4, ALL = 7 };

static const struct key {
    const char *name; /* "httpGet.path": a member of a member */
    int probes;
    bool number;
} keys[] = {
    {"initialDelaySeconds", STARTUP | LIVENESS, true},
    {"timeoutSeconds", ALL, true},
    {"periodSeconds", ALL, true},
    {"failureThreshold", ALL, true},
    {"successThreshold", READINESS, true},
    {"httpGet.path", ALL, false},
    {"httpGet.port", ALL, true},
    {"tcpSocket.port", STARTUP, true},
    {"grpc.port", ALL, true},
    {"grpc.service", ALL, false},
};

static const struct key *known(const char *name, int probe)
{
    for (size_t i = 0; i < CR_LEN(keys); i++)
        if ((keys[i].probes & probe) && strcmp(keys[i].name, name) == 0)
            return &keys[i];
    return NULL;
}

static int unknown(const struct cr_edit *e, const char *name, int probe, struct cr_error *err)
{
    const char *words[CR_LEN(keys) + 1] = {NULL}, *near;
    size_t n = 0;

    for (size_t i = 0; i < CR_LEN(keys); i++)
        if (keys[i].probes & probe)
            words[n++] = keys[i].name;
    cr_edit_fail(e, err, "this probe has no '%s'", name);
    near = cr_nearest(name, words);
    if (near)
        return cr_hint(err, "did you mean '%s'?", near);
    if (probe != STARTUP && known(name, STARTUP))
        return cr_hint(err, "only --startup-probe has it; write httpGet.path=/PATH here");
    return cr_hint(err, "write httpGet.path=/PATH, and periodSeconds, timeoutSeconds or failureThreshold with it");
}

static int set_member(const struct cr_edit *e, const struct key *key, const char *text, json_t *probe,
                      struct cr_error *err)
{
    const char *dot = strchr(key->name, '.');
    json_t *to = probe;
    struct cr_error bad = {0};
    int64_t number;

    if (dot) {
        char handler[16];

        snprintf(handler, sizeof(handler), "%.*s", (int)(dot - key->name), key->name);
        to = cr_edit_object(probe, handler);
    }
    if (!key->number)
        json_object_set_new(to, dot + 1, json_string(text));
    else if (*text) { /* an empty number is none */
        if (cr_int_parse(text, &number, &bad) < 0) {
            cr_edit_fail(e, err, "%s=%s is not a whole number", key->name, text);
            return cr_hint(err, "write digits only, such as %s=10", key->name);
        }
        json_object_set_new(to, dot ? dot + 1 : key->name, json_integer(number));
    }
    return 0;
}

static int probe(struct cr_edit_at *at, const struct cr_edit *e, int which, const char *member, struct cr_error *err)
{
    json_auto_t *dict = NULL, *made = json_object();
    const char *name;
    json_t *value;

    if (cr_edit_dict(e, &dict, err) < 0)
        return -1;
    json_object_foreach(dict, name, value)
    {
        const struct key *key = known(name, which);

        if (!key)
            return unknown(e, name, which, err);
        if (set_member(e, key, json_string_value(value), made, err) < 0)
            return -1;
    }
    if (json_object_size(dict))
        json_object_set(at->container, member, made);
    else
        json_object_del(at->container, member);
    return 0;
}

int cr_edit_startup(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    return probe(at, e, STARTUP, "startupProbe", err);
}

int cr_edit_liveness(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    return probe(at, e, LIVENESS, "livenessProbe", err);
}

int cr_edit_readiness(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    return probe(at, e, READINESS, "readinessProbe", err);
}
