#include "cli/cmd.h"

#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/doc.h"

static const struct opt opts[] = {OPT_END};

static const struct verb *find(const char *first, const char *second)
{
    CR_AUTO_FREE char *name = second ? cr_format("%s %s", first, second) : cr_strdup(first);

    for (const struct verb *const *v = verbs; *v; v++)
        if (strcmp((*v)->name, name) == 0)
            return *v;
    return NULL;
}

/* `help --json`: the verbs, for tools. */
static json_t *document(void)
{
    json_t *list = json_array();

    for (const struct verb *const *v = verbs; *v; v++)
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s}", "name", (*v)->name, "arguments", (*v)->args, "summary", (*v)->summary));
    return json_pack("{s:o}", "verbs", list);
}

static int run(struct cmd *c, struct cr_error *err)
{
    const struct verb *v;

    if (c->json)
        return cmd_json(c, document(), err);
    if (!c->npos) {
        doc_overview(c->out);
        return 0;
    }
    v = find(c->pos[0], c->pos[1]);
    if (!v) {
        cr_fail(err, CR_E_USAGE, "there is no verb '%s%s%s'", c->pos[0], c->pos[1] ? " " : "",
                c->pos[1] ? c->pos[1] : "");
        return cr_hint(err, "'crdeploy help' lists the verbs");
    }
    doc_help(v, c->out);
    return 0;
}

const struct verb verb_help = {
    .name = "help",
    .args = "[VERB]",
    .summary = "Show the verbs, or the help of one",
    .examples = (const char *const[]){"crdeploy help deploy", NULL},
    .max_args = 2,
    .opts = opts,
    .args_size = 1,
    .run = run,
};
