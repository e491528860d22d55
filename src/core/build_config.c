#include "core/build_config.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/build_fields.h"
#include "core/plan.h"
#include "core/quantity.h"
#include "core/yaml.h"

enum { DEEP = 16, WORDS = 64 }; /* messages inside messages end far sooner; an alias that loops does not */

static json_t *message(struct cr_yaml *y, const yaml_node_t *node, const char *type, const char *what, int depth);

/* log_dir as logDir. New. */
static char *camel(const char *text)
{
    char *made = cr_strdup(text), *to = made;

    for (const char *from = text; *from; from++) {
        bool up = *from == '_' && from != text && from[1];

        from += up;
        *to++ = up ? (char)toupper((unsigned char)*from) : *from;
    }
    *to = '\0';
    return made;
}

static const struct cr_build_field *find(const char *message, const char *name)
{
    for (const struct cr_build_field *f = cr_build_fields; f->message; f++)
        if (strcmp(f->message, message) == 0 && strcmp(f->name, name) == 0)
            return f;
    return NULL;
}

static void unknown(struct cr_yaml *y, const yaml_node_t *key, const char *type, const char *name, const char *what)
{
    const char *words[WORDS + 1] = {NULL}, *near;
    struct cr_problem *p = cr_yaml_fault(y, key, "%s has no field '%s'", what, name);
    size_t n = 0;

    for (const struct cr_build_field *f = cr_build_fields; f->message && n < WORDS; f++)
        if (strcmp(f->message, type) == 0)
            words[n++] = f->name;
    near = cr_nearest(name, words);
    if (near)
        cr_problem_hint(p, "did you mean '%s'?", near);
    else
        cr_problem_hint(p, "its fields are those of the Cloud Build API's %s", type);
}

/* ---- values ---- */

static json_t *one_of(struct cr_yaml *y, const yaml_node_t *node, const char *text, const char *all, const char *what)
{
    size_t n = strlen(text);

    for (const char *at = all; *at; at += strcspn(at, "|"), at += *at == '|')
        if (strcspn(at, "|") == n && strncmp(at, text, n) == 0)
            return json_string(text);
    cr_problem_hint(cr_yaml_fault(y, node, "%s cannot be '%s'", what, text), "it is one of %s", all);
    return NULL;
}

static json_t *duration(struct cr_yaml *y, const yaml_node_t *node, const char *text, const char *what)
{
    size_t n = strspn(text, "0123456789."); /* a part of a second goes as it is */
    struct cr_error err = {0};
    int64_t seconds;

    if (n && strchr(text, '.') && strcmp(text + n, "s") == 0)
        return json_string(text);
    if (cr_duration_parse(text, &seconds, &err) == 0)
        return json_sprintf("%" PRId64 "s", seconds);
    cr_problem_hint(cr_yaml_fault(y, node, "%s: %s", what, err.msg), "write it in seconds, such as 1200s");
    return NULL;
}

static json_t *number(struct cr_yaml *y, const yaml_node_t *node, const char *text, bool as_text, const char *what)
{
    struct cr_error err = {0};
    int64_t n;

    if (cr_int_parse(text, &n, &err) == 0)
        return as_text ? json_sprintf("%" PRId64, n) : json_integer(n);
    cr_problem_hint(cr_yaml_fault(y, node, "%s: %s", what, err.msg), "%s", err.hint);
    return NULL;
}

static json_t *boolean(struct cr_yaml *y, const yaml_node_t *node, const char *text, const char *what)
{
    if (strcasecmp(text, "true") == 0 || strcasecmp(text, "false") == 0)
        return json_boolean(*text == 't' || *text == 'T');
    cr_problem_hint(cr_yaml_fault(y, node, "%s: '%s' is neither true nor false", what, text), "write true or false");
    return NULL;
}

static json_t *map(struct cr_yaml *y, const yaml_node_t *node, const char *what)
{
    json_auto_t *made = json_object();

    if (node->type != YAML_MAPPING_NODE) {
        cr_yaml_fault(y, node, "%s must be a mapping", what);
        return NULL;
    }
    for (const yaml_node_pair_t *p = node->data.mapping.pairs.start; p < node->data.mapping.pairs.top; p++) {
        const char *key = cr_yaml_text(y, cr_yaml_node(y, p->key), what);
        CR_AUTO_FREE char *at = key ? cr_format("%s.%s", what, key) : NULL;
        const char *value = key ? cr_yaml_text(y, cr_yaml_node(y, p->value), at) : NULL;

        if (value && !cr_yaml_repeated(y, node, p, at))
            json_object_set_new(made, key, json_string(value));
    }
    return json_incref(made);
}

/* One value of a field; NULL after a fault. */
static json_t *value(struct cr_yaml *y, int id, const struct cr_build_field *f, const char *what, int depth)
{
    const yaml_node_t *node = cr_yaml_node(y, id);
    const char *text;

    if (f->type == CR_F_MESSAGE)
        return message(y, node, f->of, what, depth);
    if (f->type == CR_F_MAP)
        return map(y, node, what);
    if (f->type == CR_F_ANY)
        return cr_yaml_json(y, id, what);
    text = cr_yaml_text(y, node, what);
    if (!text)
        return NULL;
    switch (f->type) {
    case CR_F_ENUM:
        return one_of(y, node, text, f->of, what);
    case CR_F_DURATION:
        return duration(y, node, text, what);
    case CR_F_INT64:
    case CR_F_INT32:
        return number(y, node, text, f->type == CR_F_INT64, what);
    case CR_F_BOOL:
        return boolean(y, node, text, what);
    default:
        return json_string(text);
    }
}

