#include "license.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NAME_MAX_BYTES = 200, EXPRESSION_MAX = 2000 };

/* Of SPDX's list: what models and Debian's libraries are under. */
static const char *const known[] = {
    "0BSD",
    "AFL-3.0",
    "AGPL-3.0-only",
    "AGPL-3.0-or-later",
    "Apache-1.1",
    "Apache-2.0",
    "Artistic-1.0",
    "Artistic-2.0",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSD-4-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CC-BY-2.0",
    "CC-BY-3.0",
    "CC-BY-4.0",
    "CC-BY-SA-3.0",
    "CC-BY-SA-4.0",
    "CC-BY-NC-3.0",
    "CC-BY-NC-4.0",
    "CC-BY-NC-SA-4.0",
    "CC-BY-NC-ND-4.0",
    "CC-BY-ND-4.0",
    "ECL-2.0",
    "EUPL-1.2",
    "GFDL-1.2-only",
    "GFDL-1.3-only",
    "GFDL-1.3-or-later",
    "GPL-1.0-or-later",
    "GPL-2.0-only",
    "GPL-2.0-or-later",
    "GPL-3.0-only",
    "GPL-3.0-or-later",
    "ISC",
    "LGPL-2.0-only",
    "NCSA",
    "LGPL-2.0-or-later",
    "LGPL-2.1-only",
    "LGPL-2.1-or-later",
    "LGPL-3.0-only",
    "LGPL-3.0-or-later",
    "MIT",
    "MIT-0",
    "MPL-1.1",
    "MPL-2.0",
    "MS-PL",
    "ODbL-1.0",
    "OpenSSL",
    "PostgreSQL",
    "Python-2.0",
    "Unicode-DFS-2016",
    "Unicode-3.0",
    "Unlicense",
    "WTFPL",
    "X11",
    "Zlib",
    "bzip2-1.0.6",
    "curl",
    "NOASSERTION",
    "FSFAP",
    "FSFUL",
    "FSFULLR",
    "GFDL-1.2-or-later",
};

/* Debian's names that SPDX has others for. */
static const struct {
    const char *debian, *spdx;
} aliases[] = {
    {"Expat", "MIT"},
    {"Artistic", "Artistic-1.0"},
    {"BSD-3-clause-Regents", "BSD-3-Clause"},
    {"GFDL-1.2+", "GFDL-1.2-or-later"},
    {"GFDL-1.3+", "GFDL-1.3-or-later"},
    {"GPL-1+", "GPL-1.0-or-later"},
    {"GPL-2", "GPL-2.0-only"},
    {"GPL-2.0", "GPL-2.0-only"},
    {"GPL-2+", "GPL-2.0-or-later"},
    {"GPL-2.0+", "GPL-2.0-or-later"},
    {"GPL-3", "GPL-3.0-only"},
    {"GPL-3.0", "GPL-3.0-only"},
    {"GPL-3+", "GPL-3.0-or-later"},
    {"GPL-3.0+", "GPL-3.0-or-later"},
    {"LGPL-2", "LGPL-2.0-only"},
    {"LGPL-2+", "LGPL-2.0-or-later"},
    {"LGPL-2.0+", "LGPL-2.0-or-later"},
    {"LGPL-2.1", "LGPL-2.1-only"},
    {"LGPL-2.1+", "LGPL-2.1-or-later"},
    {"LGPL-3", "LGPL-3.0-only"},
    {"LGPL-3.0", "LGPL-3.0-only"},
    {"LGPL-3+", "LGPL-3.0-or-later"},
    {"LGPL-3.0+", "LGPL-3.0-or-later"},
};

static const char *in_list(const char *name)
{
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (!strcasecmp(known[i], name))
            return known[i];
    for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
        if (!strcasecmp(aliases[i].debian, name))
            return aliases[i].spdx;
    return NULL;
}

