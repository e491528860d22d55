/*
 * opt.h - one constant table per verb; parsing, --help, the man page and the shell completions are walks over it.
 *
 * Ownership: parsed strings point into argv or the environment; never freed.
 * Errors: CR_E_USAGE, with the nearest option name as the hint.
 */
#ifndef OPT_H
#define OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "core/edit.h"
#include "core/plan.h"

enum opt_type { OPT_T_END, OPT_T_FLAG, OPT_T_STR, OPT_T_INT, OPT_T_LIST, OPT_T_EDIT };

/* What a shell should offer for the value. */
enum opt_complete { OPT_C_NONE, OPT_C_FILE, OPT_C_DIR };

#define OPT_LIST_MAX 64
struct opt_list { /* a repeatable option, in the order given */
    const char *item[OPT_LIST_MAX];
    size_t len;
};

struct opt {
    char letter;      /* 0: long form only */
    const char *name; /* NULL for OPT_EDIT rows: see opt_name() */
    enum opt_type type;
    size_t offset; /* into the verb's argument struct */
    const char *arg, *env, *help;
    const char *const *choices; /* NULL-terminated; completed and enforced */
    enum opt_complete complete;
    int key;        /* 1 + enum cr_key for OPT_PLAN rows: arg, help, choices come from the row of that key; else 0 */
    int edit;       /* 1 + enum cr_flag for OPT_EDIT rows: the name too comes from the row of that flag; else 0 */
    bool negatable; /* a flag that also has --no-NAME */
};

/* offsetof that will not compile unless the field has the type the row claims. */
#define OPT_AT(S, field, ctype) (offsetof(S, field) + 0 * sizeof(_Generic(&((S *)0)->field, ctype * : 1)))
#define OPT_FLAG(S, field) OPT_T_FLAG, OPT_AT(S, field, bool)
#define OPT_STR(S, field) OPT_T_STR, OPT_AT(S, field, const char *)
#define OPT_INT(S, field) OPT_T_INT, OPT_AT(S, field, int64_t)
#define OPT_LIST(S, field) OPT_T_LIST, OPT_AT(S, field, struct opt_list)
/* An option that sets a key of the plan: `OPT_PLAN(struct deploy_args, plan, CR_KEY_CPU, "cpu")`, where the field is a
 * struct cr_layer. A boolean key takes --NAME and --no-NAME, a CR_T_MAP key K=V, any number of times. */
#define OPT_PLAN(S, layer, cr_key, option)                                                                         \
    {                                                                                                              \
        .name = (option), .type = OPT_T_STR,                                                                       \
        .offset =                                                                                                  \
            OPT_AT(S, layer, struct cr_layer) + offsetof(struct cr_layer, text) + (cr_key) * sizeof(const char *), \
        .key = 1 + (cr_key)                                                                                        \
    }
/* The same behind a letter and a name of the row's own: {'t', "tag", OPT_PLAN_AT(struct build_args, plan, KEY)}. */
#define OPT_PLAN_AT(S, layer, cr_key)                                                                                 \
    OPT_T_STR, OPT_AT(S, layer, struct cr_layer) + offsetof(struct cr_layer, text) + (cr_key) * sizeof(const char *), \
        .key = 1 + (cr_key)
/* An option that changes a service: `OPT_EDIT(struct deploy_args, edits, CR_FLAG_CPU)`, where the field is a struct
 * cr_edits. Edits keep the order of the command line. */
#define OPT_EDIT(S, field, cr_flag)                                                            \
    {                                                                                          \
        .type = OPT_T_EDIT, .offset = OPT_AT(S, field, struct cr_edits), .edit = 1 + (cr_flag) \
    }
#define OPT_END \
    {           \
        0       \
    }

struct cmd;

/* A group of verbs inside a verb: `local up`, `config set`. */
struct verb {
    const char *name;               /* "deploy", or "local up" */
    const char *args;               /* "[DIR]" */
    const char *summary;            /* capitalised, without a full stop */
    const char *about;              /* paragraphs for the man page, blank line between; NULL for none */
    const char *const *examples;    /* NULL-terminated: "crdeploy deploy --cpu 2" */
    int min_args, max_args;         /* positionals; max -1: any number */
    const char *const *arg_choices; /* completed values of the first positional, or NULL */
    enum opt_complete arg_complete;
    const struct opt *opts; /* the verb's own; every verb also takes opt_common */
    size_t args_size;
    int (*run)(struct cmd *c, struct cr_error *err);
};

/* Options every verb takes: --json, --debug, --help, --quiet, --color. Parsed into struct opt_shared. */
struct opt_shared {
    bool json, help, quiet;
    const char *debug, *color;
};
extern const struct opt opt_common[];

/* The row's name, help, metavar and choices, wherever they stand. */
const char *opt_name(const struct opt *o);
const char *opt_help_text(const struct opt *o);
const char *opt_arg(const struct opt *o);
const char *opt_env(const struct opt *o);
const char *const *opt_choices(const struct opt *o);
bool opt_is_flag(const struct opt *o); /* takes no value */
bool opt_has_no(const struct opt *o);  /* also --no-NAME */
bool opt_repeats(const struct opt *o); /* given again, it adds */

/* Fills `into` and `shared` from env then argv; leaves the positionals at argv[0..*count), which is then
 * NULL-terminated. "--" ends the options. A value that begins with "--", or is itself an option of the verb, is taken
 * only in the form --NAME=VALUE; otherwise an option without its value would swallow the next one. Joined texts of
 * repeated CR_T_MAP options and places of edits are owned by opt.c until opt_release(). */
int opt_parse(const struct verb *v, const char **argv, int *count, void *into, struct opt_shared *shared,
              struct cr_error *err) CR_CHECKED;
void opt_release(void);
/* Before opt_parse(): what gcloud takes in its beta only is taken too. */
void opt_beta(bool beta);

#endif
