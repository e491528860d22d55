/*
 * mem.h - allocation that aborts when memory is out: ceilings on bodies and tensors keep that from being a client's
 * choice, and the platform starts a new instance.
 */
#ifndef SERVER_MEM_H
#define SERVER_MEM_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static inline void *mem_alloc(size_t size)
{
    void *p = malloc(size ? size : 1);

    if (!p)
        abort();
    return p;
}

/* Zeroed. */
static inline void *mem_zero(size_t size)
{
    return memset(mem_alloc(size), 0, size);
}

static inline char *mem_text(const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(mem_alloc(size), text, size);
}

/* Makes room for `need` elements of `each` bytes, at least doubling, so appending stays linear. */
static inline void *mem_grow(void *p, size_t *cap, size_t need, size_t each)
{
    size_t room = *cap ? *cap : 64;

    if (need <= *cap)
        return p;
    while (room < need) {
        if (room > SIZE_MAX / 2)
            abort();
        room *= 2;
    }
    if (room > SIZE_MAX / each)
        abort();
    p = realloc(p, room * each);
    if (!p)
        abort();
    *cap = room;
    return p;
}

#endif
