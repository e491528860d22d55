/*
 * A container in place of a model's server, for the tests of instances and ingress. Listens on 127.0.0.1:$PORT after
 * $FIXTURE_DELAY_MS (port 0: any, and it says which); with $FIXTURE_EXIT it says "giving up" and ends with that status
 * instead.
 *
 *   /head        the request's head, as it came          /echo     the request's body, after the head
 *   /slow/MS     "ok" after so long                      /exit     ends the process with status 3, unanswered
 *   /chunks      "hello world" in two chunks             /close    "until the end" without a length
 *   /big/BYTES   so many bytes                           /garbage  something that is not HTTP
 *   /short       less than its Content-Length says       /env/NAME the variable's value
 *   /status/N    that status, "as asked"                 /busy/N   503 to the first N requests, then the body
 *   /switch      101 to "echo", then what comes until the end; /switch/bare: without Upgrade
 *   /empty/N     that status with a length and a body that it may not have
 *   /field/BYTES a field of so many bytes, and no body
 *   /nap         the body, after so many ms as it says   /cold     the body, said to be a cold start of 7 ms
 *   anything else: "ok"
 */
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

static void on_term(int sig)
{
    (void)sig;
    (void)!write(1, "ending on SIGTERM\n", 18);
    _exit(0);
}

static void put(int fd, const char *bytes, size_t n)
{
    while (n) {
        ssize_t k = send(fd, bytes, n, MSG_NOSIGNAL);

        if (k <= 0)
            return;
        bytes += k;
        n -= (size_t)k;
    }
}

static void answer(int fd, const char *body, size_t n)
{
    char *head = cr_format("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n\r\n", n);

    put(fd, head, strlen(head));
    put(fd, body, n);
    free(head);
}

static void literal(int fd, const char *text)
{
    put(fd, text, strlen(text));
}

/* Reads until the body is there by Content-Length, or by the last chunk; NULL when it does not come. */
static char *read_body(int fd, char *all, size_t *have, size_t cap)
{
    char *body = strstr(all, "\r\n\r\n") + 4, *length = strcasestr(all, "\r\ncontent-length:");
    size_t want = length && length < body ? (size_t)strtoul(length + 17, NULL, 10) : 0;
    int chunked = strcasestr(all, "transfer-encoding: chunked") != NULL;

    if (strcasestr(all, "100-continue"))
        literal(fd, "HTTP/1.1 100 Continue\r\n\r\n");
    while (*have < cap - 1 && (chunked ? !strstr(body, "0\r\n\r\n") : *have < (size_t)(body - all) + want)) {
        ssize_t n = recv(fd, all + *have, cap - 1 - *have, 0);

        if (n <= 0)
            return NULL;
        *have += (size_t)n;
        all[*have] = '\0';
    }
    return body;
}

static void echo(int fd, char *all, size_t have, size_t cap)
{
    const char *body = read_body(fd, all, &have, cap);

    if (body)
        answer(fd, body, have - (size_t)(body - all));
}

static void answer_with(int fd, int status, const char *headers, const char *body)
{
    char *text = cr_format("HTTP/1.1 %d Said\r\nContent-Type: application/json\r\n%sContent-Length: %zu\r\n\r\n%s",
                           status, headers, strlen(body), body);

    put(fd, text, strlen(text));
    free(text);
}

static void answer_late(int fd, unsigned long ms, const char *body)
{
    usleep((useconds_t)ms * 1000);
    answer_with(fd, 200, "", body);
}

/* What a model's server would do: tests of predict. False: another path. */
static bool reply_as_model(int fd, const char *path, char *all, size_t have, size_t cap)
{
    static atomic_int busy;
    const char *body;

    if (strncmp(path, "/status/", 8) != 0 && strncmp(path, "/busy/", 6) != 0 && strncmp(path, "/nap", 4) != 0 &&
        strncmp(path, "/cold", 5) != 0)
        return false;
    body = read_body(fd, all, &have, cap);
    if (!body)
        return true;
    if (strncmp(path, "/status/", 8) == 0)
        answer_with(fd, (int)strtol(path + 8, NULL, 10), "", "{\"error\":{\"message\":\"as asked\"}}");
    else if (strncmp(path, "/busy/", 6) == 0 && atomic_fetch_add(&busy, 1) < strtol(path + 6, NULL, 10))
        answer_with(fd, 503, "", "{\"error\":{\"message\":\"starting\"}}");
    else if (strncmp(path, "/cold", 5) != 0)
        answer_late(fd, strncmp(path, "/nap", 4) == 0 ? strtoul(body, NULL, 10) : 0, body);
    else
        answer_with(fd, 200, "X-Crdeploy-Cold: true\r\nX-Crdeploy-Ms: 7\r\n", body);
    return true;
}

