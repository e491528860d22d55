#include "cli/login_listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "base/str.h"

enum { TICK_MS = 500 };

static void drop(struct cli_listen *l, int i)
{
    close(l->conn[i].fd);
    explicit_bzero(l->conn[i].head, CLI_LISTEN_HEAD); /* it may have the code */
    free(l->conn[i].head);
    l->count--;
    memmove(&l->conn[i], &l->conn[i + 1], (size_t)(l->count - i) * sizeof(l->conn[0]));
}

void cli_listen_close(struct cli_listen *l)
{
    while (l->count)
        drop(l, l->count - 1);
    if (l->fd >= 0)
        close(l->fd);
    l->fd = -1;
}

/* Binds the port; -1 with errno when it cannot be had. */
static int bind_port(int port, int *bound)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    socklen_t len = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), one = 1, saved;

    if (fd < 0)
        return -1;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(fd, CLI_LISTEN_CONNS) == 0 &&
        getsockname(fd, (struct sockaddr *)&at, &len) == 0) {
        *bound = ntohs(at.sin_port);
        return fd;
    }
    saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

int cli_listen_open(int port, struct cli_listen *l, struct cr_error *err)
{
    int first = port < 0 ? CLI_LISTEN_FIRST : port, last = port < 0 ? CLI_LISTEN_LAST : port, bound = 0, fd = -1;

    for (int p = first; p <= last && fd < 0; p++) {
        fd = bind_port(p, &bound);
        if (fd < 0 && errno != EADDRINUSE && errno != EACCES)
            break;
    }
    if (fd >= 0) {
        *l = (struct cli_listen){.fd = fd, .port = bound};
        return 0;
    }
    if (port < 0)
        cr_fail(err, CR_E_IO, "no port of %d to %d can be listened at: %s", first, last, strerror(errno));
    else
        cr_fail(err, CR_E_IO, "cannot listen at port %d: %s", port, strerror(errno));
    return cr_hint(err, "--port 0 takes any free port; --headless needs none");
}

static void take_in(struct cli_listen *l)
{
    int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd < 0)
        return;
    if (l->count == CLI_LISTEN_CONNS)
        drop(l, 0); /* the one that has been silent longest */
    l->conn[l->count++] = (struct cli_listen_conn){.fd = fd, .head = cr_malloc(CLI_LISTEN_HEAD)};
}

/* Text as it may stand in a page. New. */
static char *escape(const char *text)
{
    static const struct {
        char c;
        const char *as;
    } rows[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};
    char *out = cr_malloc(strlen(text) * 6 + 1), *to = out;

    for (; *text; text++) {
        const char *as = NULL;

        for (size_t i = 0; i < CR_LEN(rows); i++)
            if (rows[i].c == *text)
                as = rows[i].as;
        if (as)
            to = stpcpy(to, as);
        else if ((unsigned char)*text >= ' ')
            *to++ = *text;
    }
    *to = '\0';
    return out;
}

static void answer(int fd, const char *status, const char *title, const char *text)
{
    CR_AUTO_FREE char *safe = escape(text);
    CR_AUTO_FREE char *page =
        cr_format("<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>crdeploy</title>"
                  "<body style=\"font-family:sans-serif;margin:4em auto;max-width:40em\">"
                  "<h1>%s</h1><p>%s</p></body></html>\n",
                  title, safe);
    /* The address has the code in it: no referrer, no cache, nothing loaded from elsewhere. */
    CR_AUTO_FREE char *all =
        cr_format("HTTP/1.1 %s\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %zu\r\n"
                  "Connection: close\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n"
                  "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\n"
                  "X-Content-Type-Options: nosniff\r\n\r\n%s",
                  status, strlen(page), page);

    /* A page fits any socket's buffer: what cannot be sent at once has nobody who reads it. */
    if (send(fd, all, strlen(all), MSG_NOSIGNAL) >= 0)
        shutdown(fd, SHUT_WR);
}

