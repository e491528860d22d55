#include "core/log_entry.h"

#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/clean.h"
#include "base/mem.h"
#include "base/str.h"

enum { TEXT_MAX = 512 * 1024 };

static const char *text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

const char *cr_log_entry_log(const json_t *entry)
{
    const char *name = text_at(entry, "logName"), *at = strrchr(name, '/'), *part;

    name = at ? at + 1 : name;
    while ((part = strstr(name, "%2F")))
        name = part + 3;
    return name;
}

const char *cr_log_entry_severity(const json_t *entry)
{
    const char *severity = text_at(entry, "severity");

    return *severity ? severity : "DEFAULT";
}

static void add(struct cr_str *out, const char *text)
{
    struct cr_error full = {0}; /* the rest of a text that long says nothing more */

    (void)!cr_str_addf(out, &full, "%s", text);
}

/* key=value, with quotes only where a text needs them to stay one word. */
static void add_member(struct cr_str *out, const char *key, const json_t *value)
{
    const char *text = json_string_value(value);
    bool plain = text && *text && !strpbrk(text, " \t\n\"=");
    CR_AUTO_FREE char *dump = plain ? cr_strdup(text) : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

    if (out->len)
        add(out, " ");
    add(out, key);
    add(out, "=");
    add(out, dump ? dump : "");
}

/* Members that are told elsewhere: by columns of their own, or to machines alone. */
static bool is_aside(const char *key)
{
    static const char *const asides[] = {"severity", "time", "timestamp", "level"};

    for (size_t i = 0; i < CR_LEN(asides); i++)
        if (strcmp(key, asides[i]) == 0)
            return true;
    return strncmp(key, "logging.googleapis.com/", 23) == 0;
}

static void add_payload(struct cr_str *out, json_t *payload)
{
    static const char *const names[] = {"message", "msg", "textPayload"};
    const char *said = NULL, *key;
    json_t *value;

    for (size_t i = 0; i < CR_LEN(names) && !said; i++)
        if (*text_at(payload, names[i])) {
            said = names[i];
            add(out, text_at(payload, said));
        }
    json_object_foreach(payload, key, value)
    {
        if ((!said || strcmp(key, said) != 0) && !is_aside(key))
            add_member(out, key, value);
    }
}

/* The path of an address; the whole of what is none. */
static const char *path_of(const char *url)
{
    const char *host = strstr(url, "://"), *path = host ? strchr(host + 3, '/') : NULL;

    return path ? path : host ? "/" : url;
}

static void add_request(struct cr_str *out, const json_t *request)
{
    const char *latency = text_at(request, "latency");
    double seconds = *latency ? strtod(latency, NULL) : -1;
    char number[48];

    snprintf(number, sizeof(number), " %lld ", (long long)json_integer_value(json_object_get(request, "status")));
    add(out, text_at(request, "requestMethod"));
    add(out, number);
    if (seconds >= 0 && seconds < 1e6) {
        snprintf(number, sizeof(number), "%.0f ms ", seconds * 1000);
        add(out, number);
    }
    add(out, path_of(text_at(request, "requestUrl")));
}

char *cr_log_entry_text(const json_t *entry)
{
    CR_AUTO_STR struct cr_str out = CR_STR_INIT(TEXT_MAX);
    json_t *payload = json_object_get(entry, "jsonPayload"), *proto = json_object_get(entry, "protoPayload");
    const json_t *request = json_object_get(entry, "httpRequest");
    CR_AUTO_FREE char *text = NULL;

    if (json_is_object(request))
        add_request(&out, request);
    if (*text_at(entry, "textPayload")) {
        add(&out, out.len ? " " : "");
        add(&out, text_at(entry, "textPayload"));
    } else if (json_object_size(payload)) {
        add(&out, out.len ? " " : "");
        add_payload(&out, payload);
    } else if (!out.len && json_is_object(proto)) {
        add_payload(&out, json_object_get(proto, "status") ? json_object_get(proto, "status") : proto);
    }
    text = cr_str_take(&out);
    return cr_clean_text(text);
}

static const char *color_of(const char *severity)
{
    static const struct {
        const char *severity, *color;
    } rows[] = {{"DEBUG", "2"},     {"NOTICE", "36"},  {"WARNING", "33"},    {"ERROR", "31"},
                {"CRITICAL", "31"}, {"ALERT", "1;31"}, {"EMERGENCY", "1;31"}};

    for (size_t i = 0; i < CR_LEN(rows); i++)
        if (strcmp(rows[i].severity, severity) == 0)
            return rows[i].color;
    return NULL;
}

/* "2026-01-02 03:04:05.678" of "2026-01-02T03:04:05.678901Z"; what has another form stays as it is. */
static void time_of(const json_t *entry, char time[32])
{
    const char *said = text_at(entry, "timestamp");
    size_t n = strlen(said);

    snprintf(time, 32, "%.31s", said);
    if (n < 20 || said[10] != 'T' || said[n - 1] != 'Z')
        return;
    time[10] = ' ';
    time[said[19] == '.' && n > 23 ? 23 : 19] = '\0';
}

char *cr_log_entry_line(const json_t *entry, bool coloured)
{
    CR_AUTO_FREE char *text = cr_log_entry_text(entry);
    CR_AUTO_FREE char *severity = cr_clean_text(cr_log_entry_severity(entry)), *when = NULL;
    const char *color = coloured ? color_of(severity) : NULL, *shown = severity;
    CR_AUTO_STR struct cr_str out = CR_STR_INIT(2 * TEXT_MAX);
    char time[32], *rest = text, *line;
    bool first = true;

    time_of(entry, time);
    when = cr_clean_text(time);
    if (strcmp(severity, "DEFAULT") == 0)
        shown = "-";
    add(&out, coloured ? "\033[2m" : "");
    add(&out, when);
    add(&out, coloured ? "\033[0m" : "");
    while ((line = strsep(&rest, "\n"))) {
        CR_AUTO_FREE char *row = NULL;

        if (!first && !*line && !rest)
            break; /* a newline at its end */
        row = first ? cr_format(" %s%s%s%-9s %s%s", color ? "\033[" : "", color ? color : "", color ? "m" : "", shown,
                                line, color ? "\033[0m" : "")
                    : cr_format("\n    %s", line);
        add(&out, row);
        first = false;
    }
    return cr_str_take(&out);
}