/* Bytes after the head come back for as long as there are any. */
static void switch_protocols(int fd, const char *all, bool bare)
{
    const char *early = strstr(all, "\r\n\r\n") + 4;
    char part[4096];
    ssize_t n;

    literal(fd, bare ? "HTTP/1.1 101 Switching\r\n\r\n"
                     : "HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
    literal(fd, early);
    while (!*early && (n = recv(fd, part, sizeof(part), 0)) > 0) {
        put(fd, part, (size_t)n);
        if (memchr(part, 'o', (size_t)n))
            return;
    }
}

static void reply(int fd, char *all, size_t have, size_t cap)
{
    const char *path = strchr(all, ' ') ? strchr(all, ' ') + 1 : "";

    if (reply_as_model(fd, path, all, have, cap))
        return;
    if (strncmp(path, "/head", 5) == 0) {
        answer(fd, all, have);
    } else if (strncmp(path, "/echo", 5) == 0) {
        echo(fd, all, have, cap);
    } else if (strncmp(path, "/slow/", 6) == 0) {
        usleep((useconds_t)strtoul(path + 6, NULL, 10) * 1000);
        answer(fd, "ok", 2);
    } else if (strncmp(path, "/exit", 5) == 0) {
        _exit(3);
    } else if (strncmp(path, "/chunks", 7) == 0) {
        literal(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello \r\n");
        usleep(20000);
        literal(fd, "5\r\nworld\r\n0\r\n\r\n");
    } else if (strncmp(path, "/close", 6) == 0) {
        literal(fd, "HTTP/1.0 200 OK\r\n\r\nuntil the end");
    } else if (strncmp(path, "/garbage", 8) == 0) {
        literal(fd, "this is not HTTP\r\n\r\n");
    } else if (strncmp(path, "/short", 6) == 0) {
        literal(fd, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfour");
    } else if (strncmp(path, "/big/", 5) == 0) {
        size_t n = strtoul(path + 5, NULL, 10);
        char *big = cr_malloc(n);

        memset(big, 'x', n);
        answer(fd, big, n);
        free(big);
    } else if (strncmp(path, "/switch", 7) == 0) {
        switch_protocols(fd, all, strncmp(path, "/switch/bare", 12) == 0);
    } else if (strncmp(path, "/field/", 7) == 0) {
        int n = (int)strtol(path + 7, NULL, 10);
        char *field = cr_format("X-Fill: %0*d\r\n", n, 0);

        answer_with(fd, 200, field, "");
        free(field);
    } else if (strncmp(path, "/empty/", 7) == 0) {
        answer_with(fd, (int)strtol(path + 7, NULL, 10), "X-Kept: yes\r\n", "body");
    } else if (strncmp(path, "/env/", 5) == 0) {
        char name[64];
        const char *value = sscanf(path + 5, "%63[A-Z_]", name) == 1 ? getenv(name) : NULL;

        answer(fd, value ? value : "", value ? strlen(value) : 0);
    } else {
        answer(fd, "ok", 2);
    }
}

static void *serve(void *arg)
{
    const size_t cap = 1 << 20;
    int fd = (int)(intptr_t)arg;
    char *all = cr_calloc(1, cap);
    size_t have = 0;
    ssize_t n;

    while (!strstr(all, "\r\n\r\n") && have < cap - 1 && (n = recv(fd, all + have, cap - 1 - have, 0)) > 0)
        have += (size_t)n;
    if (strstr(all, "\r\n\r\n"))
        reply(fd, all, have, cap);
    free(all);
    close(fd);
    return NULL;
}

int main(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const char *port = getenv("PORT"), *delay = getenv("FIXTURE_DELAY_MS"), *leave = getenv("FIXTURE_EXIT");
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    socklen_t size = sizeof(at);

    signal(SIGTERM, on_term);
    if (leave) {
        fprintf(stderr, "giving up\n");
        return (int)strtol(leave, NULL, 10);
    }
    usleep((useconds_t)(delay ? strtoul(delay, NULL, 10) : 0) * 1000);
    at.sin_port = htons((uint16_t)(port ? strtoul(port, NULL, 10) : 8080));
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, 128) < 0) {
        perror("listen");
        return 1;
    }
    if (at.sin_port == 0 && getsockname(fd, (struct sockaddr *)&at, &size) == 0)
        printf("listening on %d\n", ntohs(at.sin_port));
    else
        printf("listening\n");
    fflush(stdout);
    for (;;) {
        int client = accept(fd, NULL, NULL);
        pthread_t thread;

        if (client >= 0 && pthread_create(&thread, NULL, serve, (void *)(intptr_t)client) == 0)
            pthread_detach(thread);
    }
}
