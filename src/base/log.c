#include "base/log.h"

#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/clean.h"
#include "base/mem.h"

static const char *enabled = "";
static char *secrets[16];

void cr_log_enable(const char *areas)
{
    enabled = areas;
}

bool cr_log_on(const char *area)
{
    size_t n = strlen(area);

    if (strcmp(enabled, "all") == 0)
        return true;
    for (const char *p = enabled; (p = strstr(p, area)); p += n)
        if ((p == enabled || p[-1] == ',') && (p[n] == '\0' || p[n] == ','))
            return true;
    return false;
}

static void mask(char *text)
{
    for (size_t i = 0; i < CR_LEN(secrets); i++) {
        char *at = text;

        for (; secrets[i] && (at = strstr(at, secrets[i])); at += strlen(secrets[i])) /* onwards: a secret may be "*" */
            memset(at, '*', strlen(secrets[i]));
    }
}

void cr_log(const char *area, const char *fmt, ...)
{
    CR_AUTO_FREE char *text = NULL;
    va_list ap;

    if (!cr_log_on(area))
        return;
    va_start(ap, fmt);
    text = cr_vformat(fmt, ap);
    va_end(ap);
    mask(text);
    fprintf(stderr, "[%s] ", area);
    cr_clean_put(text, stderr);
    fputc('\n', stderr);
}

void cr_log_secret(const char *value)
{
    size_t i = 0;

    if (!*value)
        return;
    while (i < CR_LEN(secrets) && secrets[i] && strcmp(secrets[i], value) != 0)
        i++;
    if (i < CR_LEN(secrets) && !secrets[i])
        secrets[i] = cr_strdup(value);
}

void cr_log_forget(void)
{
    for (size_t i = 0; i < CR_LEN(secrets); i++) {
        if (secrets[i])
            explicit_bzero(secrets[i], strlen(secrets[i]));
        free(secrets[i]);
        secrets[i] = NULL;
    }
}
