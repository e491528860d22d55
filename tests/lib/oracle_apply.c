#include "lib/oracle_apply.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"

static const char *text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

static const char *last_part(const char *url)
{
    const char *slash = strrchr(url, '/');

    return slash ? slash + 1 : url;
}

/* A query parameter; new, or NULL. */
static char *query(const char *url, const char *name)
{
    CR_AUTO_FREE char *mark = cr_format("%s=", name);
    const char *p = strchr(url, '?');

    for (; p; p = strchr(p + 1, '&'))
        if (strncmp(p + 1, mark, strlen(mark)) == 0)
            return cr_strndup(p + 1 + strlen(mark), strcspn(p + 1 + strlen(mark), "&"));
    return NULL;
}

/* One path of an update mask: what the body does not have goes. */
static void take_path(json_t *to, const json_t *from, const char *path)
{
    size_t len = strcspn(path, ".");
    CR_AUTO_FREE char *key = cr_strndup(path, len);
    json_t *value = json_object_get(from, key), *inner = json_object_get(to, key);

    if (path[len] == '.') {
        if (!json_is_object(inner))
            json_object_set_new(to, key, inner = json_object());
        take_path(inner, value, path + len + 1);
    } else if (value) {
        json_object_set_new(to, key, json_deep_copy(value));
    } else {
        json_object_del(to, key);
    }
}

static void patch(struct oracle_outcome *o, const char *url, const json_t *body)
{
    CR_AUTO_FREE char *mask = query(url, "updateMask");
    char *save = NULL;

    for (char *p = mask; p && (p = strstr(p, "%2C"));) { /* a comma may be escaped */
        *p = ',';
        memmove(p + 1, p + 3, strlen(p + 3) + 1);
    }
    if (!mask || !*mask || !o->service) {
        const char *name = text_at(o->service, "name");
        json_t *whole = json_deep_copy(body);

        if (*name)
            json_object_set_new(whole, "name", json_string(name));
        json_decref(o->service);
        o->service = whole;
        return;
    }
    for (char *path = strtok_r(mask, ",", &save); path; path = strtok_r(NULL, ",", &save))
        take_path(o->service, body, path);
}

static void create(struct oracle_outcome *o, const char *url, const json_t *body)
{
    const char *at = strstr(url, "/v2/") + 4;
    CR_AUTO_FREE char *id = query(url, "serviceId");

    json_decref(o->service);
    o->service = json_deep_copy(body);
    json_object_set_new(o->service, "name", json_sprintf("%.*s/%s", (int)strcspn(at, "?"), at, id ? id : ""));
}

void oracle_apply(struct oracle_outcome *o, const json_t *request)
{
    const char *method = text_at(request, "method"), *url = text_at(request, "url"), *last = last_part(url);
    const json_t *body = json_object_get(request, "body");

    if (strcmp(method, "GET") == 0 || strstr(url, ":testIamPermissions") || strstr(url, "validateOnly=true"))
        return;
    o->written = true;
    if (strcmp(method, "PATCH") == 0 && strstr(url, "/services/")) {
        patch(o, url, body);
    } else if (strcmp(method, "POST") == 0 && strncmp(last, "services?", 9) == 0) {
        create(o, url, body);
    } else if (strcmp(method, "POST") == 0 && strstr(url, ":setIamPolicy")) {
        json_decref(o->policy);
        o->policy = json_deep_copy(json_object_get(body, "policy"));
    } else {
        free(o->odd);
        o->odd = cr_format("%s %s", method, url);
    }
}

void oracle_clear(struct oracle_outcome *o)
{
    json_decref(o->service);
    json_decref(o->policy);
    free(o->odd);
}
