/* Texts against the rows of limits_words.c. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/limits_parts.h"
#include "core/scaffold.h"

/* Is the character in a set such as "a-z0-9_-"? */
static bool in_set(const char *set, unsigned char c)
{
    for (const unsigned char *s = (const unsigned char *)set; *s; s++) {
        if (s[1] == '-' && s[2]) {
            if (c >= s[0] && c <= s[2])
                return true;
            s += 2;
        } else if (c == *s) {
            return true;
        }
    }
    return false;
}

static int64_t characters(const char *text)
{
    int64_t n = 0;

    for (; *text; text++)
        n += (*text & 0xC0) != 0x80;
    return n;
}

static bool form_ok(const struct cr_text_limit *row, const char *text)
{
    size_t len = strlen(text);

    if (row->max && characters(text) > row->max)
        return false;
    if (!len)
        return !row->first || !*row->first;
    if (row->first && *row->first && !in_set(row->first, (unsigned char)text[0]))
        return false;
    for (size_t i = row->first && *row->first ? 1 : 0; row->rest && i < len; i++)
        if (!in_set(row->rest, (unsigned char)text[i]))
            return false;
    return !row->last || in_set(row->last, (unsigned char)text[len - 1]);
}

static bool is_one(const char *const *words, const char *text)
{
    for (; *words; words++)
        if (strcmp(*words, text) == 0)
            return true;
    return false;
}

static bool starts(const char *const *words, const char *text)
{
    for (; *words; words++)
        if (strncmp(text, *words, strlen(*words)) == 0)
            return true;
    return false;
}

static bool holds(const char *const *words, const char *text)
{
    for (; *words; words++)
        if (strstr(text, *words))
            return true;
    return false;
}

static bool ends(const char *const *words, const char *text)
{
    size_t len = strlen(text);

    for (; *words; words++) {
        size_t n = strlen(*words);

        if (n <= len && strcmp(text + len - n, *words) == 0)
            return true;
    }
    return false;
}

/* One part of a path: runs of a-z and 0-9 with ".", "_", "__" or any number of dashes between. */
static bool path_part(const char *part, size_t len)
{
    for (size_t i = 0; i < len;) {
        size_t run = i, gap;

        while (run < len && (islower((unsigned char)part[run]) || isdigit((unsigned char)part[run])))
            run++;
        if (run == i)
            return false;
        for (gap = run; gap < len && strchr("._-", part[gap]);)
            gap++;
        if (gap == len)
            return gap == run;
        if (part[run] != '-' && gap - run > (part[run] == '_' ? 2u : 1u))
            return false;
        for (size_t g = run; g < gap; g++)
            if (part[g] != part[run])
                return false;
        i = gap;
    }
    return len > 0;
}

static bool host_part(const char *part, size_t len)
{
    size_t colon = 0;

    while (colon < len && part[colon] != ':')
        colon++;
    for (size_t i = 0; i < colon; i++)
        if (!isalnum((unsigned char)part[i]) && part[i] != '.' && part[i] != '-')
            return false;
    for (size_t i = colon + 1; i < len; i++)
        if (!isdigit((unsigned char)part[i]))
            return false;
    return colon > 0 && colon + 1 != len;
}

static bool tag_ok(const char *tag, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)tag[i]) && tag[i] != '_' && (i == 0 || (tag[i] != '.' && tag[i] != '-')))
            return false;
    return len > 0 && len <= 128;
}

static bool digest_ok(const char *digest)
{
    const char *hex = strchr(digest, ':');

    return hex && hex > digest && strlen(hex + 1) >= 32 && !hex[1 + strspn(hex + 1, "0123456789abcdef")];
}

/* [HOST[:PORT]/]PATH[:TAG][@DIGEST]. The first part is a host when it looks like one: with a point, a colon, or
 * localhost. */
static bool reference_ok(const char *text)
{
    size_t len = strcspn(text, "@"), path = len, at = 0;

    if (text[len] && !digest_ok(text + len + 1))
        return false;
    for (size_t i = len; i-- > 0 && text[i] != '/';)
        if (text[i] == ':')
            path = i;
    if (path < len && !tag_ok(text + path + 1, len - path - 1))
        return false;
    while (at <= path) {
        size_t n = 0;
        bool host;

        while (at + n < path && text[at + n] != '/')
            n++;
        host = at == 0 && n < path &&
               (memchr(text, '.', n) || memchr(text, ':', n) || (n == 9 && strncmp(text, "localhost", 9) == 0));
        if (host ? !host_part(text, n) : !path_part(text + at, n))
            return false;
        at += n + 1;
    }
    return true;
}

