/*
 * Input: a byte that picks the kind, then an HTTP head, or a chunked body. Properties: a head that is accepted says the
 * same once it is written down again from what was read, and has no line break or blank where none may be, nor two
 * framings of its body; a chunked body ends at the same byte, or is refused, whether it comes whole or byte by byte.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "local/ingress_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static bool same(struct local_text a, struct local_text b)
{
    return a.len == b.len && (!a.len || memcmp(a.at, b.at, a.len) == 0);
}

static size_t put(char *to, size_t at, struct local_text t, const char *after)
{
    if (t.len)
        memcpy(to + at, t.at, t.len);
    memcpy(to + at + t.len, after, strlen(after));
    return at + t.len + strlen(after);
}

static size_t write_head(const struct local_head *h, char *to)
{
    size_t n = 0;

    if (h->request) {
        n = put(to, n, h->method, " ");
        n = put(to, n, h->target, h->minor ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n");
    } else {
        n = (size_t)snprintf(to, 32, "HTTP/1.%d %03d ", h->minor, h->status);
        n = put(to, n, h->reason, "\r\n");
    }
    for (size_t i = 0; i < h->fields; i++) {
        n = put(to, n, h->field[i].name, ":");
        n = put(to, n, h->field[i].value, "\r\n");
    }
    return put(to, n, (struct local_text){0}, "\r\n");
}

static void check_head(const char *text, size_t size, bool request)
{
    size_t n = local_head_end(text, size), m;
    struct local_head a, b;
    char *again;

    if (!n || (request ? local_head_request : local_head_response)(&a, text, n))
        return;
    must(!(a.chunked && a.length >= 0) && a.fields <= LOCAL_HEAD_FIELDS);
    for (size_t i = 0; i < a.fields; i++) {
        must(a.field[i].name.len && !memchr(a.field[i].name.at, ' ', a.field[i].name.len));
        must(!a.field[i].value.len || !memchr(a.field[i].value.at, '\n', a.field[i].value.len));
        must(!a.field[i].value.len || !memchr(a.field[i].value.at, '\r', a.field[i].value.len));
    }
    again = cr_malloc(n + 64);
    m = write_head(&a, again);
    must((request ? local_head_request : local_head_response)(&b, again, m) == 0);
    must(same(a.method, b.method) && same(a.target, b.target) && same(a.host, b.host) && a.status == b.status);
    must(a.length == b.length && a.chunked == b.chunked && a.close == b.close && a.fields == b.fields);
    for (size_t i = 0; i < a.fields; i++)
        must(same(a.field[i].name, b.field[i].name) && same(a.field[i].value, b.field[i].value));
    free(again);
}

static void check_chunks(const char *bytes, size_t n)
{
    struct local_chunks whole = {0}, single = {0};
    ssize_t used = local_chunks_feed(&whole, bytes, n), sum = 0;

    for (size_t i = 0; i < n && !single.done && sum >= 0; i++) {
        ssize_t k = local_chunks_feed(&single, bytes + i, 1);

        sum = k < 0 ? -1 : sum + k;
    }
    must(used == sum && used <= (ssize_t)n);
    must(used < 0 || (whole.done == single.done && whole.bytes == single.bytes && whole.bytes <= n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text;

    if (!size)
        return 0;
    text = cr_malloc(size - 1); /* exactly, so that one byte too far is seen */
    memcpy(text, data + 1, size - 1);
    if (*data % 3 == 2)
        check_chunks(text, size - 1);
    else
        check_head(text, size - 1, *data % 3 == 0);
    free(text);
    return 0;
}
