/*
 * str.h - growable byte string with a ceiling.
 *
 * Invariants: `buf` is never NULL and always NUL-terminated; `len` excludes it.
 * Ownership: the struct owns buf; cr_str_take() hands it to the caller.
 * Errors: growing past `max` bytes fails with CR_E_IO, so a hostile or broken
 *   peer cannot make us allocate without bound. Real OOM aborts (see mem.h).
 */
#ifndef CR_STR_H
#define CR_STR_H

#include <stddef.h>

#include "base/error.h"

struct cr_str {
    char *buf;
    size_t len, cap, max;
};

extern char cr_str_empty[1];
#define CR_STR_INIT(limit)                  \
    {                                       \
        .buf = cr_str_empty, .max = (limit) \
    }

int cr_str_add(struct cr_str *s, const void *bytes, size_t n, struct cr_error *err) CR_CHECKED;
int cr_str_addf(struct cr_str *s, struct cr_error *err, const char *fmt, ...) CR_PRINTF(3, 4) CR_CHECKED;
void cr_str_cut(struct cr_str *s, size_t len); /* shortens to len bytes, keeping the memory */
char *cr_str_take(struct cr_str *s);           /* new; the string is empty afterwards */
void cr_str_free(struct cr_str *s);

#define CR_AUTO_STR __attribute__((cleanup(cr_str_free)))

/* Nearest of the NULL-terminated words by edit distance, for "did you mean"; NULL when none is near. Borrowed. */
const char *cr_nearest(const char *word, const char *const *words);

#endif
