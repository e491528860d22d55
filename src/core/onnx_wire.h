/*
 * onnx_wire.h - protobuf's wire format, read in place: a message is a list of fields, and a field is a number, a
 * length with bytes, or 4 or 8 bytes.
 *
 * Nothing is copied and nothing that is skipped is touched, so the tensors of a mapped file of many gigabytes stay on
 * the disk. A library for protobuf would copy them into memory, and would need the schema to generate code from.
 * Ownership: fields point into the bytes that were given. Errors: -1 where the bytes are no message.
 * Source: https://protobuf.dev/programming-guides/encoding/, read 2026-11.
 */
#ifndef CR_ONNX_WIRE_H
#define CR_ONNX_WIRE_H

#include <stddef.h>
#include <stdint.h>

struct cr_wire {
    const uint8_t *at, *end;
};

struct cr_wire_field {
    uint32_t number;
    uint64_t value;       /* of a varint */
    const uint8_t *bytes; /* of everything else; NULL for a varint */
    size_t len;
};

/* The next field: 1; at the end: 0. */
int cr_wire_next(struct cr_wire *w, struct cr_wire_field *f);

/* The message inside a field; empty for a varint. */
struct cr_wire cr_wire_in(const struct cr_wire_field *f);

/* Appends the numbers of a repeated integer, which stand alone or packed, to to[*n], at most `max` in all; those beyond
 * are dropped, *n goes on counting them. */
int cr_wire_numbers(const struct cr_wire_field *f, int64_t *to, size_t max, size_t *n);

#endif
