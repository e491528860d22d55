#include "local/route.h"

#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "local/bearer.h"
#include "local/project_faults.h"
#include "local/schema.h"

/* Parameters every API of Google's takes. Source: https://cloud.google.com/apis/docs/system-parameters */
static const char common[] =
    "alt fields key prettyPrint quotaUser userProject access_token callback $.xgafv uploadType "
    "upload_protocol oauth_token $userProject $alt";

static bool has_word(const char *words, const char *word)
{
    size_t len = strlen(word);

    for (const char *p = words; p && *p;) {
        size_t n = strcspn(p, " ");

        if (n == len && strncmp(p, word, n) == 0)
            return true;
        p += n + (p[n] == ' ');
    }
    return false;
}

static void drop_args(struct local_request *rq)
{
    for (int i = 0; i < LOCAL_ARGS; i++) {
        free(rq->arg[i]);
        rq->arg[i] = NULL;
    }
}

/* One segment of the path against one of the pattern; a capture is stored in *arg. */
static bool segment(const char *pat, size_t pat_len, const char *seg, size_t seg_len, char **arg)
{
    if (pat_len == 0 || pat[0] != '*')
        return pat_len == seg_len && strncmp(pat, seg, seg_len) == 0;
    if (pat_len > 1) { /* *:verb */
        size_t verb = pat_len - 1;

        if (seg_len <= verb || strncmp(seg + seg_len - verb, pat + 1, verb) != 0)
            return false;
        seg_len -= verb;
    }
    *arg = seg_len ? local_decode(seg, seg_len, false) : NULL;
    return *arg;
}

static bool match(const char *pat, const char *path, char **arg)
{
    size_t n = 0;

    while (*pat == '/' && *path == '/') {
        size_t pat_len = strcspn(++pat, "/"), len = strcspn(++path, "/");

        if (pat_len == 2 && strncmp(pat, "**", 2) == 0) {
            arg[n] = *path ? local_decode(path, strlen(path), false) : NULL;
            return arg[n];
        }
        if (!segment(pat, pat_len, path, len, &arg[n]))
            return false;
        n += arg[n] != NULL;
        pat += pat_len;
        path += len;
    }
    return !*pat && !*path;
}

const struct local_row *local_route(const struct local_row *rows, size_t count, struct local_request *rq)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rows[i].method, rq->method) != 0)
            continue;
        drop_args(rq);
        if (match(rows[i].pattern, rq->path, rq->arg))
            return &rows[i];
    }
    drop_args(rq);
    return NULL;
}

/* True, or refused. Only the platform's own token reaches /local/, where principals are registered. */
static bool allowed(struct local *l, const struct local_row *row, struct local_request *rq, bool own,
                    struct local_reply *rp)
{
    unsigned flags = row ? row->flags : 0;
    enum local_bearer verdict;

    if (flags & LOCAL_NO_TOKEN || (flags & LOCAL_OWN_USER && own))
        return true;
    if (flags & LOCAL_SESSION && local_query(rq, "upload_id") && !local_header(rq, "Authorization"))
        return true;
    verdict = local_bearer_look(l, rq);
    if (verdict == LOCAL_BEARER_OK && strncmp(rq->path, "/local/", 7) == 0)
        verdict = LOCAL_BEARER_WRONG;
    if (verdict == LOCAL_BEARER_OWNER || verdict == LOCAL_BEARER_OK)
        return true;
    local_bearer_refuse(verdict, rq, rp);
    return false;
}

static bool check_query(const struct local_row *row, const struct local_request *rq, struct local_reply *rp)
{
    for (size_t i = 0; !(row->flags & LOCAL_GCS) && i < rq->query.len; i++) {
        const char *name = rq->query.row[i].name;

        if (!has_word(common, name) && !has_word(row->query, name)) {
            CR_AUTO_FREE char *text =
                cr_format("Invalid JSON payload received. Unknown name \"%s\": Cannot bind query parameter. "
                          "Field '%s' could not be found in request message.",
                          name, name);

            local_refuse_fields(rp, text, json_pack("[{s:s}]", "description", text));
            return false;
        }
    }
    return true;
}

const struct local_row *local_begin(struct local *l, struct local_request *rq, bool own, struct local_reply *rp)
{
    const struct local_row *row = local_route(local_rows, local_row_count, rq);

    if (!allowed(l, row, rq, own, rp))
        return NULL;
    if (!row) {
        local_refuse(rp, "NOT_FOUND", "The requested URL %s %s was not found on this server.", rq->method, rq->path);
        return NULL;
    }
    if (!local_project_admits(l, row, rq, rp) || !check_query(row, rq, rp))
        return NULL;
    if (row->open)
        row->open(l, rq, rp);
    return rp->status ? NULL : row;
}

static bool parse(const struct local_row *row, struct local_request *rq, struct local_reply *rp)
{
    json_error_t where;
    size_t blank = rq->text ? strspn(rq->text, " \t\r\n") : 0;

    if (!rq->text || blank == rq->text_len) {
        rq->body = json_object();
        return true;
    }
    rq->body = json_loadb(rq->text, rq->text_len, JSON_REJECT_DUPLICATES, &where);
    if (rq->body && json_is_object(rq->body))
        return local_schema_check(row->message, row->field, rq->body, rp);
    if (row->flags & LOCAL_GCS)
        local_refuse_storage(rp, 400, "parseError", "Parse Error");
    else if (rq->body)
        local_refuse(rp, "INVALID_ARGUMENT",
                     "Invalid JSON payload received. Unknown name \"\": Root element must be a "
                     "message.");
    else
        local_refuse(rp, "INVALID_ARGUMENT", "Invalid JSON payload received. %s near line %d, column %d.", where.text,
                     where.line, where.column);
    return false;
}

void local_finish(struct local *l, const struct local_row *row, struct local_request *rq, struct local_reply *rp)
{
    if (row->message && !(row->flags & LOCAL_RAW) && !parse(row, rq, rp))
        return;
    row->fn(l, rq, rp);
    if (!rp->status)
        local_refuse(rp, "INTERNAL", "Internal error encountered.");
}
