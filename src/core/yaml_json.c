/* YAML nodes as JSON values, by the core schema of YAML 1.2. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "core/yaml.h"

#define DEEP 64

struct walk { /* the way down to a node, to see an alias that leads back up */
    int id[DEEP];
    int depth;
};

static size_t digits(const char *s, const char *set)
{
    return strspn(s, set);
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?; whole says that it is an integer. */
static bool is_number(const char *s, bool *whole)
{
    size_t before, after = 0, n;

    s += *s == '-' || *s == '+';
    before = digits(s, "0123456789");
    s += before;
    *whole = true;
    if (*s == '.') {
        *whole = false;
        after = digits(++s, "0123456789");
        s += after;
    }
    if (!before && !after)
        return false;
    if (*s == 'e' || *s == 'E') {
        *whole = false;
        s++;
        s += *s == '-' || *s == '+';
        n = digits(s, "0123456789");
        if (!n)
            return false;
        s += n;
    }
    return *s == '\0';
}

/* 0o17 and 0x1f. */
static json_t *based(const char *s)
{
    int base = strncmp(s, "0o", 2) == 0 ? 8 : strncmp(s, "0x", 2) == 0 ? 16 : 0;
    const char *set = base == 8 ? "01234567" : "0123456789abcdefABCDEF";
    long long n;

    if (!base || !s[2] || s[2 + digits(s + 2, set)])
        return NULL;
    errno = 0;
    n = strtoll(s + 2, NULL, base);
    return errno ? NULL : json_integer(n);
}

static json_t *plain(const char *s, bool *bad)
{
    static const char *const words[] = {"null", "Null", "NULL",  "~",     "",     "true",
                                        "True", "TRUE", "false", "False", "FALSE"};
    json_t *number;
    bool whole;

    for (size_t i = 0; i < CR_LEN(words); i++)
        if (strcmp(words[i], s) == 0)
            return i < 5 ? json_null() : json_boolean(i < 8);
    if ((number = based(s)))
        return number;
    if (is_number(s, &whole)) {
        double real;
        long long n;

        errno = 0;
        n = strtoll(s, NULL, 10);
        if (whole && !errno)
            return json_integer(n);
        real = strtod(s, NULL);
        *bad = !isfinite(real);
        return *bad ? NULL : json_real(real);
    }
    *bad = strcasecmp(s, ".nan") == 0 || strcasecmp(s + (*s == '-' || *s == '+'), ".inf") == 0;
    return *bad ? NULL : json_string(s);
}

static json_t *scalar(struct cr_yaml *y, const yaml_node_t *node, const char *what)
{
    const char *text = cr_yaml_text(y, node, what);
    json_t *value;
    bool bad = false;

    if (!text)
        return NULL;
    if (node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        return json_string(text);
    value = plain(text, &bad);
    if (bad)
        cr_problem_hint(cr_yaml_fault(y, node, "%s: JSON has no number '%s'", what, text),
                        "write a finite number, or quote it if it is text");
    return value;
}

static json_t *convert(struct cr_yaml *y, int id, const char *what, struct walk *w);

static json_t *list(struct cr_yaml *y, const yaml_node_t *node, const char *what, struct walk *w)
{
    json_auto_t *made = json_array();

    for (const yaml_node_item_t *i = node->data.sequence.items.start; i < node->data.sequence.items.top; i++) {
        json_t *item = convert(y, *i, what, w);

        if (!item)
            return NULL;
        json_array_append_new(made, item);
    }
    return json_incref(made);
}

static json_t *object(struct cr_yaml *y, const yaml_node_t *node, const char *what, struct walk *w)
{
    json_auto_t *made = json_object();

    for (const yaml_node_pair_t *p = node->data.mapping.pairs.start; p < node->data.mapping.pairs.top; p++) {
        const yaml_node_t *at = cr_yaml_node(y, p->key);
        CR_AUTO_FREE char *subject = cr_format("a key in %s", what);
        const char *key = cr_yaml_text(y, at, subject);
        json_t *value;

        if (!key)
            return NULL;
        if (json_object_get(made, key)) {
            cr_yaml_fault(y, at, "%s: '%s' stands here a second time", what, key);
            return NULL;
        }
        value = convert(y, p->value, what, w);
        if (!value)
            return NULL;
        json_object_set_new(made, key, value);
    }
    return json_incref(made);
}

static json_t *convert(struct cr_yaml *y, int id, const char *what, struct walk *w)
{
    const yaml_node_t *node = cr_yaml_node(y, id);
    json_t *made;

    for (int i = 0; i < w->depth; i++)
        if (w->id[i] == id) {
            cr_yaml_fault(y, node, "%s: an alias leads back to its own anchor", what);
            return NULL;
        }
    if (w->depth == DEEP) {
        cr_yaml_fault(y, node, "%s is nested deeper than %d levels", what, DEEP);
        return NULL;
    }
    if (--y->budget < 0) {
        cr_problem_hint(cr_yaml_fault(y, node, "%s: aliases repeat too much", what), "write the values out");
        return NULL;
    }
    w->id[w->depth++] = id;
    made = node->type == YAML_SCALAR_NODE     ? scalar(y, node, what)
           : node->type == YAML_SEQUENCE_NODE ? list(y, node, what, w)
                                              : object(y, node, what, w);
    w->depth--;
    return made;
}

json_t *cr_yaml_json(struct cr_yaml *y, int id, const char *what)
{
    struct walk w = {.depth = 0};

    return convert(y, id, what, &w);
}
