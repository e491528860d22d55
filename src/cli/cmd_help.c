#include "cli/cmd.h"
#include "cli/doc.h"

static const struct opt opts[] = {OPT_END};

static int run(struct cmd *c, struct cr_error *err)
{
    const char *first = c->pos[0], *group = first && !c->pos[1] && verb_is_group(first) ? first : NULL;
    const struct verb *v;
    int used;

    if (first && !group) {
        v = verb_find(first, c->pos[1], &used);
        if (!v)
            return verb_unknown(first, c->pos[1], err);
        if (used < c->npos) {
            cr_fail(err, CR_E_USAGE, "the verb '%s' has no verb '%s' in it", first, c->pos[1]);
            return cr_hint(err, "'crdeploy help %s' shows its help", first);
        }
        return doc_give(c, v, err);
    }
    if (c->json)
        return cmd_json(c, doc_list_json(group), err);
    if (group)
        doc_group(group, c->out);
    else
        doc_overview(c->out);
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
