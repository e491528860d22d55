/* Where a line of a server's log says that it listens: "Uvicorn running on http://127.0.0.1:8000", "Listening on
 * :3000", "Serving HTTP on 0.0.0.0 port 8000", "Tomcat started on port(s): 8081". */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "core/verdict_log.h"

/* The words that make a line a statement of this kind; NULL where there are none. */
static const char *statement(const char *line)
{
    static const char *const said[] = {"listening",
                                       "listen on",
                                       "running on",
                                       "running at",
                                       "serving ",
                                       "started on",
                                       "server on",
                                       "bound to",
                                       "binding to",
                                       "started at",
                                       "server at",
                                       "ready on",
                                       "ready at",
                                       "available at",
                                       "server started",
                                       "serves on",
                                       "accepting connections",
                                       "with port",
                                       "is up on",
                                       "server is running"};
    static const char *const unsaid[] = {"fail",       "error",   "cannot",   "can't",    "refused", "in use",
                                         "connecting", "waiting", "upstream", "database", "retry",   "not listening"};
    const char *first = NULL, *at;

    for (size_t i = 0; i < CR_LEN(unsaid); i++)
        if (strcasestr(line, unsaid[i]))
            return NULL;
    for (size_t i = 0; i < CR_LEN(said); i++)
        if ((at = strcasestr(line, said[i])) && (!first || at < first))
            first = at;
    return first;
}

static int port_at(const char *digits)
{
    char *end;
    long n = isdigit((unsigned char)*digits) ? strtol(digits, &end, 10) : 0;

    return n > 0 && n < 65536 && !isalnum((unsigned char)*end) ? (int)n : 0;
}

static int kind_of_host(const char *host, size_t n)
{
    static const char *const any[] = {"0.0.0.0", "[::]", "::", "*", ""};
    static const char *const own[] = {"localhost", "[::1]", "::1"};

    for (size_t i = 0; i < CR_LEN(any); i++)
        if (strlen(any[i]) == n && strncmp(host, any[i], n) == 0)
            return CR_LISTEN_ANY;
    for (size_t i = 0; i < CR_LEN(own); i++)
        if (strlen(own[i]) == n && strncasecmp(host, own[i], n) == 0)
            return CR_LISTEN_LOOPBACK;
    return n > 4 && strncmp(host, "127.", 4) == 0 ? CR_LISTEN_LOOPBACK : CR_LISTEN_ANY;
}

/* Length of what can be a host: a name, four numbers, an address in brackets, a star; 0 is "any". */
static size_t host_length(const char *text)
{
    if (*text == '[')
        return strcspn(text, "]") + (strchr(text, ']') != NULL);
    if (strncmp(text, "::", 2) == 0)
        return 2 + (text[2] == '1');
    if (*text == '*')
        return 1;
    return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");
}

/* Four numbers: not the name of a file, which a line number may follow. */
static bool is_numbers(const char *host, size_t n)
{
    return n >= 7 && strspn(host, "0123456789.") >= n;
}

static void keep(struct cr_listen *l, int host, int port, const char *at, size_t n)
{
    l->host = host;
    l->port = port;
    snprintf(l->at, sizeof(l->at), "%.*s", (int)(n < sizeof(l->at) ? n : sizeof(l->at) - 1), at);
}

/* HOST:PORT, or http://HOST, where a word begins at `at`. */
static bool read_address(const char *at, struct cr_listen *l)
{
    const char *scheme = strncmp(at, "http://", 7) == 0 ? at + 7 : strncmp(at, "tcp://", 6) == 0 ? at + 6 : NULL;
    const char *host = scheme ? scheme : at;
    size_t n = host_length(host);
    int port = host[n] == ':' ? port_at(host + n + 1) : 0;
    bool address = n == 0 || strchr("[*:", *host) || is_numbers(host, n) || strncasecmp(host, "localhost", 9) == 0;

    if (port && (scheme || address)) {
        keep(l, kind_of_host(host, n), port, host, n + 1 + strspn(host + n + 1, "0123456789"));
        return true;
    }
    if (!scheme || !n)
        return false;
    keep(l, kind_of_host(host, n), 80, host, n);
    return true;
}

/* A word begins where no letter or digit stands before. */
static bool find_address(const char *from, struct cr_listen *l)
{
    for (const char *p = from; *p; p++)
        if ((p == from || strchr(" \t'\"([=<,", p[-1])) && !strchr(" \t", *p) && read_address(p, l))
            return true;
    return false;
}

/* "port 3000", "port: 3000", "port=3000", "port(s): 8081 (http)", "port(s) 8081". */
static bool find_port(const char *from, struct cr_listen *l)
{
    for (const char *p = from; (p = strcasestr(p, "port")); p += 4) {
        const char *digits = p + 4;
        int port;

        digits += strncmp(digits, "(s)", 3) == 0 ? 3 : *digits == 's';
        digits += strspn(digits, " :='\"");
        port = port_at(digits);
        if (port && digits > p + 4) {
            l->port = port;
            if (!*l->at)
                snprintf(l->at, sizeof(l->at), "port %d", port);
            return true;
        }
    }
    return false;
}

/* A host that stands alone: "Serving HTTP on 127.0.0.1 port 8000", "all addresses (0.0.0.0)". */
static void find_host(const char *line, struct cr_listen *l)
{
    static const char *const own[] = {"127.0.0.1", "localhost", "[::1]"};
    static const char *const any[] = {"0.0.0.0", "all addresses", "all interfaces", "[::]"};

    for (size_t i = 0; i < CR_LEN(own); i++)
        if (strcasestr(line, own[i])) {
            keep(l, CR_LISTEN_LOOPBACK, l->port, own[i], strlen(own[i]));
            return;
        }
    for (size_t i = 0; i < CR_LEN(any); i++)
        if (strcasestr(line, any[i])) {
            keep(l, CR_LISTEN_ANY, l->port, any[i], strlen(any[i]));
            return;
        }
}

bool cr_listen_parse(const char *line, struct cr_listen *listen)
{
    const char *from = statement(line);
    struct cr_listen l = {.host = CR_LISTEN_UNSAID};

    if (!from)
        return false;
    if (!find_address(from, &l)) {
        find_host(line, &l);
        if (!find_port(line, &l) && l.host == CR_LISTEN_UNSAID)
            return false;
        if (*l.at && l.port && !strstr(l.at, "port ")) {
            size_t n = strlen(l.at);

            snprintf(l.at + n, sizeof(l.at) - n, " port %d", l.port);
        }
    }
    *listen = l;
    return true;
}
