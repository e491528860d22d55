#include "local/ingress_head.h"

#include <string.h>
#include <strings.h>

#define TRAILER_MAX 8192

size_t local_head_end(const char *bytes, size_t n)
{
    const char *at = memmem(bytes, n, "\r\n\r\n", 4);

    return at ? (size_t)(at - bytes) + 4 : 0;
}

bool local_text_is(struct local_text t, const char *word)
{
    return strlen(word) == t.len && strncasecmp(t.at, word, t.len) == 0;
}

static struct local_text trimmed(const char *at, size_t n)
{
    while (n && (*at == ' ' || *at == '\t'))
        at++, n--;
    while (n && (at[n - 1] == ' ' || at[n - 1] == '\t'))
        n--;
    return (struct local_text){at, n};
}

bool local_text_has(struct local_text t, const char *word)
{
    while (t.len) {
        const char *comma = memchr(t.at, ',', t.len);
        size_t n = comma ? (size_t)(comma - t.at) : t.len;

        if (local_text_is(trimmed(t.at, n), word))
            return true;
        n += comma != NULL;
        t.at += n;
        t.len -= n;
    }
    return false;
}

const struct local_field *local_head_get(const struct local_head *h, const char *name)
{
    for (size_t i = 0; i < h->fields; i++)
        if (local_text_is(h->field[i].name, name))
            return &h->field[i];
    return NULL;
}

static bool is_token_char(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_token(struct local_text t)
{
    for (size_t i = 0; i < t.len; i++)
        if (!is_token_char((unsigned char)t.at[i]))
            return false;
    return t.len > 0;
}

/* Anything visible, blanks, tabs, and bytes above ASCII. */
static bool is_value(struct local_text t)
{
    for (size_t i = 0; i < t.len; i++) {
        unsigned char c = (unsigned char)t.at[i];

        if ((c < ' ' && c != '\t') || c == 127)
            return false;
    }
    return true;
}

/* Cuts a line off the front, without its CRLF. */
static bool next_line(const char **p, const char *end, struct local_text *line)
{
    const char *cr = memmem(*p, (size_t)(end - *p), "\r\n", 2);

    if (!cr)
        return false;
    *line = (struct local_text){*p, (size_t)(cr - *p)};
    *p = cr + 2;
    return true;
}

static int take_length(struct local_head *h, struct local_text v)
{
    int64_t sum = 0;

    if (h->length >= 0 || !v.len || v.len > 18)
        return 400;
    for (size_t i = 0; i < v.len; i++) {
        if (v.at[i] < '0' || v.at[i] > '9')
            return 400;
        sum = sum * 10 + (v.at[i] - '0');
    }
    h->length = sum;
    return 0;
}

/* The fields that decide how the message is read. */
static int take_special(struct local_head *h, const struct local_field *f)
{
    if (local_text_is(f->name, "content-length"))
        return take_length(h, f->value);
    if (local_text_is(f->name, "transfer-encoding")) {
        if (h->chunked || !local_text_is(f->value, "chunked"))
            return h->chunked ? 400 : 501;
        h->chunked = true;
    } else if (local_text_is(f->name, "host")) {
        if (h->host.at)
            return 400;
        h->host = f->value;
    } else if (local_text_is(f->name, "connection")) {
        h->close = h->close ? !local_text_has(f->value, "keep-alive") : local_text_has(f->value, "close");
        h->upgrade = h->upgrade || local_text_has(f->value, "upgrade");
    } else if (local_text_is(f->name, "expect")) {
        h->expect_continue = local_text_is(f->value, "100-continue");
    }
    return 0;
}

static int take_field(struct local_head *h, struct local_text line)
{
    const char *colon = memchr(line.at, ':', line.len);
    struct local_field f;

    if (!colon)
        return 400;
    if (h->fields == LOCAL_HEAD_FIELDS)
        return 431;
    f.name = (struct local_text){line.at, (size_t)(colon - line.at)};
    f.value = trimmed(colon + 1, line.len - f.name.len - 1);
    if (!is_token(f.name) || !is_value(f.value))
        return 400;
    h->field[h->fields++] = f;
    return take_special(h, &f);
}

/* " HTTP/1.x" and nothing else. */
static int take_version(struct local_head *h, const char *at, size_t n)
{
    if (n != 8 || memcmp(at, "HTTP/", 5) != 0 || at[6] != '.')
        return 400;
    if (at[5] != '1' || (at[7] != '0' && at[7] != '1'))
        return 505;
    h->minor = at[7] - '0';
    h->close = h->minor == 0;
    return 0;
}

static int take_request_line(struct local_head *h, struct local_text line)
{
    const char *a = memchr(line.at, ' ', line.len),
               *b = a ? memchr(a + 1, ' ', line.len - (size_t)(a + 1 - line.at)) : NULL;

    if (!b)
        return 400;
    h->method = (struct local_text){line.at, (size_t)(a - line.at)};
    h->target = (struct local_text){a + 1, (size_t)(b - a - 1)};
    if (!is_token(h->method) || !h->target.len || (*h->target.at != '/' && !local_text_is(h->target, "*")))
        return 400;
    for (size_t i = 0; i < h->target.len; i++)
        if ((unsigned char)h->target.at[i] <= ' ' || (unsigned char)h->target.at[i] >= 127)
            return 400;
    return take_version(h, b + 1, line.len - (size_t)(b + 1 - line.at));
}

static int take_status_line(struct local_head *h, struct local_text line)
{
    int rc = line.len < 12 ? 400 : take_version(h, line.at, 8);

    if (rc || line.at[8] != ' ' || (line.len > 12 && line.at[12] != ' '))
        return rc ? rc : 400;
    for (int i = 9; i < 12; i++) {
        if (line.at[i] < '0' || line.at[i] > '9')
            return 400;
        h->status = h->status * 10 + (line.at[i] - '0');
    }
    h->reason = line.len > 13 ? (struct local_text){line.at + 13, line.len - 13} : (struct local_text){line.at + 12, 0};
    return h->status >= 100 && h->status <= 599 && is_value(h->reason) ? 0 : 400;
}

static int parse(struct local_head *h, bool request, const char *bytes, size_t n)
{
    const char *p = bytes, *end = bytes + n;
    struct local_text line;
    int rc;

    *h = (struct local_head){.request = request, .length = -1};
    if (!next_line(&p, end, &line))
        return 400;
    rc = request ? take_request_line(h, line) : take_status_line(h, line);
    while (!rc) {
        if (!next_line(&p, end, &line))
            return 400;
        if (!line.len)
            break;
        rc = take_field(h, line);
    }
    if (h->minor == 0) /* HTTP/1.0 switches no protocols (RFC 9110, 7.8) */
        h->upgrade = false;
    if (!rc && (p != end || (h->chunked && h->length >= 0)))
        rc = 400;
    return rc;
}

int local_head_request(struct local_head *h, const char *bytes, size_t n)
{
    int rc = parse(h, true, bytes, n);

    if (!rc && h->minor == 1 && !h->host.len)
        rc = 400;
    if (!rc && h->chunked && h->minor == 0) /* HTTP/1.0 knows no transfer codings */
        rc = 400;
    return rc;
}

int local_head_response(struct local_head *h, const char *bytes, size_t n)
{
    return parse(h, false, bytes, n);
}

enum { SIZE, EXTENSION, SIZE_LF, DATA, DATA_CR, DATA_LF, LINE_START, LINE, LINE_LF, LAST_LF };

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
        return (c | 0x20) - 'a' + 10;
    return -1;
}

