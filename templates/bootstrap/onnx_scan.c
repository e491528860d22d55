#include "onnx_scan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mem.h"

#define DEPTH_MAX 100 /* messages within messages; a graph within a graph takes three */
#define FILES_MAX 1024

struct reader {
    const uint8_t *at, *end;
};

/* bytes is NULL for a number. */
struct field {
    uint64_t number;
    const uint8_t *bytes;
    size_t len;
};

enum kind { MODEL, FUNCTION, GRAPH, NODE, ATTRIBUTE, TENSOR, SPARSE, ENTRY, OPERATOR };

/* Which field of a message holds a message that matters. */
static const struct {
    enum kind in;
    uint64_t number;
    enum kind kind;
} fields[] = {
    {MODEL, 7, GRAPH},       {MODEL, 25, FUNCTION},   {FUNCTION, 7, NODE},     {GRAPH, 1, NODE},
    {GRAPH, 5, TENSOR},      {GRAPH, 15, SPARSE},     {NODE, 4, OPERATOR},     {NODE, 5, ATTRIBUTE},
    {ATTRIBUTE, 5, TENSOR},  {ATTRIBUTE, 6, GRAPH},   {ATTRIBUTE, 10, TENSOR}, {ATTRIBUTE, 11, GRAPH},
    {ATTRIBUTE, 22, SPARSE}, {ATTRIBUTE, 23, SPARSE}, {SPARSE, 1, TENSOR},     {SPARSE, 2, TENSOR},
    {TENSOR, 13, ENTRY},
};

static int read_varint(struct reader *r, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 64 && r->at < r->end; shift += 7) {
        uint8_t byte = *r->at++;

        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return 0;
    }
    return -1;
}

/* 1: a field; 0: the end; -1: the bytes are no message. */
static int next_field(struct reader *r, struct field *f)
{
    uint64_t tag, len = 0;

    if (r->at == r->end)
        return 0;
    if (read_varint(r, &tag) < 0)
        return -1;
    *f = (struct field){.number = tag >> 3};
    switch (tag & 7) {
    case 0:
        return read_varint(r, &len) < 0 ? -1 : 1;
    case 1:
        len = 8;
        break;
    case 2:
        if (read_varint(r, &len) < 0)
            return -1;
        break;
    case 5:
        len = 4;
        break;
    default:
        return -1;
    }
    if (len > (uint64_t)(r->end - r->at))
        return -1;
    f->bytes = r->at;
    f->len = (size_t)len;
    r->at += len;
    return 1;
}

static bool is(const struct field *f, const char *text)
{
    return f->len == strlen(text) && memcmp(f->bytes, text, f->len) == 0;
}

static void note_operator(struct onnx_facts *facts, const struct field *f)
{
    static const char *const random[] = {"RandomNormal",      "RandomNormalLike", "RandomUniform",
                                         "RandomUniformLike", "Multinomial",      "Bernoulli"};
    static const char *const quantised[] = {"QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear"};

    for (size_t i = 0; i < sizeof(random) / sizeof(random[0]); i++)
        facts->random = facts->random || is(f, random[i]);
    for (size_t i = 0; i < sizeof(quantised) / sizeof(quantised[0]); i++)
        facts->quantised = facts->quantised || is(f, quantised[i]);
}

/* An entry of external_data, a key and a value; the key "location" has the file's name. */
static int note_file(struct onnx_facts *facts, const struct field *entry)
{
    struct reader r = {entry->bytes, entry->bytes + entry->len};
    struct field f, key = {0}, value = {0};
    int rc;

    while ((rc = next_field(&r, &f)) > 0) {
        if (f.bytes && f.number == 1)
            key = f;
        else if (f.bytes && f.number == 2)
            value = f;
    }
    if (rc < 0 || !key.bytes || !value.bytes || !is(&key, "location"))
        return rc;
    for (size_t i = 0; i < facts->n_files; i++) {
        if (is(&value, facts->files[i]))
            return 0;
    }
    if (!value.len || memchr(value.bytes, '\0', value.len) || facts->n_files == FILES_MAX)
        return -1;
    if (!facts->files)
        facts->files = mem_zero(FILES_MAX * sizeof(*facts->files));
    facts->files[facts->n_files] = mem_zero(value.len + 1);
    memcpy(facts->files[facts->n_files++], value.bytes, value.len);
    return 0;
}

static int walk(struct onnx_facts *facts, enum kind in, const struct field *message, int depth)
{
    struct reader r = {message->bytes, message->bytes + message->len};
    struct field f;
    int rc;

    if (depth > DEPTH_MAX)
        return -1;
    if (in == OPERATOR) {
        note_operator(facts, message);
        return 0;
    }
    if (in == ENTRY)
        return note_file(facts, message);
    while ((rc = next_field(&r, &f)) > 0) {
        for (size_t i = 0; f.bytes && i < sizeof(fields) / sizeof(fields[0]); i++) {
            if (fields[i].in != in || fields[i].number != f.number)
                continue;
            facts->subgraphs = facts->subgraphs || (in == ATTRIBUTE && fields[i].kind == GRAPH);
            if (walk(facts, fields[i].kind, &f, depth + 1) < 0)
                return -1;
        }
    }
    return rc;
}

int onnx_scan(const void *bytes, size_t size, struct onnx_facts *facts, struct error *err)
{
    struct field model = {.bytes = bytes, .len = size};
    struct onnx_facts found = {0};

    if (!size || walk(&found, MODEL, &model, 0) < 0) {
        onnx_facts_free(&found);
        return error_set(err, 500, "this is not an ONNX graph");
    }
    *facts = found;
    return 0;
}

int onnx_scan_file(const char *path, struct onnx_facts *facts, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC), rc;
    void *map = MAP_FAILED;
    struct stat st;

    if (fd >= 0 && fstat(fd, &st) == 0)
        map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (map == MAP_FAILED)
        error_set(err, 500, "it cannot be read: %s", strerror(errno));
    if (fd >= 0)
        close(fd);
    if (map == MAP_FAILED)
        return error_wrap(err, "'%s'", path);
    rc = onnx_scan(map, (size_t)st.st_size, facts, err);
    munmap(map, (size_t)st.st_size);
    return rc < 0 ? error_wrap(err, "'%s'", path) : 0;
}

void onnx_facts_free(struct onnx_facts *facts)
{
    for (size_t i = 0; i < facts->n_files; i++)
        free(facts->files[i]);
    free(facts->files);
    *facts = (struct onnx_facts){0};
}
