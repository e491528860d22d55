#include "core/manifest.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/yaml.h"

void cr_manifest_clear(struct cr_manifest *m)
{
    for (int key = 0; key < CR_KEY_COUNT; key++) {
        free(m->text[key]);
        json_decref(m->map[key]);
    }
    for (size_t i = 0; i < m->samples; i++) {
        json_decref(m->sample[i].request);
        json_decref(m->sample[i].response);
    }
    free(m->sample);
    free(m->path);
    free(m->dir);
    *m = (struct cr_manifest){0};
}

/* Is `path` the part of a row before one of its dots: "model.files"? */
static bool is_section(const char *path)
{
    size_t n = strlen(path);

    for (int key = 0; key < CR_KEY_COUNT; key++)
        if (strncmp(cr_keys[key].path, path, n) == 0 && cr_keys[key].path[n] == '.')
            return true;
    return false;
}

static int find_row(const char *path)
{
    for (int key = 0; key < CR_KEY_COUNT; key++)
        if (strcmp(cr_keys[key].path, path) == 0)
            return key;
    return -1;
}

/* The keys right under a section ("" is the top), once each. Words point into `store`. */
static size_t children(const char *section, char store[CR_KEY_COUNT][48], const char *words[CR_KEY_COUNT + 1])
{
    size_t n = strlen(section), found = 0;

    for (int key = 0; key < CR_KEY_COUNT; key++) {
        const char *rest = cr_keys[key].path + (n ? n + 1 : 0);
        size_t len;

        if (n && (strncmp(cr_keys[key].path, section, n) != 0 || cr_keys[key].path[n] != '.'))
            continue;
        len = strcspn(rest, ".");
        if (found && strncmp(store[found - 1], rest, len) == 0 && !store[found - 1][len])
            continue;
        snprintf(store[found], sizeof(store[found]), "%.*s", (int)len, rest);
        words[found] = store[found];
        found++;
    }
    words[found] = NULL;
    return found;
}

static void fault_unknown(struct cr_yaml *y, const yaml_node_t *node, const char *section, const char *name)
{
    char store[CR_KEY_COUNT][48];
    const char *words[CR_KEY_COUNT + 1], *near;
    size_t n = children(section, store, words);
    CR_AUTO_FREE char *list = cr_strdup("");
    struct cr_problem *p =
        cr_yaml_fault(y, node, "unknown key '%s'%s%s%s", name, *section ? " in '" : "", section, *section ? "'" : "");

    if (find_row(name) >= 0 && strchr(name, '.')) {
        cr_problem_hint(p, "nest it: '%s' on a line of its own under '%.*s:'", strrchr(name, '.') + 1,
                        (int)(strrchr(name, '.') - name), name);
        return;
    }
    if ((near = cr_nearest(name, words))) {
        cr_problem_hint(p, "did you mean '%s'?", near);
        return;
    }
    for (int key = 0; key < CR_KEY_COUNT; key++)
        if (strcmp(cr_key_name(key), name) == 0) { /* right name, wrong place */
            const char *path = cr_keys[key].path;
            int len = (int)(cr_key_name(key) - path);

            if (len)
                cr_problem_hint(p, "'%s' stands under '%.*s'", name, len - 1, path);
            else
                cr_problem_hint(p, "'%s' stands at the top, not under '%s'", name, section);
            return;
        }
    for (size_t i = 0; i < n; i++) {
        char *before = list;

        list = cr_format("%s%s%s", before, i ? ", " : "", words[i]);
        free(before);
    }
    cr_problem_hint(p, "known keys here: %s", list);
}