static bool feed_size(struct local_chunks *c, char b)
{
    if (hex(b) >= 0) {
        c->left = c->left * 16 + (uint64_t)hex(b);
        return ++c->digits <= 15;
    }
    c->state = b == '\r' ? SIZE_LF : EXTENSION;
    return c->digits > 0 && (b == '\r' || b == ';' || b == ' ' || b == '\t');
}

/* One byte that is not chunk data; false: not a chunked body. */
static bool feed_frame(struct local_chunks *c, char b)
{
    switch (c->state) {
    case SIZE:
        return feed_size(c, b);
    case EXTENSION:
        if (b == '\r')
            c->state = SIZE_LF;
        return b != '\n' && ++c->trailer <= TRAILER_MAX;
    case SIZE_LF:
        c->state = c->left ? DATA : LINE_START;
        c->digits = 0;
        return b == '\n';
    case DATA_CR:
        c->state = DATA_LF;
        return b == '\r';
    case DATA_LF:
        c->state = SIZE;
        return b == '\n';
    case LINE_START:
    case LINE:
        c->state = b == '\r' ? (c->state == LINE_START ? LAST_LF : LINE_LF) : LINE;
        return b != '\n' && ++c->trailer <= TRAILER_MAX;
    case LINE_LF:
        c->state = LINE_START;
        return b == '\n';
    default:
        c->done = b == '\n';
        return c->done;
    }
}

ssize_t local_chunks_feed(struct local_chunks *c, const char *bytes, size_t n)
{
    size_t i = 0;

    while (i < n && !c->done) {
        if (c->state == DATA) {
            uint64_t part = c->left < n - i ? c->left : n - i;

            c->left -= part;
            c->bytes += part;
            i += part;
            if (!c->left)
                c->state = DATA_CR;
        } else if (!feed_frame(c, bytes[i++])) {
            return -1;
        }
    }
    return (ssize_t)i;
}
