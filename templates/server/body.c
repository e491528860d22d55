#include "body.h"

#include <sys/mman.h>

#include "mem.h"

/* From this size on a body is a mapping. Below, the two system calls cost more than the copying. */
#define MAP_SIZE ((size_t)16 << 10)

static char *map(size_t size)
{
    char *data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (data == MAP_FAILED)
        abort();
    return data;
}

static void drop(char *data, size_t capacity)
{
    if (capacity < MAP_SIZE)
        free(data);
    else
        munmap(data, capacity);
}

static char *resize(const struct body *body, size_t size)
{
    char *data;

    if (body->capacity >= MAP_SIZE) {
        data = mremap(body->data, body->capacity, size, MREMAP_MAYMOVE);
        if (data == MAP_FAILED)
            abort();
        return data;
    }
    data = size < MAP_SIZE ? mem_alloc(size) : map(size);
    if (body->length)
        memcpy(data, body->data, body->length);
    drop(body->data, body->capacity);
    return data;
}

int body_reserve(struct body *body, struct budget *budget, size_t size)
{
    if (size <= body->capacity)
        return 0;
    if (size - body->capacity > budget->max - (budget->used < budget->max ? budget->used : budget->max))
        return -1;
    budget->used += size - body->capacity;
    body->data = resize(body, size);
    body->capacity = size;
    return 0;
}

int body_append(struct body *body, struct budget *budget, const char *data, size_t size, size_t max)
{
    size_t need = body->length + size, room = body->capacity ? body->capacity : MAP_SIZE;

    while (room < need)
        room *= 2;
    if (need > body->capacity && body_reserve(body, budget, room < max ? room : max) < 0)
        return -1;
    memcpy(body->data + body->length, data, size);
    body->length = need;
    return 0;
}

void body_release(struct body *body, struct budget *budget)
{
    drop(body->data, body->capacity);
    budget->used -= body->capacity;
    *body = (struct body){0};
}
