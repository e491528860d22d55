/*
 * crowd_client.c - many clients of one server at the same time, each in a closed loop: it sends its next request when
 * the last one was answered. One thread, epoll; so the clients do not wait for one another.
 *
 *   crowd_client PORT [OPTION=VALUE...]
 *     clients=N   clients; 1                          requests=K  requests of each client; 4
 *     keep=0|1    one connection for all of them; 1   seconds=S   instead of requests=: as many as S seconds allow
 *     path=P      requested; /live                    body=B      sent with POST; without it GET
 *     idle=M      connections that made one request each before and stay open, silent; 0
 *     pid=P       process of the server, stopped while the first requests are sent: all of them are ready at once
 *     within=S    give up after S seconds; 60
 *
 * Prints {"clients", "answers", "ok", "failed", "idle", "ms"}: ok counts answers of status 200, failed counts clients
 * that could not connect or whose connection ended before an answer was complete; ms is the time from the first
 * request to the last answer. Exit status: 0 if every request was answered, 1 otherwise.
 */
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

struct client {
    int fd; /* -1: finished, or failed */
    long left;
    size_t sent, got;
    char head[1024]; /* of the answer, as far as it was received */
};

static const char *path = "/live", *body = "";
static long port, clients = 1, requests = 4, keep = 1, seconds, idle, pid, within = 60;
static long answers, ok, failed, running;
static char *request;
static size_t request_size;
static int loop;
static double stop_at;

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool open_connection(struct client *c)
{
    struct sockaddr_in there = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c};

    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    c->sent = c->got = 0;
    if (c->fd < 0)
        return false;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    return (connect(c->fd, (struct sockaddr *)&there, sizeof(there)) == 0 || errno == EINPROGRESS) &&
           epoll_ctl(loop, EPOLL_CTL_ADD, c->fd, &event) == 0;
}

static void end(struct client *c, bool well)
{
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
    running--;
    if (!well)
        failed++;
}

/* False: the connection is broken. What the socket does not take now is sent when epoll says so. */
static bool send_request(struct client *c)
{
    while (c->sent < request_size) {
        ssize_t n = send(c->fd, request + c->sent, request_size - c->sent, MSG_NOSIGNAL);

        if (n < 0)
            return errno == EAGAIN || errno == ENOTCONN;
        c->sent += (size_t)n;
    }
    return true;
}

/* The size of the whole answer; 0 while its head is not complete. */
static size_t answer_size(const struct client *c)
{
    const char *tail = strstr(c->head, "\r\n\r\n"), *length = strcasestr(c->head, "\r\ncontent-length:");

    return tail && length && length < tail ? (size_t)(tail + 4 - c->head) + strtoul(length + 17, NULL, 10) : 0;
}

/* 1: an answer is complete; 0: not yet; -1: the connection ended. */
static int receive(struct client *c)
{
    char text[16384];

    for (;;) {
        ssize_t n = recv(c->fd, text, sizeof(text), 0);
        size_t room = c->got < sizeof(c->head) - 1 ? sizeof(c->head) - 1 - c->got : 0;

        if (n < 0 && errno == EAGAIN)
            return 0;
        if (n <= 0)
            return -1;
        memcpy(c->head + c->got, text, (size_t)n < room ? (size_t)n : room);
        c->got += (size_t)n;
        c->head[c->got < sizeof(c->head) ? c->got : sizeof(c->head) - 1] = '\0';
        if (answer_size(c) && c->got >= answer_size(c))
            return 1;
    }
}

/* The next request of a client whose last one was answered, or its end. */
static void next(struct client *c)
{
    answers++;
    ok += !strncmp(c->head, "HTTP/1.1 200", 12);
    if (seconds ? now() >= stop_at : --c->left == 0) {
        end(c, true);
        return;
    }
    if (keep) {
        c->sent = c->got = 0;
        if (!send_request(c))
            end(c, false);
        return;
    }
    close(c->fd);
    if (!open_connection(c))
        end(c, false);
}

static void serve(struct client *c, uint32_t events)
{
    int rc;

    if (c->fd < 0)
        return;
    if ((events & EPOLLOUT) && !send_request(c)) {
        end(c, false);
        return;
    }
    rc = receive(c);
    if (rc > 0)
        next(c);
    else if (rc < 0)
        end(c, false);
}

