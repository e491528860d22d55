/*
 * json_peak.h - how much memory jansson had at one time while it read a text, with what malloc adds to each piece.
 */
#ifndef TESTS_JSON_PEAK_H
#define TESTS_JSON_PEAK_H

#include <jansson.h>
#include <malloc.h>
#include <stdlib.h>

static size_t json_peak_now, json_peak_most;

static inline void *json_peak_alloc(size_t size)
{
    void *p = malloc(size);

    if (p)
        json_peak_now += malloc_usable_size(p) + sizeof(size_t);
    if (json_peak_now > json_peak_most)
        json_peak_most = json_peak_now;
    return p;
}

static inline void json_peak_free(void *p)
{
    if (p)
        json_peak_now -= malloc_usable_size(p) + sizeof(size_t);
    free(p);
}

/* The text need not be JSON. */
static inline size_t json_peak(const char *text, size_t length)
{
    json_malloc_t allocate;
    json_free_t release;

    json_get_alloc_funcs(&allocate, &release);
    json_peak_now = json_peak_most = 0;
    json_set_alloc_funcs(json_peak_alloc, json_peak_free);
    json_decref(json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL));
    json_set_alloc_funcs(allocate, release);
    return json_peak_most;
}

#endif