static void read_map(struct cr_yaml *y, const yaml_node_t *node, enum cr_key key, struct cr_manifest *m)
{
    json_auto_t *map = json_object();

    if (node->type != YAML_MAPPING_NODE) {
        if (!cr_yaml_empty(node))
            cr_problem_hint(cr_yaml_fault(y, node, "%s must be a mapping of names to texts", cr_keys[key].path),
                            "write %s: %s", cr_key_name(key), cr_keys[key].example);
        return;
    }
    for (const yaml_node_pair_t *p = node->data.mapping.pairs.start; p < node->data.mapping.pairs.top; p++) {
        const yaml_node_t *name_node = cr_yaml_node(y, p->key);
        CR_AUTO_FREE char *subject = cr_format("a name in %s", cr_keys[key].path), *what = NULL;
        const char *name = cr_yaml_text(y, name_node, subject), *value;

        if (!name)
            continue;
        what = cr_format("'%s' in %s", name, cr_keys[key].path);
        value = cr_yaml_repeated(y, node, p, what) ? NULL : cr_yaml_text(y, cr_yaml_node(y, p->value), what);
        if (value)
            json_object_set_new(map, name, json_string(value));
    }
    m->map[key] = json_incref(map);
}

static void read_tolerance(struct cr_yaml *y, const yaml_node_t *node, struct cr_sample *sample)
{
    const char *text = cr_yaml_text(y, node, "tolerance");
    char *end;
    double value;

    if (!text)
        return;
    value = strtod(text, &end);
    if (end == text || *end || !isfinite(value) || value < 0 || strpbrk(text, "xX ")) {
        cr_problem_hint(cr_yaml_fault(y, node, "tolerance '%s' is not a number from 0 up", text),
                        "write a number such as 0.001");
        return;
    }
    sample->tolerance = value;
}

static void read_sample(struct cr_yaml *y, int id, size_t index, struct cr_manifest *m)
{
    static const char *const keys[] = {"request", "response", "tolerance", NULL};
    const yaml_node_t *node = cr_yaml_node(y, id);
    CR_AUTO_FREE char *what = cr_format("samples[%zu]", index);
    struct cr_sample *sample;
    bool asked = false;

    if (node->type != YAML_MAPPING_NODE) {
        cr_problem_hint(cr_yaml_fault(y, node, "%s must be a mapping", what), "write - request: …");
        return;
    }
    m->sample = cr_realloc(m->sample, (m->samples + 1) * sizeof(*m->sample));
    sample = &m->sample[m->samples++];
    *sample = (struct cr_sample){
        .tolerance = 1e-3, .line = (int)node->start_mark.line + 1, .column = (int)node->start_mark.column + 1};
    for (const yaml_node_pair_t *p = node->data.mapping.pairs.start; p < node->data.mapping.pairs.top; p++) {
        const yaml_node_t *name_node = cr_yaml_node(y, p->key);
        const char *name = cr_yaml_text(y, name_node, "a key of a sample"), *near;

        if (!name || cr_yaml_repeated(y, node, p, name))
            continue;
        if (strcmp(name, "request") == 0) {
            asked = true;
            sample->request = cr_yaml_json(y, p->value, "request");
        } else if (strcmp(name, "response") == 0) {
            sample->response = cr_yaml_json(y, p->value, "response");
        } else if (strcmp(name, "tolerance") == 0) {
            read_tolerance(y, cr_yaml_node(y, p->value), sample);
        } else {
            struct cr_problem *fault = cr_yaml_fault(y, name_node, "unknown key '%s' in a sample", name);

            if ((near = cr_nearest(name, keys)))
                cr_problem_hint(fault, "did you mean '%s'?", near);
            else
                cr_problem_hint(fault, "known keys here: request, response, tolerance");
        }
    }
    if (!asked)
        cr_problem_hint(cr_yaml_fault(y, node, "%s has no request", what), "add request: {…}");
}

static void read_samples(struct cr_yaml *y, const yaml_node_t *node, struct cr_manifest *m)
{
    size_t index = 0;

    if (cr_yaml_empty(node))
        return;
    if (node->type != YAML_SEQUENCE_NODE) {
        cr_problem_hint(cr_yaml_fault(y, node, "samples must be a list"), "start each sample with '- request:'");
        return;
    }
    for (const yaml_node_item_t *i = node->data.sequence.items.start; i < node->data.sequence.items.top; i++)
        read_sample(y, *i, index++, m);
}