static void add_ref(json_t *refs, const char *id, const char *name, const char *where)
{
    json_t *row;
    size_t i;

    json_array_foreach(refs, i, row)
    {
        if (!strcmp(json_string_value(json_object_get(row, "licenseId")), id))
            return;
    }
    json_array_append_new(refs, json_pack("{s:s, s:s, s:o}", "licenseId", id, "name", name, "extractedText",
                                          json_sprintf("'%s', as %s names it; its text is there.", name, where)));
}

/* One name as an identifier. */
static void identify(const char *name, const char *where, json_t *refs, char *out, size_t n)
{
    const char *listed = in_list(name);
    size_t at;

    if (listed) {
        snprintf(out, n, "%s", listed);
        return;
    }
    at = (size_t)snprintf(out, n, "LicenseRef-");
    for (const char *p = name; *p && at + 1 < n; p++, out[at] = '\0')
        out[at++] = isalnum((unsigned char)*p) || *p == '.' ? *p : '-';
    add_ref(refs, out, name, where);
}

static const char *operator_of(const char *word)
{
    return !strcasecmp(word, "and") ? " AND " : !strcasecmp(word, "or") ? " OR " : NULL;
}

/* An expression in progress: the words of a name wait until an operator, or the end, follows. */
struct expression {
    char name[NAME_MAX_BYTES], out[EXPRESSION_MAX];
    const char *where;
    json_t *refs;
};

static void append(char *text, size_t n, const char *more)
{
    size_t at = strlen(text);

    snprintf(text + at, n - at, "%s", more);
}

static void end_name(struct expression *e)
{
    char id[NAME_MAX_BYTES + 16];

    identify(*e->name ? e->name : "unnamed", e->where, e->refs, id, sizeof(id));
    append(e->out, sizeof(e->out), id);
    *e->name = '\0';
}

void license_spdx(const char *text, const char *where, json_t *refs, char *out, size_t n)
{
    struct expression e = {.where = where, .refs = refs};
    char copy[NAME_MAX_BYTES], *rest = copy, *word;
    int several = 0;

    snprintf(copy, sizeof(copy), "%s", text);
    if (strpbrk(copy, "(),/|")) { /* no telling what belongs together */
        identify(copy, where, refs, out, n);
        return;
    }
    while ((word = strsep(&rest, " \t"))) {
        const char *operator= operator_of(word);

        if (operator) {
            end_name(&e);
            append(e.out, sizeof(e.out), operator);
            several = 1;
        } else if (*word) {
            append(e.name, sizeof(e.name), *e.name ? " " : "");
            append(e.name, sizeof(e.name), word);
        }
    }
    end_name(&e);
    snprintf(out, n, several ? "(%s)" : "%s", e.out);
}

/* Whether `list`, joined by AND, has the whole expression already. */
static int has(const char *list, const char *one)
{
    size_t n = strlen(one);

    for (const char *p = list; (p = strstr(p, one)); p++)
        if ((p == list || (p - list >= 5 && !strncmp(p - 5, " AND ", 5))) && (!p[n] || !strncmp(p + n, " AND ", 5)))
            return 1;
    return 0;
}

void license_of_copyright(const char *path, const char *where, json_t *refs, char *out, size_t n)
{
    char *line = NULL, one[EXPRESSION_MAX];
    FILE *f = fopen(path, "r");
    size_t cap = 0;

    *out = '\0';
    if (f && getline(&line, &cap, f) > 0 && !strncasecmp(line, "Format:", 7)) {
        while (getline(&line, &cap, f) > 0) {
            line[strcspn(line, "\r\n")] = '\0';
            if (strncasecmp(line, "License:", 8) != 0 || !line[8 + strspn(line + 8, " \t")])
                continue;
            license_spdx(line + 8 + strspn(line + 8, " \t"), where, refs, one, sizeof(one));
            if (has(out, one))
                continue;
            append(out, n, *out ? " AND " : "");
            append(out, n, one);
        }
    }
    if (!*out)
        snprintf(out, n, "NOASSERTION");
    free(line);
    if (f)
        fclose(f);
}
