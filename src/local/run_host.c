#include "local/run_host.h"

#include <ctype.h>
#include <string.h>

#include "base/auto.h"
#include "base/hash.h"
#include "base/mem.h"
#include "local/json_text.h"
#include "local/run_serve.h"

#define LABEL_MAX 63 /* RFC 1035, section 2.3.4 */
#define HASH_DIGITS 8

const char *local_host_of(const json_t *service)
{
    const char *host = local_text_at(service, "localHost");

    return *host ? host : local_last_part(local_text_at(service, "name"));
}

/* The full name of the service that has the host, borrowed from `all`; or NULL. */
static const char *holder(const json_t *all, const char *host)
{
    const char *key;
    json_t *doc;

    json_object_foreach((json_t *)all, key, doc) if (strcmp(local_host_of(doc), host) == 0) return key;
    return NULL;
}

/* Project and region of "projects/P/locations/R/services/S"; new. */
static char *part_of(const char *name, const char *before)
{
    const char *at = strstr(name, before);

    at = at ? at + strlen(before) : "";
    return cr_strndup(at, strcspn(at, "/"));
}

/* As it may stand in a label: an id of a project may have a domain and a colon. */
static void make_label(char *text)
{
    char *to = text;

    for (const char *p = text; *p; p++) {
        char c = isalnum((unsigned char)*p) ? (char)tolower((unsigned char)*p) : '-';

        if (c != '-' || to == text || to[-1] != '-')
            *to++ = c;
    }
    *to = '\0';
}

/* "scorer-europe-west1-0a1b2c3d": cut to fit, and told apart by the hash of the full name and a number. New. */
static char *hashed(const char *label, const char *name, unsigned turn)
{
    CR_AUTO_FREE char *text = cr_format("%s %u", name, turn);
    size_t len = strnlen(label, LABEL_MAX - 1 - HASH_DIGITS);
    char hex[CR_SHA256_HEX];

    while (len && label[len - 1] == '-')
        len--;
    cr_sha256(text, strlen(text), hex);
    return cr_format("%.*s-%.*s", (int)len, label, HASH_DIGITS, hex);
}

/* The first that is free; new. */
static char *choose(const json_t *all, const char *name)
{
    const char *id = local_last_part(name), *first = holder(all, id);
    CR_AUTO_FREE char *project = part_of(name, "projects/"), *region = part_of(name, "/locations/");
    CR_AUTO_FREE char *other = first ? part_of(first, "projects/") : NULL, *place = NULL, *near = NULL, *far = NULL;

    if (!first)
        return cr_strdup(id);
    place = cr_format("%s-%s", region, project);
    make_label(region);
    make_label(place);
    near = cr_format("%s-%s", id, region);
    far = cr_format("%s-%s", id, place);
    if (strcmp(other, project) == 0 && strlen(near) <= LABEL_MAX && !holder(all, near))
        return CR_STEAL(near);
    if (strlen(far) <= LABEL_MAX && !holder(all, far))
        return CR_STEAL(far);
    for (unsigned turn = 0;; turn++) {
        char *host = hashed(far, name, turn);

        if (!holder(all, host))
            return host;
        free(host);
    }
}

void local_host_give(struct local *l, json_t *service)
{
    const char *name = local_text_at(service, "name");
    json_auto_t *all = local_store_list(l->store, LOCAL_SERVICES, "");
    const json_t *stored = json_object_get(all, name);
    CR_AUTO_FREE char *host = stored ? cr_strdup(local_host_of(stored)) : choose(all, name);

    json_object_set_new(service, "localHost", json_string(host));
}
