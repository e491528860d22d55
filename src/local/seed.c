#include "local/seed.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "local/token_jwt.h"

#define DOCUMENT "seed"

/* A list's rows: the first key names a row, and is required; '!' marks other required ones; '*' what is never shown. */
static const struct {
    const char *list, *name;
    const char *key[8];
} lists[] = {
    {"serviceAccounts", "email", {"!publicKeyPem", "project", "disabled"}},
    {"clients", "clientId", {"*clientSecret"}},
    {"refreshTokens", "token", {"!clientId", "!email", "scope", "rotate", "revoked", "error"}},
    {"issuers", "issuer", {"!publicKeyPem"}},
    {"pools", "audience", {"issuer"}},
    {"awsKeys", "accessKeyId", {"!*secretAccessKey", "*sessionToken", "account", "arn"}},
    {"impersonation", NULL, {"!caller", "!target", "permissions"}},
};

static const struct {
    const char *object;
    const char *key[8];
} objects[] = {
    {"login", {"email", "scope", "error"}},
    {"metadata", {"email", "project", "projectNumber", "region", "zone", "universe", "absent"}},
};

static const char *const numbers[] = {"tokenLifetime", "clockSkew"};

static const char *plain(const char *key)
{
    return key + strspn(key, "!*");
}

static const char *const *find_key(const char *const *keys, const char *name)
{
    for (; *keys; keys++)
        if (strcmp(plain(*keys), name) == 0)
            return keys;
    return NULL;
}

static int list_at(const char *name)
{
    for (size_t i = 0; i < CR_LEN(lists); i++)
        if (strcmp(lists[i].list, name) == 0)
            return (int)i;
    return -1;
}

static int check_value(const char *where, const char *key, const json_t *value, struct cr_error *err)
{
    bool flag = strcmp(key, "rotate") == 0 || strcmp(key, "revoked") == 0 || strcmp(key, "disabled") == 0;
    bool list = strcmp(key, "permissions") == 0 || strcmp(key, "absent") == 0;

    if (flag ? !json_is_boolean(value) : list ? !json_is_array(value) : !json_is_string(value))
        return cr_fail(err, CR_E_USAGE, "'%s' of '%s' must be a %s", key, where,
                       flag   ? "boolean"
                       : list ? "list"
                              : "text");
    if (strcmp(key, "publicKeyPem") == 0 && !local_key_ok(json_string_value(value)))
        return cr_fail(err, CR_E_USAGE, "'%s' of '%s' must be an RSA public key or a certificate in PEM", key, where);
    return 0;
}

static int check_row(int at, const json_t *row, struct cr_error *err)
{
    const char *name = lists[at].name, *key;
    json_t *value;

    if (!json_is_object(row))
        return cr_fail(err, CR_E_USAGE, "a row of '%s' must be an object", lists[at].list);
    json_object_foreach((json_t *)row, key, value)
    {
        if ((!name || strcmp(key, name) != 0) && !find_key(lists[at].key, key))
            return cr_fail(err, CR_E_USAGE, "a row of '%s' has no key '%s'", lists[at].list, key);
        if (check_value(lists[at].list, key, value, err) < 0)
            return -1;
    }
    if (name && !json_object_get(row, name))
        return cr_fail(err, CR_E_USAGE, "a row of '%s' needs '%s'", lists[at].list, name);
    for (const char *const *k = lists[at].key; *k; k++)
        if (**k == '!' && !json_object_get(row, plain(*k)))
            return cr_fail(err, CR_E_USAGE, "a row of '%s' needs '%s'", lists[at].list, plain(*k));
    return 0;
}

static int check_one(const char *key, const json_t *value, struct cr_error *err)
{
    int at = list_at(key);
    const char *inner;
    json_t *v;
    size_t i;

    if (at >= 0) {
        if (!json_is_array(value))
            return cr_fail(err, CR_E_USAGE, "'%s' must be a list", key);
        json_array_foreach(value, i, v) if (check_row(at, v, err) < 0) return -1;
        return 0;
    }
    for (i = 0; i < CR_LEN(numbers); i++)
        if (strcmp(key, numbers[i]) == 0)
            return json_is_integer(value) ? 0 : cr_fail(err, CR_E_USAGE, "'%s' must be seconds", key);
    for (i = 0; i < CR_LEN(objects) && strcmp(objects[i].object, key) != 0; i++)
        ;
    if (i == CR_LEN(objects))
        return cr_fail(err, CR_E_USAGE, "there is no key '%s'", key);
    if (!json_is_object(value))
        return cr_fail(err, CR_E_USAGE, "'%s' must be an object", key);
    json_object_foreach((json_t *)value, inner, v)
    {
        if (!find_key(objects[i].key, inner))
            return cr_fail(err, CR_E_USAGE, "'%s' has no key '%s'", key, inner);
        if (check_value(key, inner, v, err) < 0)
            return -1;
    }
    return 0;
}

