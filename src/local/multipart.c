#include "local/multipart.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/mem.h"

#define HEAD_MAX (1 << 20) /* metadata and the heads of both parts */

/* gcloud writes multipart/related; boundary='B', which RFC 2046 has no word for, and means B. */
static int boundary_of(const char *type, char *out, size_t size)
{
    const char *p = type ? strcasestr(type, "boundary=") : NULL;
    size_t len;

    if (!p || strncasecmp(type, "multipart/", 10) != 0)
        return -1;
    p += strlen("boundary=");
    if (*p == '"' || *p == '\'')
        len = strcspn(p + 1, (char[]){*p, '\0'});
    else
        len = strcspn(p, "; \t");
    p += *p == '"' || *p == '\'';
    if (len == 0 || len > 70 || len + 5 > size)
        return -1;
    snprintf(out, size, "--%.*s", (int)len, p);
    return 0;
}

/* The header's value within one part's head, or NULL; *len is its length. */
static const char *head_value(const char *head, const char *end, const char *nl, const char *name, size_t *len)
{
    size_t n = strlen(name);

    for (const char *p = head; p < end;) {
        const char *eol = memmem(p, (size_t)(end - p), nl, strlen(nl));

        if (!eol)
            eol = end;
        if ((size_t)(eol - p) > n && p[n] == ':' && strncasecmp(p, name, n) == 0) {
            for (p += n + 1; p < eol && *p == ' ';)
                p++;
            *len = (size_t)(eol - p);
            return p;
        }
        p = eol + strlen(nl);
    }
    return NULL;
}

/* Where the body of the part begins that starts (with its boundary line) at p; NULL when its head does not end. */
static const char *part_body(const char *p, const char *end, const char *nl)
{
    CR_AUTO_FREE char *empty_line = cr_format("%s%s", nl, nl);
    const char *eol = memmem(p, (size_t)(end - p), nl, strlen(nl)), *blank;

    if (!eol)
        return NULL;
    blank = memmem(eol, (size_t)(end - eol), empty_line, strlen(empty_line));
    return blank ? blank + strlen(empty_line) : NULL;
}

/* The last boundary stands at the end of the body; only its neighbourhood is read. */
static int64_t find_end(int fd, int64_t size, const char *nl, const char *mark)
{
    CR_AUTO_FREE char *closing = cr_format("%s%s--", nl, mark);
    char tail[512];
    int64_t from = size > (int64_t)sizeof(tail) ? size - (int64_t)sizeof(tail) : 0;
    ssize_t n = pread(fd, tail, sizeof(tail), from);
    const char *p = n > 0 ? memmem(tail, (size_t)n, closing, strlen(closing)) : NULL;

    return p ? from + (p - tail) : -1;
}

int local_multipart_read(int fd, int64_t size, const char *content_type, struct local_multipart *parts,
                         struct cr_error *err)
{
    CR_AUTO_FREE char *head = cr_malloc(HEAD_MAX), *next = NULL;
    ssize_t got = pread(fd, head, HEAD_MAX, 0);
    const char *end = head + (got > 0 ? got : 0), *nl, *meta, *second, *data, *type;
    char mark[80];
    size_t len = 0;
    int64_t to;

    if (boundary_of(content_type, mark, sizeof(mark)) < 0)
        return cr_fail(err, CR_E_API, "Missing boundary in multipart Content-Type.");
    /* Lines end as the first one does: gcloud's with LF alone. */
    nl = got > (ssize_t)strlen(mark) && head[strlen(mark)] == '\n' ? "\n" : "\r\n";
    next = cr_format("%s%s", nl, mark);
    if (got < (ssize_t)strlen(mark) || memcmp(head, mark, strlen(mark)) != 0 || !(meta = part_body(head, end, nl)))
        return cr_fail(err, CR_E_API, "Malformed multipart body.");
    second = memmem(meta, (size_t)(end - meta), next, strlen(next));
    data = second ? part_body(second + strlen(nl), end, nl) : NULL;
    to = find_end(fd, size, nl, mark);
    if (!data || to < data - head)
        return cr_fail(err, CR_E_API, "Malformed multipart body.");
    parts->meta = json_loadb(meta, (size_t)(second - meta), 0, NULL);
    if (!json_is_object(parts->meta)) {
        json_decref(parts->meta);
        parts->meta = NULL;
        return cr_fail(err, CR_E_API, "Parse Error");
    }
    type = head_value(second, data, nl, "Content-Type", &len);
    snprintf(parts->type, sizeof(parts->type), "%.*s", type ? (int)(len < 120 ? len : 120) : 24,
             type ? type : "application/octet-stream");
    parts->from = data - head;
    parts->to = to;
    return 0;
}
