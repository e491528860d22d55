/* argv to verb to exit status: the only exit of the program, and the only place where an error is printed. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/clean.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/proc.h"
#include "base/str.h"
#include "cli/cmd.h"
#include "cli/doc.h"

/* --json wants one document, errors too: the same words as for people. */
static void report_json(FILE *out, const struct cr_error *err, json_t *problems, json_t *more)
{
    json_auto_t *doc = json_pack("{s:{s:s, s:o, s:i}}", "error", "code", cr_code_name(err->code), "message",
                                 cmd_text_json(err->msg), "exit_status", cr_code_exit(err->code));

    if (err->hint[0])
        json_object_set_new(json_object_get(doc, "error"), "hint", cmd_text_json(err->hint));
    if (more)
        json_object_update_missing(json_object_get(doc, "error"), more);
    if (problems)
        json_object_set(doc, "problems", problems);
    json_dumpf(doc, out, JSON_INDENT(2));
    fputc('\n', out);
    fflush(out);
}

/* `json`: where the document goes, or NULL. */
static int report(struct ui *ui, FILE *json, json_t *problems, const struct cr_error *err)
{
    ui_done(ui, NULL);
    if (json)
        report_json(json, err, problems, ui_kept(ui));
    ui_error(ui, err->msg);
    if (err->hint[0])
        ui_hint(ui, "%s", err->hint);
    return cr_code_exit(err->code);
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
    return cr_hint(err, "usage: crdeploy %s [options]%s%s", v->name, *v->args ? " " : "", v->args);
}

/* The verb, or the help of it. */
static int perform(struct cmd *c, bool help, struct cr_error *err)
{
    int failed;

    if (help)
        failed = doc_give(c, c->verb, err);
    else if (count_arguments(c->verb, c->npos, err) < 0)
        return -1;
    else
        failed = c->verb->run(c, err);

    assert(!failed == (err->code == CR_OK)); /* the contract of error.h */
    if (!failed && (fflush(c->out) || ferror(c->out) || fflush(stdout) || ferror(stdout)))
        return cr_fail(err, CR_E_IO, "cannot write to standard output");
    return failed;
}

static int run_verb(const struct verb *v, const char **argv, bool json)
{
    CR_AUTO_FREE void *args = cr_calloc(1, v->args_size);
    struct cmd c = {.verb = v, .args = args, .pos = argv};
    struct opt_shared shared = {0};
    struct cr_error err = {0};
    int status = 0, failed = opt_parse(v, argv, &c.npos, args, &shared, &err);

    c.ui = ui_new(stderr, shared.quiet, shared.color);
    c.quiet = shared.quiet;
    c.color = ui_wants_color(stdout, shared.color);
    c.json = shared.json || (failed && json);
    c.out = cr_clean_stream(stdout, c.json);
    if (shared.debug)
        cr_log_enable(shared.debug);
    if (!failed)
        failed = perform(&c, shared.help, &err);
    if (failed)
        status = report(c.ui, c.json && !c.answered ? c.out : NULL, c.problems, &err);
    json_decref(c.problems);
    ui_free(c.ui);
    fclose(c.out);
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
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
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
    FILE *out;
    bool json = wants_json(argc, argv);
    int used = 1, status, skip = argc > 1 ? verb_prefix(argv + 1) : 0;

    cr_proc_hide();
    cr_interrupt_catch();
    opt_beta(skip > 1);
    argc -= skip;
    argv += skip;
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
    else if (argc > 2 && is_word(argv[2], "--help", "-h") && verb_is_group(argv[1])) {
        argv[2] = argv[1]; /* "local --help" is "help local" */
        argv[1] = help;
    }
    v = verb_find(argv[1], argv[2], &used);
    if (v)
        return run_verb(v, (const char **)argv + 1 + used, json);
    verb_unknown(argv[1], argv[2], &err);
    ui = ui_new(stderr, false, NULL);
    out = cr_clean_stream(stdout, true);
    status = report(ui, json ? out : NULL, NULL, &err);
    fclose(out);
    ui_free(ui);
    return status;
}