static bool text_ok(const struct cr_text_limit *row, const char *text)
{
    switch (row->rule) {
    case CR_TEXT_FORM:
        return form_ok(row, text);
    case CR_TEXT_BYTES:
        return (int64_t)strlen(text) <= row->max;
    case CR_TEXT_IS:
        return is_one(row->words, text);
    case CR_TEXT_IS_NOT:
        return !is_one(row->words, text);
    case CR_TEXT_STARTS:
        return !starts(row->words, text);
    case CR_TEXT_HOLDS:
        return !holds(row->words, text);
    case CR_TEXT_ENDS:
        return !ends(row->words, text);
    case CR_TEXT_REFERENCE:
        return reference_ok(text);
    }
    return true;
}

/* The nearest text of this form: lower case where upper is not legal, "-" or "_" for what is not, cut to size. False
 * when there is none. */
static bool suggest(const struct cr_text_limit *row, const char *text, char near[80])
{
    const char *fill = row->rest && in_set(row->rest, '-') ? "-" : row->rest && in_set(row->rest, '_') ? "_" : "";
    size_t n = 0, most = row->max && row->max < 79 ? (size_t)row->max : 79;

    if (row->rule != CR_TEXT_FORM || !row->first || strlen(text) > 200)
        return false;
    if (*row->first && !in_set(row->first, (unsigned char)*text) && (!row->first[1] || strchr(row->first, '_')))
        near[n++] = row->first[1] ? '_' : row->first[0]; /* what every such text starts with, or may */
    for (; *text && n < most; text++) {
        unsigned char c = (unsigned char)*text, low = (unsigned char)tolower(c);
        bool start = n == 0 && *row->first;

        if (row->rest && !in_set(row->rest, c))
            c = in_set(row->rest, low) ? low : (unsigned char)*fill;
        if (c && (!start || in_set(row->first, c)))
            near[n++] = (char)c;
    }
    while (n && row->last && !in_set(row->last, (unsigned char)near[n - 1]))
        n--;
    near[n] = '\0';
    return n && form_ok(row, near);
}

/* An image without a scheme before it, its path in lower case. False when that is none either. */
static bool suggest_image(const char *text, char near[200])
{
    const char *scheme = strstr(text, "://"), *tag;
    size_t n = 0;

    text = scheme ? scheme + 3 : text;
    tag = strrchr(text, '/') ? strrchr(text, '/') : text;
    tag += strcspn(tag, ":@");
    for (; *text && n < 199; text++)
        near[n++] = (char)(text < tag ? tolower((unsigned char)*text) : *text);
    near[n] = '\0';
    return reference_ok(near);
}

/* The nearest legal text in place of the rule, where there is one. */
static void hint(struct cr_problem *p, const struct cr_text_limit *row, const char *text)
{
    const char *near = row->rule == CR_TEXT_IS ? cr_nearest(text, row->words) : NULL;
    char name[50], other[80], image[200];

    if (row->text == CR_TEXT_SERVICE) {
        cr_scaffold_name(text, name);
        cr_problem_hint(p, "write %s", name);
    } else if (row->rule == CR_TEXT_REFERENCE && suggest_image(text, image)) {
        cr_problem_hint(p, "write %s", image);
    } else if (suggest(row, text, other)) {
        cr_problem_hint(p, "write %s", other);
    } else if (near) {
        cr_problem_hint(p, "did you mean %s?", near);
    } else if (row->rule == CR_TEXT_IS && row->words[0] && row->text != CR_TEXT_REGION) {
        cr_problem_hint(p, "use %s%s%s", row->words[0], row->words[1] ? " or " : "",
                        row->words[1] ? row->words[1] : "");
    } else if (row->rule == CR_TEXT_IS) {
        cr_problem_hint(p, "such as us-central1 or europe-west1; --no-limit-check sends a newer one");
    } else if (row->rule == CR_TEXT_IS_NOT && strcmp(text, "PORT") == 0) {
        cr_problem_hint(p, "remove it, and use --port to choose the port");
    } else if (row->text == CR_TEXT_SERVER_PATH && row->rule != CR_TEXT_FORM) {
        cr_problem_hint(p, "choose another path, such as /predict");
    } else if (row->rule == CR_TEXT_IS_NOT || row->rule == CR_TEXT_STARTS) {
        cr_problem_hint(p, "remove it");
    } else {
        cr_problem_hint(p, "%s", row->why);
    }
}

bool cr_limits_check_text(enum cr_limit_text what, const char *text, const char *said, const char *place,
                          enum cr_profile profile, struct cr_problems *problems)
{
    bool good = true;

    for (const struct cr_text_limit *row = cr_text_limits; *row->id; row++) {
        struct cr_problem *p;

        if (row->text != what || !(row->profiles & 1u << profile) || text_ok(row, text) || (!good && row->advice))
            continue;
        p = cr_limit_report(problems, row->id, row->source, row->advice, place, "'%.80s' is %s %s: %s",
                            said ? said : text, row->advice ? "a doubtful" : "no", cr_limit_text_names[what], row->why);
        if (p)
            hint(p, row, text);
        good = good && row->advice;
        if (!row->advice)
            break;
    }
    return good;
}
