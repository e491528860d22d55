#include "core/yaml.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"

#define SPARE 100000 /* nodes that aliases may add; a manifest repeats a sample, a bomb needs billions */

/* Line and column of a byte, for errors of the reader, which knows only the offset. */
static void locate(const char *text, size_t offset, int *line, int *column)
{
    *line = *column = 1;
    for (size_t i = 0; i < offset; i++) {
        *column = text[i] == '\n' ? 1 : *column + 1;
        *line += text[i] == '\n';
    }
}

/* The byte at a mark: libyaml counts characters, and its index too. */
static bool tab_at(const char *text, size_t len, yaml_mark_t mark)
{
    size_t line = 0, i = 0;

    for (; i < len && line < mark.line; i++)
        line += text[i] == '\n';
    for (; i < len && (text[i] == ' '); i++)
        ;
    return i < len && text[i] == '\t';
}

static int fail_parser(const yaml_parser_t *p, const char *text, size_t len, const char *path, struct cr_error *err)
{
    int line = (int)p->problem_mark.line + 1, column = (int)p->problem_mark.column + 1;

    if (p->error == YAML_MEMORY_ERROR)
        return cr_fail(err, CR_E_CONFIG, "%s: nested too deeply", path);
    if (p->error == YAML_READER_ERROR) {
        locate(text, p->problem_offset < len ? p->problem_offset : len, &line, &column);
        cr_fail(err, CR_E_CONFIG, "%s:%d:%d: %s", path, line, column, p->problem);
        return cr_hint(err, "save the file as UTF-8 without control characters");
    }
    if (tab_at(text, len, p->problem_mark)) {
        cr_fail(err, CR_E_CONFIG, "%s:%d:%d: a tab cannot indent YAML", path, line, column);
        return cr_hint(err, "indent with spaces");
    }
    cr_fail(err, CR_E_CONFIG, "%s:%d:%d: %s%s%s", path, line, column, p->context ? p->context : "",
            p->context ? ", " : "", p->problem ? p->problem : "no YAML");
    return p->context ? cr_hint(err, "look at line %d too: it starts there", (int)p->context_mark.line + 1) : -1;
}

/* A second document would be read by nobody. */
static void check_single(yaml_parser_t *parser, struct cr_yaml *y)
{
    yaml_document_t more;
    yaml_node_t *root;

    if (!yaml_parser_load(parser, &more))
        return; /* what follows is no YAML either; the first document said all there is to use */
    root = yaml_document_get_root_node(&more);
    if (root)
        cr_problem_hint(cr_yaml_fault(y, root, "a second document"), "keep one document a file: remove the '---'");
    yaml_document_delete(&more);
}

int cr_yaml_parse(const char *text, size_t len, const char *path, struct cr_problems *problems, struct cr_yaml *y,
                  struct cr_error *err)
{
    yaml_parser_t parser;
    int ret = -1;

    *y = (struct cr_yaml){.path = path, .problems = problems};
    if (len > CR_YAML_MAX)
        return cr_fail(err, CR_E_CONFIG, "%s: over the limit of %d bytes", path, CR_YAML_MAX);
    if (!yaml_parser_initialize(&parser))
        return cr_fail(err, CR_E_IO, "%s: out of memory", path);
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
    if (!yaml_parser_load(&parser, &y->doc)) {
        fail_parser(&parser, text, len, path, err);
        y->doc = (yaml_document_t){0};
    } else {
        y->root = yaml_document_get_root_node(&y->doc);
        y->budget = (y->doc.nodes.top - y->doc.nodes.start) + SPARE;
        if (y->root)
            check_single(&parser, y);
        ret = 0;
    }
    yaml_parser_delete(&parser);
    return ret;
}

void cr_yaml_clear(struct cr_yaml *y)
{
    if (y->doc.nodes.start)
        yaml_document_delete(&y->doc);
    *y = (struct cr_yaml){0};
}

yaml_node_t *cr_yaml_node(struct cr_yaml *y, int id)
{
    return yaml_document_get_node(&y->doc, id);
}

struct cr_problem *cr_yaml_fault(struct cr_yaml *y, const yaml_node_t *node, const char *fmt, ...)
{
    CR_AUTO_FREE char *place = cr_format("%s:%zu:%zu", y->path, node->start_mark.line + 1, node->start_mark.column + 1);
    CR_AUTO_FREE char *text = NULL;
    va_list ap;

    va_start(ap, fmt);
    text = cr_vformat(fmt, ap);
    va_end(ap);
    return cr_problems_add(y->problems, CR_E_CONFIG, place, "%s", text);
}

bool cr_yaml_empty(const yaml_node_t *node)
{
    return node->type == YAML_SCALAR_NODE && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           !node->data.scalar.length;
}

static bool tagged(const yaml_node_t *node)
{
    static const char *const plain[] = {NULL, YAML_STR_TAG, YAML_SEQ_TAG, YAML_MAP_TAG};

    return node->tag && strcmp((const char *)node->tag, plain[node->type]) != 0;
}

const char *cr_yaml_text(struct cr_yaml *y, const yaml_node_t *node, const char *what)
{
    static const char *const types[] = {"nothing", "text", "a list", "a mapping"};
    const char *text;

    if (node->type != YAML_SCALAR_NODE) {
        cr_yaml_fault(y, node, "%s must be a plain value, not %s", what, types[node->type]);
        return NULL;
    }
    text = (const char *)node->data.scalar.value;
    if (tagged(node)) {
        cr_problem_hint(cr_yaml_fault(y, node, "%s has the tag '%s'", what, node->tag), "leave the tag out");
        return NULL;
    }
    if (strlen(text) != node->data.scalar.length) {
        cr_yaml_fault(y, node, "%s has a zero byte inside", what);
        return NULL;
    }
    return text;
}

bool cr_yaml_repeated(struct cr_yaml *y, const yaml_node_t *mapping, const yaml_node_pair_t *pair, const char *what)
{
    const yaml_node_t *key = cr_yaml_node(y, pair->key);

    for (const yaml_node_pair_t *p = mapping->data.mapping.pairs.start; p < pair; p++) {
        const yaml_node_t *other = cr_yaml_node(y, p->key);

        if (other->type != YAML_SCALAR_NODE || key->type != YAML_SCALAR_NODE ||
            other->data.scalar.length != key->data.scalar.length ||
            memcmp(other->data.scalar.value, key->data.scalar.value, key->data.scalar.length) != 0)
            continue;
        cr_problem_hint(cr_yaml_fault(y, key, "%s stands here a second time", what),
                        "the first is in line %zu; keep one of them", other->start_mark.line + 1);
        return true;
    }
    return false;
}
