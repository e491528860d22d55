#include "local/schema.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"

static const struct local_schema *const books[] = {&local_schema_run, &local_schema_build, &local_schema_more};

/* The problems found so far. */
struct check {
    json_t *violations;
    struct cr_str text; /* their messages, a line each */
};

static void check_value(struct check *c, const char *type, const char *path, const json_t *value, int depth);

static const struct local_schema *book_of(const char *message, size_t *first)
{
    for (size_t b = 0; b < CR_LEN(books); b++)
        for (size_t i = 0; i < books[b]->count; i++)
            if (strcmp(books[b]->row[i].message, message) == 0) {
                *first = i;
                return books[b];
            }
    return NULL;
}

const struct local_field *local_schema_message(const char *message)
{
    size_t first;
    const struct local_schema *book = book_of(message, &first);

    return book ? &book->row[first] : NULL;
}

static const struct local_field *find(const char *message, const char *name)
{
    size_t i;
    const struct local_schema *book = book_of(message, &i);

    for (; book && i < book->count && strcmp(book->row[i].message, message) == 0; i++)
        if (strcmp(book->row[i].name, name) == 0)
            return &book->row[i];
    return NULL;
}

static void add(struct check *c, const char *path, const char *text)
{
    struct cr_error full = {0};
    json_t *row = json_object();

    if (*path)
        json_object_set_new(row, "field", json_string(path));
    json_object_set_new(row, "description", json_string(text));
    json_array_append_new(c->violations, row);
    (void)!cr_str_addf(&c->text, &full, "%s%s", c->text.len ? "\n" : "", text);
}

/* Google names the path by the names of the proto: maxInstanceCount is max_instance_count. New. */
static char *join(const char *path, const char *name)
{
    size_t len = strlen(path);
    char *out = cr_malloc(len + 2 * strlen(name) + 2), *o = out + len;

    memcpy(out, path, len);
    if (len)
        *o++ = '.';
    for (const char *p = name; *p; p++) {
        if (isupper((unsigned char)*p)) {
            *o++ = '_';
            *o++ = (char)tolower((unsigned char)*p);
        } else {
            *o++ = *p;
        }
    }
    *o = '\0';
    return out;
}

static void wrong(struct check *c, const char *path, const char *type, const json_t *value)
{
    CR_AUTO_FREE char *shown = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    CR_AUTO_FREE char *text = cr_format("Invalid value at '%s' (%s), %.100s", path, type, shown ? shown : "?");

    add(c, path, text);
}

bool local_is_duration(const char *text)
{
    size_t whole = strspn(text + (*text == '-'), "0123456789"), fraction = 0;
    const char *p = text + (*text == '-') + whole;

    if (!whole || whole > 12)
        return false;
    if (*p == '.') {
        fraction = strspn(++p, "0123456789");
        if (!fraction || fraction > 9)
            return false;
        p += fraction;
    }
    return strcmp(p, "s") == 0;
}

double local_duration(const json_t *text, double otherwise)
{
    const char *s = json_string_value(text);

    return s && local_is_duration(s) ? strtod(s, NULL) : otherwise;
}

static bool is_whole(const json_t *value, bool wide)
{
    const char *s = json_string_value(value);
    char *end;
    long long n;

    if (json_is_integer(value)) {
        n = json_integer_value(value);
    } else if (s && (isdigit((unsigned char)*s) || *s == '-')) {
        errno = 0;
        n = strtoll(s, &end, 10);
        if (errno || *end || end == s)
            return false;
    } else {
        return false;
    }
    return wide || (n >= INT32_MIN && n <= INT32_MAX);
}

/* 2026-01-02T03:04:05[.678]Z or with an offset. */
static bool is_timestamp(const char *s)
{
    static const char shape[] = "dddd-dd-ddTdd:dd:dd";

    for (const char *p = shape; *p; p++, s++)
        if (*p == 'd' ? !isdigit((unsigned char)*s) : *s != *p)
            return false;
    if (*s == '.')
        s += 1 + strspn(s + 1, "0123456789");
    return strcmp(s, "Z") == 0 || ((*s == '+' || *s == '-') && strlen(s) == 6 && s[3] == ':');
}

static bool in_enum(const char *words, const json_t *value)
{
    const char *s = json_string_value(value);
    size_t len = s ? strlen(s) : 0;

    if (json_is_integer(value)) /* a number is legal too, and means the same */
        return true;
    while (s && *words) {
        size_t n = strcspn(words, "|");

        if (n == len && strncmp(words, s, n) == 0)
            return true;
        words += n + (words[n] == '|');
    }
    return false;
}