static void read_value(struct cr_yaml *y, const yaml_node_t *node, enum cr_key key, struct cr_manifest *m)
{
    const char *text;

    m->line[key] = (int)node->start_mark.line + 1;
    m->column[key] = (int)node->start_mark.column + 1;
    if (cr_keys[key].type == CR_T_MAP) {
        read_map(y, node, key, m);
    } else if (cr_keys[key].type == CR_T_SAMPLES) {
        read_samples(y, node, m);
    } else if (cr_yaml_empty(node)) {
        cr_problem_hint(cr_yaml_fault(y, node, "%s has no value", cr_keys[key].path),
                        "give it one%s%s, or remove the line", cr_keys[key].example ? ", such as " : "",
                        cr_keys[key].example ? cr_keys[key].example : "");
    } else if ((text = cr_yaml_text(y, node, cr_keys[key].path))) {
        m->text[key] = cr_strdup(text);
    }
}

/* Depth is that of the rows' paths, so an alias that loops ends at an unknown key or a wrong type. */
static void read_section(struct cr_yaml *y, const yaml_node_t *node, const char *section, struct cr_manifest *m)
{
    if (cr_yaml_empty(node))
        return; /* `deploy:` with everything below it in comments */
    if (node->type != YAML_MAPPING_NODE) {
        cr_yaml_fault(y, node, "%s must be a mapping of keys to values", *section ? section : "a manifest");
        return;
    }
    for (const yaml_node_pair_t *p = node->data.mapping.pairs.start; p < node->data.mapping.pairs.top; p++) {
        const yaml_node_t *name_node = cr_yaml_node(y, p->key), *value = cr_yaml_node(y, p->value);
        const char *name = cr_yaml_text(y, name_node, "a key");
        CR_AUTO_FREE char *path = name ? cr_format("%s%s%s", section, *section ? "." : "", name) : NULL;
        bool nested = name && !strchr(name, '.'); /* a dotted name is no path */
        int key = nested ? find_row(path) : -1;

        if (!name)
            continue;
        if (key < 0 && !(nested && is_section(path)))
            fault_unknown(y, name_node, section, name);
        else if (cr_yaml_repeated(y, node, p, path))
            continue;
        else if (key < 0)
            read_section(y, value, path, m);
        else
            read_value(y, value, key, m);
    }
}

int cr_manifest_parse(const char *text, size_t len, const char *path, const char *dir, struct cr_manifest *m,
                      struct cr_problems *problems, struct cr_error *err)
{
    CR_AUTO_YAML struct cr_yaml y = {0};

    if (cr_yaml_parse(text, len, path, problems, &y, err) < 0)
        return -1;
    *m = (struct cr_manifest){.path = cr_strdup(path), .dir = cr_strdup(dir)};
    if (y.root)
        read_section(&y, y.root, "", m);
    return 0;
}

int cr_manifest_load(const char *path, struct cr_manifest *m, struct cr_problems *problems, struct cr_error *err)
{
    CR_AUTO_FREE char *text = NULL, *dir = NULL;
    const char *slash = strrchr(path, '/');
    struct stat st;
    size_t len;

    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        cr_fail(err, CR_E_IO, "'%s' is a directory, not a file", path);
        return cr_hint(err, "name a manifest, such as %s/%s", path, CR_MANIFEST_NAME);
    }
    if (cr_file_read(path, CR_YAML_MAX + 1, &text, &len, err) < 0)
        return -1;
    dir = slash ? cr_strndup(path, slash == path ? 1 : (size_t)(slash - path)) : cr_strdup(".");
    return cr_manifest_parse(text, len, path, dir, m, problems, err);
}
