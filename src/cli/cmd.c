#include "cli/cmd.h"

int cmd_json(struct cmd *c, json_t *doc, struct cr_error *err)
{
    int failed = json_dumpf(doc, c->out, JSON_INDENT(2) | JSON_ENCODE_ANY);

    c->answered = true;
    json_decref(doc);
    if (failed || fputc('\n', c->out) == EOF)
        return cr_fail(err, CR_E_IO, "cannot write to standard output");
    return 0;
}
