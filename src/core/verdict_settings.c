#include "core/verdict_settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/front.h"

enum { DEFAULT_PORT = 8080, DEFAULT_PROBE_S = 240 };

static const char *text_at(const json_t *object, const char *key, const char *otherwise)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text && *text ? text : otherwise;
}

/* A duration of the probe: 0 and nonsense are "not set". */
static int64_t seconds_at(const json_t *object, const char *key, int64_t otherwise)
{
    json_int_t n = json_integer_value(json_object_get(object, key));

    return n > 0 && n <= 3600 ? (int64_t)n : otherwise;
}

static int port_at(const json_t *object, const char *key, int otherwise)
{
    json_int_t n = json_integer_value(json_object_get(object, key));

    return n > 0 && n < 65536 ? (int)n : otherwise;
}

/* By its name; else the one with a port, which requests go to; else the first. */
static const json_t *container_of(const json_t *revision, const char *name)
{
    const json_t *all = json_object_get(revision, "containers");
    json_t *one;
    size_t i;

    json_array_foreach(all, i, one)
    {
        if (name && *name && strcmp(text_at(one, "name", ""), name) == 0)
            return one;
    }
    return cr_front_or_first(all);
}

static void read_command(const json_t *container, struct cr_verdict_settings *s)
{
    static const char *const lists[] = {"command", "args"};
    size_t len = 0;

    for (size_t i = 0; i < CR_LEN(lists); i++) {
        json_t *word;
        size_t k;

        json_array_foreach(json_object_get(container, lists[i]), k, word)
        {
            int n = json_is_string(word) ? snprintf(s->command + len, sizeof(s->command) - len, "%s%s", len ? " " : "",
                                                    json_string_value(word))
                                         : 0;

            if (n < 0 || (size_t)n >= sizeof(s->command) - len)
                return; /* cut: enough to recognise it by */
            len += (size_t)n;
        }
    }
}

static void read_probe(const json_t *probe, struct cr_verdict_settings *s)
{
    static const char *const kinds[] = {"httpGet", "tcpSocket", "grpc"};
    int64_t period, timeout, each;

    s->probe_s = DEFAULT_PROBE_S;
    s->probe_port = s->port;
    s->probe_path = "/";
    for (size_t i = 0; i < CR_LEN(kinds) && !s->probe_given; i++) {
        const json_t *kind = json_object_get(probe, kinds[i]);

        s->probe_given = json_is_object(kind);
        s->probe_http = s->probe_given && i == 0;
        s->probe_port = port_at(kind, "port", s->port);
        s->probe_path = text_at(kind, "path", "/");
    }
    if (!s->probe_given)
        return;
    period = seconds_at(probe, "periodSeconds", 10);
    timeout = seconds_at(probe, "timeoutSeconds", 1);
    each = period > timeout ? period : timeout;
    s->probe_s = seconds_at(probe, "initialDelaySeconds", 0) + each * seconds_at(probe, "failureThreshold", 3);
}

void cr_verdict_settings_read(const json_t *revision, const char *container, const char *message,
                              struct cr_verdict_settings *s)
{
    const json_t *c = container_of(revision, container);
    const json_t *limits = json_object_get(json_object_get(c, "resources"), "limits");
    const char *said = message ? strstr(message, "PORT=") : NULL;
    long n = said ? strtol(said + 5, NULL, 10) : 0;

    *s = (struct cr_verdict_settings){.port = n > 0 && n < 65536 ? (int)n : DEFAULT_PORT};
    s->port = port_at(json_array_get(json_object_get(c, "ports"), 0), "containerPort", s->port);
    s->image = text_at(c, "image", "");
    s->memory = text_at(limits, "memory", "512Mi");
    s->cpu = text_at(limits, "cpu", "1000m");
    s->account = text_at(revision, "serviceAccount", "");
    s->gen1 = strcmp(text_at(revision, "executionEnvironment", ""), "EXECUTION_ENVIRONMENT_GEN1") == 0;
    read_command(c, s);
    read_probe(json_object_get(c, "startupProbe"), s);
}
