#include "cli/cmd.h"

#include <unistd.h>

#include "base/auto.h"
#include "base/mem.h"

int cmd_json(struct cmd *c, json_t *doc, struct cr_error *err)
{
    int failed = json_dumpf(doc, c->out, JSON_INDENT(2) | JSON_REAL_PRECISION(15) | JSON_ENCODE_ANY);

    c->answered = true;
    json_decref(doc);
    if (failed || fputc('\n', c->out) == EOF)
        return cr_fail(err, CR_E_IO, "cannot write to standard output");
    return 0;
}

FILE *cmd_raw(struct cmd *c)
{
    fflush(c->out);
    return stdout;
}

FILE *cmd_payload(struct cmd *c)
{
    return isatty(STDOUT_FILENO) ? c->out : cmd_raw(c);
}

json_t *cmd_text_json(const char *text)
{
    json_t *made = json_string(text);
    CR_AUTO_FREE char *ascii = NULL;

    if (made)
        return made;
    ascii = cr_strdup(text);
    for (char *p = ascii; *p; p++)
        *p = *p & 0x80 ? '?' : *p;
    return json_string(ascii);
}

json_t *cmd_problems_json(const struct cr_problems *list)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < list->len; i++) {
        const struct cr_problem *p = &list->row[i];

        json_array_append_new(rows, json_pack("{s:o, s:o, s:o, s:s, s:s, s:s, s:s}", "place", cmd_text_json(p->place),
                                              "message", cmd_text_json(p->msg), "hint", cmd_text_json(p->hint), "rule",
                                              p->rule, "source", p->source, "severity",
                                              p->warning ? "warning" : "error", "code", cr_code_name(p->code)));
    }
    return rows;
}

int cmd_problems(struct cmd *c, const struct cr_problems *list, const char *subject, struct cr_error *err)
{
    enum cr_code code;

    ui_problems(c->ui, list);
    if (cr_problems_fail(list, subject, err) == 0)
        return 0;
    if (c->json) {
        json_decref(c->problems);
        c->problems = cmd_problems_json(list);
        return -1;
    }
    code = err->code; /* its rows are on the screen: the error only counts them */
    return cr_problems_errors(list) > 1 ? -1 : cr_fail(err, code, "1 problem in '%s'", subject);
}
