/* argv to verb to exit status: the only exit of the program, and the only place where an error is printed. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/cmd.h"
#include "cli/doc.h"

/* --json wants one document, errors too: the same words as for people. */
static void report_json(const struct cr_error *err)
{
    json_auto_t *doc = json_pack("{s:{s:s, s:s, s:i}}", "error", "code", cr_code_name(err->code), "message", err->msg,
                                 "exit_status", cr_code_exit(err->code));

    if (err->hint[0])
        json_object_set_new(json_object_get(doc, "error"), "hint", json_string(err->hint));
    json_dumpf(doc, stdout, JSON_INDENT(2));
    fputc('\n', stdout);
    fflush(stdout);
}

static int report(struct ui *ui, bool json, const struct cr_error *err)
{
    ui_done(ui, NULL);
    if (json)
        report_json(err);
    ui_error(ui, err->msg);
    if (err->hint[0])
        ui_hint(ui, "%s", err->hint);
    return cr_code_exit(err->code);
}

/* "local up" is two words of argv; *used is how many. */
static const struct verb *find_verb(int argc, char **argv, int *used)
{
    for (const struct verb *const *v = verbs; *v; v++) {
        const char *name = (*v)->name, *blank = strchr(name, ' ');
        size_t n = blank ? (size_t)(blank - name) : strlen(name);

        if (strlen(argv[1]) != n || memcmp(argv[1], name, n) != 0)
            continue;
        *used = blank ? 2 : 1;
        if (!blank || (argc > 2 && strcmp(argv[2], blank + 1) == 0))
            return *v;
    }
    return NULL;
}

static int unknown_verb(int argc, char **argv, struct cr_error *err)
{
    const char *names[64], *near;
    CR_AUTO_FREE char *given = cr_strdup(argv[1]), *all = cr_strdup("");
    size_t n = 0, words = strlen(argv[1]);

    for (const struct verb *const *v = verbs; *v && n < CR_LEN(names) - 1; v++) {
        names[n++] = (*v)->name;
        if (strncmp((*v)->name, argv[1], words) == 0 && (*v)->name[words] == ' ') {
            char *more = cr_format("%s%s'%s'", all, *all ? ", " : "", (*v)->name);

            free(all);
            all = more;
        }
    }
    names[n] = NULL;
    if (*all) {
        cr_fail(err, CR_E_USAGE, "'%s' needs one of its verbs%s%s%s", argv[1], argc > 2 ? ", not '" : "",
                argc > 2 ? argv[2] : "", argc > 2 ? "'" : "");
        return cr_hint(err, "it has %s", all);
    }
    near = cr_nearest(given, names);
    cr_fail(err, CR_E_USAGE, "there is no verb '%s'", argv[1]);
    return near ? cr_hint(err, "did you mean '%s'?", near) : cr_hint(err, "'crdeploy help' lists the verbs");
}

static int count_arguments(const struct verb *v, int n, struct cr_error *err)
{
    if (n >= v->min_args && (v->max_args < 0 || n <= v->max_args))
        return 0;
    if (n < v->min_args)
        cr_fail(err, CR_E_USAGE, "'crdeploy %s' needs %s", v->name, v->args);
    else
        cr_fail(err, CR_E_USAGE, "'crdeploy %s' takes %s%d argument%s, not %d", v->name, v->max_args ? "at most " : "",
                v->max_args, v->max_args == 1 ? "" : "s", n);
    return cr_hint(err, "usage: crdeploy %s [options] %s", v->name, v->args);
}

static int perform(struct cmd *c, struct cr_error *err)
{
    int failed = c->verb->run(c, err);

    assert(!failed == (err->code == CR_OK)); /* the contract of error.h */
    if (!failed && (fflush(c->out) || ferror(c->out)))
        return cr_fail(err, CR_E_IO, "cannot write to standard output");
    return failed;
}

static int run_verb(const struct verb *v, const char **argv)
{
    CR_AUTO_FREE void *args = cr_calloc(1, v->args_size);
    struct cmd c = {.verb = v, .args = args, .pos = argv, .out = stdout};
    struct opt_shared shared = {0};
    struct cr_error err = {0};
    int status = 0, failed = opt_parse(v, argv, &c.npos, args, &shared, &err);

    c.ui = ui_new(stderr, shared.quiet, shared.color);
    c.json = shared.json;
    if (shared.debug)
        cr_log_enable(shared.debug);
    if (!failed && shared.help)
        doc_help(v, stdout);
    else if (!failed && (failed = count_arguments(v, c.npos, &err)) == 0)
        failed = perform(&c, &err);
    if (failed)
        status = report(c.ui, c.json && !c.answered, &err);
    ui_free(c.ui);
    opt_release();
    cr_log_forget();
    return status;
}

/* What may stand before a verb, or in place of one. */
static bool is_word(const char *word, const char *a, const char *b)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

static bool wants_json(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--json") == 0)
            return true;
    return false;
}

int main(int argc, char **argv)
{
    static char help[] = "help", version[] = "version"; /* argv is writable, and outlives this block */
    struct cr_error err = {0};
    const struct verb *v;
    struct ui *ui;
    int used = 1, status;

    cr_interrupt_catch();
    if (argc < 2) {
        doc_overview(stderr);
        return cr_code_exit(CR_E_USAGE);
    }
    if (argc >= 2 && strcmp(argv[1], "__doc") == 0) /* for `make docs` and its lint */
        return doc_write(argc > 2 && strcmp(argv[2], "list") != 0 ? argv[2] : NULL, stdout) < 0;
    if (is_word(argv[1], "--help", "-h"))
        argv[1] = help;
    else if (is_word(argv[1], "--version", "-V"))
        argv[1] = version;
    v = find_verb(argc, argv, &used);
    if (v)
        return run_verb(v, (const char **)argv + 1 + used);
    unknown_verb(argc, argv, &err);
    ui = ui_new(stderr, false, NULL);
    status = report(ui, wants_json(argc, argv), &err);
    ui_free(ui);
    return status;
}
