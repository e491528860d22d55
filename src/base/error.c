#include "base/error.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    int exit;
    const char *meaning;
} codes[CR_CODE_COUNT] = {
    [CR_OK] = {"ok", 0, "it worked"},
    [CR_E_USAGE] = {"usage", 2, "the command line is wrong"},
    [CR_E_CONFIG] = {"config", 3, "the manifest, or another file of yours, is wrong"},
    [CR_E_LIMIT] = {"limit", 3, "a limit of the platform would be exceeded"},
    [CR_E_AUTH] = {"auth", 4, "no usable credential, or not allowed"},
    [CR_E_API] = {"api", 1, "the service refused"},
    [CR_E_BUILD] = {"build", 1, "the image could not be built, or the revision did not start"},
    [CR_E_NET] = {"network", 5, "no answer: unreachable, kept failing, or too slow"},
    [CR_E_IO] = {"io", 1, "a local file or program failed"},
    [CR_E_ANSWER_4XX] = {"answer-4xx", 6, "predict: the model refused the request"},
    [CR_E_ANSWER_5XX] = {"answer-5xx", 7, "predict: the model failed"},
    [CR_E_INTERRUPT] = {"interrupted", 130, "stopped by Ctrl-C or SIGTERM"},
};

int cr_fail(struct cr_error *err, enum cr_code code, const char *fmt, ...)
{
    char text[sizeof(err->msg)]; /* an argument may be err->msg itself */
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    memcpy(err->msg, text, sizeof(text));
    err->code = code;
    err->hint[0] = '\0';
    return -1;
}

int cr_hint(struct cr_error *err, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(err->hint, sizeof(err->hint), fmt, ap);
    va_end(ap);
    return -1;
}

int cr_wrap(struct cr_error *err, const char *fmt, ...)
{
    char inner[sizeof(err->msg)];
    va_list ap;
    size_t n;

    memcpy(inner, err->msg, sizeof(inner));
    va_start(ap, fmt);
    vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
    va_end(ap);
    n = strlen(err->msg);
    snprintf(err->msg + n, sizeof(err->msg) - n, ": %s", inner);
    return -1;
}

int cr_code_exit(enum cr_code code)
{
    return codes[code].exit;
}

const char *cr_code_name(enum cr_code code)
{
    return codes[code].name;
}

const char *cr_code_meaning(enum cr_code code)
{
    return codes[code].meaning;
}