/* The query of "GET /?QUERY HTTP/1.1", cut out in place; NULL when the request is another. */
static char *query_of(char *head)
{
    size_t line = strcspn(head, "\r\n");
    char *end;

    head[line] = '\0';
    if (strncmp(head, "GET /?", 6) != 0)
        return NULL;
    end = strchr(head + 6, ' ');
    if (!end || strncmp(end, " HTTP/1.", 8) != 0)
        return NULL;
    *end = '\0';
    return head + 6;
}

static enum cli_listen_verdict serve(struct cli_listen_conn *c, cli_listen_judge *judge, void *ud, struct cr_error *err)
{
    char *query = query_of(c->head);
    enum cli_listen_verdict verdict;

    if (!query) {
        answer(c->fd, "404 Not Found", "Nothing here", "This address only takes the answer to a login.");
        return CLI_LISTEN_ON;
    }
    verdict = judge(ud, query, err);
    if (verdict == CLI_LISTEN_DONE)
        answer(c->fd, "200 OK", "You are logged in", "Go back to the terminal: this page can be closed.");
    else
        answer(c->fd, verdict == CLI_LISTEN_ON ? "400 Bad Request" : "200 OK", "Not logged in", err->msg);
    return verdict;
}

/* Reads what there is. True when a whole head is there; *over when the connection has ended or sends too much. */
static bool read_head(struct cli_listen_conn *c, bool *over)
{
    ssize_t n = recv(c->fd, c->head + c->len, CLI_LISTEN_HEAD - 1 - c->len, 0);

    if (n <= 0) {
        *over = n == 0 || (errno != EAGAIN && errno != EINTR);
        return false;
    }
    c->len += (size_t)n;
    c->head[c->len] = '\0';
    if (memmem(c->head, c->len, "\r\n\r\n", 4) || memmem(c->head, c->len, "\n\n", 2))
        return true;
    *over = c->len == CLI_LISTEN_HEAD - 1;
    return false;
}

/* One round: waits for something to happen, and serves it. */
static enum cli_listen_verdict turn(struct cli_listen *l, int wait_ms, cli_listen_judge *judge, void *ud,
                                    struct cr_error *err)
{
    struct pollfd set[CLI_LISTEN_CONNS + 1] = {{.fd = l->fd, .events = POLLIN}};
    enum cli_listen_verdict verdict = CLI_LISTEN_ON;
    int n = l->count;

    for (int i = 0; i < n; i++)
        set[i + 1] = (struct pollfd){.fd = l->conn[i].fd, .events = POLLIN};
    if (poll(set, (nfds_t)n + 1, wait_ms) <= 0)
        return CLI_LISTEN_ON;
    for (int i = n - 1; i >= 0 && verdict == CLI_LISTEN_ON; i--) {
        bool over = false;

        if (!set[i + 1].revents)
            continue;
        if (read_head(&l->conn[i], &over)) {
            struct cr_error why = {0};

            verdict = serve(&l->conn[i], judge, ud, &why);
            if (verdict == CLI_LISTEN_FAIL)
                *err = why;
            over = true;
        }
        if (over)
            drop(l, i);
    }
    if (verdict == CLI_LISTEN_ON && set[0].revents)
        take_in(l);
    return verdict;
}

int cli_listen_wait(struct cli_listen *l, int64_t timeout_ms, cli_listen_judge *judge, void *ud, struct cr_error *err)
{
    int64_t end = cr_now_ms() + timeout_ms;

    for (;;) {
        int64_t left = end - cr_now_ms();
        enum cli_listen_verdict verdict;

        if (cr_interrupt_check(err) < 0)
            return -1;
        if (left <= 0) {
            cr_fail(err, CR_E_AUTH, "no browser came back within %d minutes", (int)(timeout_ms / 60000));
            return cr_hint(err, "on a machine without a browser: crdeploy auth login --headless --client-file FILE");
        }
        verdict = turn(l, left < TICK_MS ? (int)left : TICK_MS, judge, ud, err);
        if (verdict != CLI_LISTEN_ON)
            return verdict == CLI_LISTEN_DONE ? 0 : -1;
    }
}
