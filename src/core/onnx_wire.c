#include "core/onnx_wire.h"

enum { VARINT = 0, EIGHT = 1, LENGTH = 2, FOUR = 5 };

static int read_varint(struct cr_wire *w, uint64_t *value)
{
    uint64_t n = 0;

    for (unsigned shift = 0; shift < 70 && w->at < w->end; shift += 7) {
        uint8_t byte = *w->at++;

        if (shift < 64)
            n |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *value = n;
            return 0;
        }
    }
    return -1;
}

int cr_wire_next(struct cr_wire *w, struct cr_wire_field *f)
{
    uint64_t tag, len;

    if (w->at == w->end)
        return 0;
    if (read_varint(w, &tag) < 0 || tag >> 3 == 0 || tag >> 3 > UINT32_MAX >> 3)
        return -1;
    *f = (struct cr_wire_field){.number = (uint32_t)(tag >> 3)};
    switch (tag & 7) {
    case VARINT:
        return read_varint(w, &f->value) < 0 ? -1 : 1;
    case EIGHT:
        len = 8;
        break;
    case FOUR:
        len = 4;
        break;
    case LENGTH:
        if (read_varint(w, &len) < 0)
            return -1;
        break;
    default:
        return -1; /* groups, which nobody writes any more */
    }
    if (len > (uint64_t)(w->end - w->at))
        return -1;
    f->bytes = w->at;
    f->len = (size_t)len;
    w->at += len;
    return 1;
}

struct cr_wire cr_wire_in(const struct cr_wire_field *f)
{
    static const uint8_t nothing[1];
    const uint8_t *start = f->bytes ? f->bytes : nothing;

    return (struct cr_wire){start, start + f->len};
}

int cr_wire_numbers(const struct cr_wire_field *f, int64_t *to, size_t max, size_t *n)
{
    struct cr_wire w = cr_wire_in(f);
    uint64_t value = f->value;

    if (!f->bytes) {
        if (*n < max)
            to[*n] = (int64_t)value;
        ++*n;
        return 0;
    }
    while (w.at < w.end) {
        if (read_varint(&w, &value) < 0)
            return -1;
        if (*n < max)
            to[*n] = (int64_t)value;
        ++*n;
    }
    return 0;
}