static json_t *document(struct local *l)
{
    json_t *doc = local_store_get(l->store, LOCAL_AUTH, DOCUMENT);

    return doc ? doc : json_object();
}

static bool same_row(int at, const json_t *a, const json_t *b)
{
    const char *name = lists[at].name;

    if (name)
        return json_equal(json_object_get(a, name), json_object_get(b, name));
    return json_equal(json_object_get(a, "caller"), json_object_get(b, "caller")) &&
           json_equal(json_object_get(a, "target"), json_object_get(b, "target"));
}

static void add_row(json_t *list, int at, json_t *row)
{
    size_t i;
    json_t *old;

    json_array_foreach(list, i, old)
    {
        if (same_row(at, old, row)) {
            json_array_set(list, i, row);
            return;
        }
    }
    json_array_append(list, row);
}

int local_seed_add(struct local *l, const json_t *seed, struct cr_error *err)
{
    json_t *doc, *value, *row;
    const char *key;
    size_t i;
    int rc;

    json_object_foreach((json_t *)seed, key, value) if (check_one(key, value, err) < 0) return -1;
    local_store_lock(l->store);
    doc = document(l);
    json_object_foreach((json_t *)seed, key, value)
    {
        if (list_at(key) < 0) {
            json_object_set(doc, key, value);
            continue;
        }
        if (!json_object_get(doc, key))
            json_object_set_new(doc, key, json_array());
        json_array_foreach(value, i, row) add_row(json_object_get(doc, key), list_at(key), row);
    }
    rc = local_store_put(l->store, LOCAL_AUTH, DOCUMENT, doc, err);
    local_store_unlock(l->store);
    json_decref(doc);
    return rc;
}

/* Refresh tokens are secrets whole: of them only their number is shown. */
json_t *local_seed_view(struct local *l)
{
    json_t *doc = document(l), *row;
    size_t i;

    for (size_t at = 0; at < CR_LEN(lists); at++)
        json_array_foreach(json_object_get(doc, lists[at].list), i, row)
        {
            for (const char *const *k = lists[at].key; *k; k++)
                if (strchr(*k, '*'))
                    json_object_del(row, plain(*k));
            json_object_del(row, "token");
        }
    return doc;
}

int local_seed_drop(struct local *l, struct cr_error *err)
{
    return local_store_remove(l->store, LOCAL_AUTH, DOCUMENT, err);
}

static json_t *find_row(json_t *doc, const char *list, const char *name, size_t *where)
{
    int at = list_at(list);
    json_t *row;
    size_t i;

    json_array_foreach(json_object_get(doc, list), i, row)
    {
        const char *value = at >= 0 && lists[at].name ? json_string_value(json_object_get(row, lists[at].name)) : NULL;

        if (value && strcmp(value, name) == 0) {
            *where = i;
            return row;
        }
    }
    return NULL;
}

json_t *local_seed_row(struct local *l, const char *list, const char *name)
{
    json_t *doc = document(l), *row = NULL;
    size_t at;

    if (name)
        row = json_incref(find_row(doc, list, name, &at));
    json_decref(doc);
    return row;
}

int local_seed_row_drop(struct local *l, const char *list, const char *name, struct cr_error *err)
{
    json_t *doc;
    size_t at;
    int rc = 0;

    local_store_lock(l->store);
    doc = document(l);
    if (find_row(doc, list, name, &at)) {
        json_array_remove(json_object_get(doc, list), at);
        rc = local_store_put(l->store, LOCAL_AUTH, DOCUMENT, doc, err);
    }
    local_store_unlock(l->store);
    json_decref(doc);
    return rc;
}

json_t *local_seed_get(struct local *l, const char *key)
{
    json_t *doc = document(l), *value = json_incref(json_object_get(doc, key));

    json_decref(doc);
    return value;
}

int64_t local_seed_number(struct local *l, const char *key, int64_t otherwise)
{
    json_t *value = local_seed_get(l, key);
    int64_t n = json_is_integer(value) ? (int64_t)json_integer_value(value) : otherwise;

    json_decref(value);
    return n;
}

int64_t local_seed_now_ms(struct local *l)
{
    return cr_wall_ms() + local_seed_number(l, "clockSkew", 0) * 1000;
}

static bool lists_word(const json_t *list, const char *word)
{
    json_t *value;
    size_t i;

    json_array_foreach(list, i,
                       value) if (json_is_string(value) && strcmp(json_string_value(value), word) == 0) return true;
    return false;
}

bool local_seed_may(struct local *l, const char *caller, const char *target, const char *permission)
{
    json_t *rows = local_seed_get(l, "impersonation"), *row;
    bool may = false;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        const json_t *permissions = json_object_get(row, "permissions");

        if (strcmp(json_string_value(json_object_get(row, "caller")), caller) == 0 &&
            strcmp(json_string_value(json_object_get(row, "target")), target) == 0)
            may = may || !permissions || lists_word(permissions, permission);
    }
    json_decref(rows);
    return may;
}
