#include "cli/doc.h"

#include <string.h>

#include "base/mem.h"
#include "cli/cmd.h"
#include "core/jsonschema.h"

/* Width of the column that options and verbs stand in, and of the whole. */
enum { COLUMN = 30, WIDTH = 100 };

/* Words of `s`, wrapped behind `indent` blanks; a blank line stays one. The first line starts at column `at`. */
static void wrap(const char *s, int indent, int at, FILE *out)
{
    while (*s) {
        int n = (int)strcspn(s, " \n");

        if (at > indent && at + 1 + n > WIDTH)
            at = fprintf(out, "\n%*s", indent, "") - 1;
        else if (at > indent && n)
            at += fprintf(out, " ");
        at += fprintf(out, "%.*s", n, s);
        s += n;
        for (; *s == ' ' || *s == '\n'; s++)
            if (*s == '\n')
                at = fprintf(out, "\n%*s", indent, "") - 1;
    }
    fputc('\n', out);
}

void doc_usage(const struct verb *v, FILE *out)
{
    fprintf(out, "usage: crdeploy %s [options]%s%s\n", v->name, *v->args ? " " : "", v->args);
}

/* text with three more pieces; takes text, gives new. */
static char *more(char *text, const char *a, const char *b, const char *c)
{
    char *all = cr_format("%s%s%s%s", text, a, b, c);

    free(text);
    return all;
}

static void help_option(const struct opt *o, FILE *out)
{
    const char *const *c = opt_choices(o);
    char *text;
    int n = o->letter ? fprintf(out, "  -%c, ", o->letter) : fprintf(out, "      ");

    n += fprintf(out, "--%s%s", opt_has_no(o) ? "[no-]" : "", opt_name(o));
    if (!opt_is_flag(o))
        n += fprintf(out, "=%s", opt_arg(o) ? opt_arg(o) : "VALUE");
    fprintf(out, n < COLUMN - 1 ? "%*s" : "\n%*s", n < COLUMN - 1 ? COLUMN - n : COLUMN, "");
    text = cr_strdup(opt_help_text(o));
    for (size_t i = 0; c && c[i]; i++)
        text = more(text, i ? ", " : " (", c[i], c[i + 1] ? "" : ")");
    if (opt_env(o))
        text = more(text, " [$", opt_env(o), "]");
    wrap(text, COLUMN, COLUMN, out);
    free(text);
}

void doc_help(const struct verb *v, FILE *out)
{
    doc_usage(v, out);
    fprintf(out, "\n%s.\n", v->summary);
    if (v->about) {
        fputc('\n', out);
        wrap(v->about, 0, 0, out);
    }
    fputs("\noptions:\n", out);
    for (const struct opt *o = v->opts; o->type; o++)
        help_option(o, out);
    for (const struct opt *o = opt_common; o->type; o++)
        help_option(o, out);
    if (v->examples)
        fputs("\nexamples:\n", out);
    for (const char *const *e = v->examples; e && *e; e++)
        fprintf(out, "  %s\n", *e);
}

static void list_verbs(const char *group, FILE *out)
{
    fputs("\nverbs:\n", out);
    for (const struct verb *const *v = verbs; *v; v++)
        if (!group || verb_in_group(*v, group))
            fprintf(out, "  %-*s%s\n", COLUMN - 2, (*v)->name, (*v)->summary);
}

void doc_group(const char *group, FILE *out)
{
    fprintf(out, "usage: crdeploy %s VERB [options] [arguments]\n", group);
    list_verbs(group, out);
    fprintf(out, "\n'crdeploy %s VERB --help' shows the options of a verb.\n", group);
}

void doc_overview(FILE *out)
{
    fputs("usage: crdeploy VERB [options] [arguments]\n\n"
          "Packages a machine-learning model and deploys it to Google Cloud Run, or to this machine.\n",
          out);
    list_verbs(NULL, out);
    fputs("\nexit status:\n", out);
    for (int code = 0; code < CR_CODE_COUNT; code++)
        fprintf(out, "  %3d  %-*s%s\n", cr_code_exit(code), COLUMN - 7, cr_code_name(code), cr_code_meaning(code));
    fputs("\n'crdeploy VERB --help' shows the options of a verb, 'man crdeploy' the whole manual.\n", out);
}

static json_t *row_json(const struct verb *v)
{
    return json_pack("{s:s, s:s, s:s}", "name", v->name, "arguments", v->args, "summary", v->summary);
}

json_t *doc_list_json(const char *group)
{
    json_t *list = json_array();

    for (const struct verb *const *v = verbs; *v; v++)
        if (!group || verb_in_group(*v, group))
            json_array_append_new(list, row_json(*v));
    return json_pack("{s:o}", "verbs", list);
}

static void add_options(const struct opt *o, json_t *list)
{
    for (; o->type; o++) {
        json_t *choices = NULL;

        for (const char *const *c = opt_choices(o); c && *c; c++) {
            choices = choices ? choices : json_array();
            json_array_append_new(choices, json_string(*c));
        }
        json_array_append_new(list, json_pack("{s:s, s:s?, s:b, s:s, s:s?, s:o*}", "name", opt_name(o), "argument",
                                              opt_is_flag(o) ? NULL : opt_arg(o), "negatable", opt_has_no(o), "help",
                                              opt_help_text(o), "environment", opt_env(o), "choices", choices));
    }
}

int doc_give(struct cmd *c, const struct verb *v, struct cr_error *err)
{
    json_t *doc, *options;

    if (!c->json) {
        doc_help(v, c->out);
        return 0;
    }
    doc = row_json(v);
    options = json_array();
    add_options(v->opts, options);
    add_options(opt_common, options);
    json_object_set_new(doc, "options", options);
    return cmd_json(c, doc, err);
}

/* crdeploy.yaml for editors. */
static void schema(FILE *out)
{
    json_auto_t *doc = cr_jsonschema();

    json_dumpf(doc, out, JSON_INDENT(2));
    fputc('\n', out);
}

static const struct {
    const char *path;
    void (*write)(FILE *out);
} files[] = {
    {"man/crdeploy.1", doc_man_overview},    {"man/crdeploy.yaml.5", doc_man_manifest},
    {"man/crdeploy-local.8", doc_man_local}, {"completions/crdeploy.bash", doc_bash},
    {"completions/_crdeploy", doc_zsh},      {"completions/crdeploy.fish", doc_fish},
    {"docs/crdeploy.schema.json", schema},
};

/* "local up" is documented in man/crdeploy-local-up.1. */
static void man_path(const struct verb *v, char path[64])
{
    snprintf(path, 64, "man/crdeploy-%s.1", v->name);
    for (char *p = strchr(path, ' '); p; p = strchr(p, ' '))
        *p = '-';
}

int doc_write(const char *path, FILE *out)
{
    char page[64];

    for (size_t i = 0; i < CR_LEN(files); i++) {
        if (!path) {
            fprintf(out, "%s %s\n", files[i].path, files[i].path);
        } else if (strcmp(path, files[i].path) == 0) {
            files[i].write(out);
            return 0;
        }
    }
    for (const struct verb *const *v = verbs; *v; v++) {
        man_path(*v, page);
        if (!path) {
            fprintf(out, "%s %s\n", page, page);
        } else if (strcmp(path, page) == 0) {
            doc_man_verb(*v, out);
            return 0;
        }
    }
    return path ? -1 : 0;
}