static json_t *list(struct cr_yaml *y, int id, const struct cr_build_field *f, const char *what, int depth)
{
    const yaml_node_t *node = cr_yaml_node(y, id);
    json_auto_t *made = json_array();
    size_t at = 0;

    if (node->type != YAML_SEQUENCE_NODE) {
        cr_problem_hint(cr_yaml_fault(y, node, "%s must be a list", what),
                        "write [VALUE, …], or a line '- VALUE' each");
        return NULL;
    }
    for (const yaml_node_item_t *i = node->data.sequence.items.start; i < node->data.sequence.items.top; i++) {
        CR_AUTO_FREE char *place = cr_format("%s[%zu]", what, at++);
        json_t *item = value(y, *i, f, place, depth);

        if (item)
            json_array_append_new(made, item);
    }
    return json_incref(made);
}

/* Written, but with nothing: such a field is as good as absent. */
static bool is_null(const yaml_node_t *node)
{
    return cr_yaml_empty(node) ||
           (node->type == YAML_SCALAR_NODE && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
            (strcasecmp((const char *)node->data.scalar.value, "null") == 0 ||
             strcmp((const char *)node->data.scalar.value, "~") == 0));
}

static json_t *message(struct cr_yaml *y, const yaml_node_t *node, const char *type, const char *what, int depth)
{
    json_auto_t *made = json_object();

    if (node->type != YAML_MAPPING_NODE || depth > DEEP) {
        cr_yaml_fault(y, node, "%s must be a mapping", what);
        return NULL;
    }
    for (const yaml_node_pair_t *p = node->data.mapping.pairs.start; p < node->data.mapping.pairs.top; p++) {
        const yaml_node_t *key = cr_yaml_node(y, p->key);
        const char *text = cr_yaml_text(y, key, "a field");
        CR_AUTO_FREE char *name = text ? camel(text) : NULL, *at = NULL;
        const struct cr_build_field *f = name ? find(type, name) : NULL;
        json_t *v;

        if (!text)
            continue;
        if (!f) {
            unknown(y, key, type, text, what);
            continue;
        }
        at = depth ? cr_format("%s.%s", what, name) : cr_strdup(name);
        if (cr_yaml_repeated(y, node, p, at) || is_null(cr_yaml_node(y, p->value)))
            continue;
        v = f->list ? list(y, p->value, f, at, depth + 1) : value(y, p->value, f, at, depth + 1);
        if (v)
            json_object_set_new(made, name, v);
    }
    return json_incref(made);
}

/* ---- the whole ---- */

static const yaml_node_t *child(struct cr_yaml *y, const char *name)
{
    for (const yaml_node_pair_t *p = y->root->data.mapping.pairs.start; p < y->root->data.mapping.pairs.top; p++) {
        const yaml_node_t *key = cr_yaml_node(y, p->key);

        if (key->type == YAML_SCALAR_NODE && strcmp((const char *)key->data.scalar.value, name) == 0)
            return key;
    }
    return y->root;
}

static void check(struct cr_yaml *y, const json_t *build)
{
    const char *key;
    json_t *text;

    if (json_object_get(build, "source"))
        cr_problem_hint(cr_yaml_fault(y, child(y, "source"), "a build that is submitted has its source from elsewhere"),
                        "remove it, and name the source on the command line");
    if (!json_array_size(json_object_get(build, "steps")))
        cr_problem_hint(cr_yaml_fault(y, child(y, "steps"), "there are no steps"),
                        "list at least one, such as {name: ubuntu, args: [echo, hello]}");
    json_object_foreach(json_object_get(build, "substitutions"), key, text)
    {
        if (key[0] != '_' || !key[1] || key[strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")])
            cr_problem_hint(cr_yaml_fault(y, child(y, "substitutions"),
                                          "the substitution '%s' does not start with an underscore and go on with A-Z, "
                                          "0-9 and _",
                                          key),
                            "name it _%s", key);
    }
}

int cr_build_config_parse(const char *text, size_t len, const char *path, json_t **build, struct cr_problems *problems,
                          struct cr_error *err)
{
    CR_AUTO_YAML struct cr_yaml y = {0};
    size_t before = cr_problems_errors(problems);
    json_auto_t *made = NULL;

    if (cr_yaml_parse(text, len, path, problems, &y, err) < 0)
        return -1;
    *build = NULL;
    if (!y.root || y.root->type != YAML_MAPPING_NODE) {
        cr_problem_hint(cr_problems_add(problems, CR_E_CONFIG, path, "this is no build"),
                        "write steps: and a list of them");
        return 0;
    }
    made = message(&y, y.root, "Build", "a build", 0);
    if (made && cr_problems_errors(problems) == before)
        check(&y, made);
    if (made && cr_problems_errors(problems) == before)
        *build = json_incref(made);
    return 0;
}

int cr_build_config_read(const char *path, json_t **build, struct cr_problems *problems, struct cr_error *err)
{
    CR_AUTO_FREE char *text = NULL;
    size_t len;

    if (cr_file_read(path, CR_YAML_MAX, &text, &len, err) < 0)
        return -1;
    return cr_build_config_parse(text, len, path, build, problems, err);
}