static void check_map(struct check *c, const char *path, const json_t *value)
{
    const char *key;
    json_t *item;

    if (!json_is_object(value)) {
        wrong(c, path, "Map", value);
        return;
    }
    json_object_foreach((json_t *)value, key, item)
    {
        if (!json_is_string(item)) {
            CR_AUTO_FREE char *at = cr_format("%s.%s", path, key);

            wrong(c, at, "TYPE_STRING", item);
        }
    }
}

static void check_message(struct check *c, const char *message, const char *path, const json_t *value, int depth)
{
    const char *key;
    json_t *item;

    if (!json_is_object(value) || depth > 64) {
        wrong(c, path, message, value);
        return;
    }
    json_object_foreach((json_t *)value, key, item)
    {
        const struct local_field *f = find(message, key);
        CR_AUTO_FREE char *at = join(path, key), *text = NULL;

        if (f) {
            if (!json_is_null(item))
                check_value(c, f->type, at, item, depth + 1);
            continue;
        }
        text = *path ? cr_format("Invalid JSON payload received. Unknown name \"%s\" at '%s': Cannot find field.", key,
                                 path)
                     : cr_format("Invalid JSON payload received. Unknown name \"%s\": Cannot find field.", key);
        add(c, path, text);
    }
}

static void check_list(struct check *c, const char *type, size_t len, const char *path, const json_t *value, int depth)
{
    CR_AUTO_FREE char *of = cr_strndup(type, len);
    json_t *item;
    size_t i;

    if (!json_is_array(value)) { /* Google's parser takes a lone value for a list of one; its clients never send that */
        wrong(c, path, "TYPE_ARRAY", value);
        return;
    }
    json_array_foreach((json_t *)value, i, item)
    {
        CR_AUTO_FREE char *at = cr_format("%s[%zu]", path, i);

        check_value(c, of, at, item, depth);
    }
}

static void check_value(struct check *c, const char *type, const char *path, const json_t *value, int depth)
{
    const char *s = json_string_value(value);
    size_t len = strlen(type);

    if (len > 2 && strcmp(type + len - 2, "[]") == 0) {
        check_list(c, type, len - 2, path, value, depth);
    } else if (strcmp(type, "string") == 0 || strcmp(type, "bytes") == 0) {
        if (!s)
            wrong(c, path, *type == 's' ? "TYPE_STRING" : "TYPE_BYTES", value);
    } else if (strcmp(type, "bool") == 0) {
        if (!json_is_boolean(value))
            wrong(c, path, "TYPE_BOOL", value);
    } else if (strcmp(type, "int32") == 0 || strcmp(type, "int64") == 0) {
        if (!is_whole(value, type[3] == '6'))
            wrong(c, path, type[3] == '6' ? "TYPE_INT64" : "TYPE_INT32", value);
    } else if (strcmp(type, "double") == 0) {
        if (!json_is_number(value))
            wrong(c, path, "TYPE_DOUBLE", value);
    } else if (strcmp(type, "duration") == 0) {
        if (!s || !local_is_duration(s))
            wrong(c, path, "type.googleapis.com/google.protobuf.Duration", value);
    } else if (strcmp(type, "timestamp") == 0) {
        if (!s || !is_timestamp(s))
            wrong(c, path, "type.googleapis.com/google.protobuf.Timestamp", value);
    } else if (strncmp(type, "enum:", 5) == 0) {
        if (!in_enum(type + 5, value))
            wrong(c, path, "TYPE_ENUM", value);
    } else if (strcmp(type, "map") == 0) {
        check_map(c, path, value);
    } else if (strcmp(type, "any") != 0) {
        check_message(c, type, path, value, depth);
    }
}

bool local_schema_check(const char *message, const char *field, const json_t *body, struct local_reply *rp)
{
    struct check c = {.violations = json_array(), .text = CR_STR_INIT(1 << 16)};
    bool ok;

    check_message(&c, message, field, body, 0);
    ok = json_array_size(c.violations) == 0;
    if (ok)
        json_decref(c.violations);
    else
        local_refuse_fields(rp, c.text.buf, c.violations);
    cr_str_free(&c.text);
    return ok;
}

bool local_schema_path(const char *message, const char *path)
{
    while (*path) {
        size_t len = strcspn(path, ".");
        CR_AUTO_FREE char *name = cr_strndup(path, len);
        const struct local_field *f = find(message, name);

        if (!f)
            return false;
        path += len;
        if (!*path)
            return true;
        path++;
        if (strcmp(f->type, "map") == 0) /* template.labels.KEY */
            return *path;
        message = f->type;
    }
    return false;
}