static void run(double until)
{
    struct epoll_event events[512];

    while (running > 0 && now() < until) {
        int n = epoll_wait(loop, events, 512, 1000);

        for (int i = 0; i < n; i++)
            serve(events[i].data.ptr, events[i].events);
    }
}

static void wait_connected(struct client *all, long n, double until)
{
    for (long i = 0; i < n; i++) {
        struct tcp_info info = {0};
        socklen_t size = sizeof(info);

        while (now() < until && getsockopt(all[i].fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
               info.tcpi_state == TCP_SYN_SENT)
            usleep(1000);
    }
}

/* One request each, and the connections stay open. */
static bool open_silent(struct client *all, long n, double until)
{
    for (long i = 0; i < n; i++)
        if (!open_connection(&all[i]) || epoll_ctl(loop, EPOLL_CTL_DEL, all[i].fd, NULL) < 0)
            return false;
    wait_connected(all, n, until);
    for (long i = 0; i < n; i++)
        if (!send_request(&all[i]))
            return false;
    for (long i = 0; i < n; i++) {
        int rc = 0;

        while (now() < until && (rc = receive(&all[i])) == 0)
            usleep(1000);
        if (rc <= 0)
            return false;
    }
    return true;
}

static long count_open(const struct client *all, long n)
{
    long open = 0;
    char byte;

    for (long i = 0; i < n; i++)
        open += recv(all[i].fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
    return open;
}

static void start_clients(struct client *all, double until)
{
    running = clients;
    for (long i = 0; i < clients; i++) {
        all[i].left = requests;
        if (!open_connection(&all[i]))
            end(&all[i], false);
    }
    wait_connected(all, clients, until);
    if (pid)
        kill((pid_t)pid, SIGSTOP);
    stop_at = now() + (double)seconds;
    for (long i = 0; i < clients; i++)
        if (all[i].fd >= 0 && !send_request(&all[i]))
            end(&all[i], false);
    if (pid)
        kill((pid_t)pid, SIGCONT);
}

static bool option(const char *text, const char *name, const char **word, long *number)
{
    size_t n = strlen(name);

    if (strncmp(text, name, n) != 0 || text[n] != '=')
        return false;
    if (word)
        *word = text + n + 1;
    else
        *number = strtol(text + n + 1, NULL, 10);
    return true;
}

static bool options(int argc, char **argv)
{
    for (int i = 2; i < argc; i++)
        if (!option(argv[i], "clients", NULL, &clients) && !option(argv[i], "requests", NULL, &requests) &&
            !option(argv[i], "keep", NULL, &keep) && !option(argv[i], "seconds", NULL, &seconds) &&
            !option(argv[i], "path", &path, NULL) && !option(argv[i], "body", &body, NULL) &&
            !option(argv[i], "idle", NULL, &idle) && !option(argv[i], "pid", NULL, &pid) &&
            !option(argv[i], "within", NULL, &within))
            return false;
    return argc > 1 && (port = strtol(argv[1], NULL, 10)) > 0;
}

int main(int argc, char **argv)
{
    struct rlimit files;
    struct client *all, *silent;
    double begun, until;
    long open;

    if (!options(argc, argv))
        return 1;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    loop = epoll_create1(EPOLL_CLOEXEC);
    request = cr_format("%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%sContent-Type: application/json\r\n"
                        "Content-Length: %zu\r\n\r\n%s",
                        *body ? "POST" : "GET", path, keep ? "" : "Connection: close\r\n", strlen(body), body);
    request_size = strlen(request);
    all = cr_calloc((size_t)clients, sizeof(*all));
    silent = cr_calloc((size_t)idle + 1, sizeof(*silent));
    until = now() + (double)within;
    if (!open_silent(silent, idle, until))
        return 1;
    start_clients(all, until);
    begun = now();
    run(until);
    failed += running;
    open = count_open(silent, idle);
    printf("{\"clients\": %ld, \"answers\": %ld, \"ok\": %ld, \"failed\": %ld, \"idle\": %ld, \"ms\": %.0f}\n", clients,
           answers, ok, failed, open, (now() - begun) * 1000);
    free(request);
    free(silent);
    free(all);
    return failed || open != idle || (!seconds && answers != clients * requests);
}
