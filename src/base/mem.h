/* mem.h - allocation that cannot fail: out of memory ends the process. */
#ifndef CR_MEM_H
#define CR_MEM_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CR_LEN(array) (sizeof(array) / sizeof((array)[0]))

static inline void *cr_oom_check(void *p)
{
    if (!p) {
        fputs("crdeploy: out of memory\n", stderr);
        abort();
    }
    return p;
}

static inline void *cr_malloc(size_t size)
{
    return cr_oom_check(malloc(size ? size : 1));
}

static inline void *cr_calloc(size_t n, size_t size)
{
    return cr_oom_check(calloc(n ? n : 1, size ? size : 1));
}

static inline void *cr_realloc(void *p, size_t size)
{
    return cr_oom_check(realloc(p, size ? size : 1));
}

static inline char *cr_strdup(const char *s)
{
    return cr_oom_check(strdup(s));
}

static inline char *cr_strndup(const char *s, size_t n)
{
    return cr_oom_check(strndup(s, n));
}

/* vprintf into new memory; the caller frees it. */
__attribute__((format(printf, 1, 0))) static inline char *cr_vformat(const char *fmt, va_list ap)
{
    char *text = NULL;

    return cr_oom_check(vasprintf(&text, fmt, ap) < 0 ? NULL : text);
}

/* printf into new memory; the caller frees it. */
__attribute__((format(printf, 1, 2))) static inline char *cr_format(const char *fmt, ...)
{
    va_list ap;
    char *text;

    va_start(ap, fmt);
    text = cr_vformat(fmt, ap);
    va_end(ap);
    return text;
}

#endif
