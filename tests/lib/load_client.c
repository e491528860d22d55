/*
 * load_client.c - many requests to one host of the ingress, over a few connections that are kept, and what came of
 * them.
 *
 *   load_client PORT HOST [OPTION=VALUE...]
 *     count=N   ends after N requests; without it, on SIGTERM      at=N     connections; 4
 *     path=P    asked for; /                                       body=B   posted; without it GET
 *     pause=MS  between two requests of a connection; 0            mark=FILE  made after the first answer
 *
 * Prints {"requests", "failed", "revisions": {NAME: n}}: a request has failed unless it was answered with a status
 * below 400 whose body names a revision ({"revision": NAME}). Exit status: 0 also when some failed; 1 when it could not
 * run.
 */
#include <fcntl.h>
#include <jansson.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/mem.h"

static const char *host, *path = "/", *body = "", *mark = "";
static long port, count, at = 4, pause_ms;
static atomic_long asked, failed;
static atomic_bool stopping;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static json_t *revisions;

static void on_term(int sig)
{
    (void)sig;
    stopping = true;
}

static int dial(void)
{
    struct sockaddr_in there = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval wait = {.tv_sec = 120};

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    if (connect(fd, (struct sockaddr *)&there, sizeof(there)) == 0)
        return fd;
    close(fd);
    return -1;
}

/* The whole answer, by its Content-Length; false when it did not come. */
static bool read_answer(int fd, char *text, size_t cap, const char **start)
{
    size_t have = 0;
    ssize_t n;

    while ((n = recv(fd, text + have, cap - 1 - have, 0)) > 0) {
        char *end, *length;

        have += (size_t)n;
        text[have] = '\0';
        end = strstr(text, "\r\n\r\n");
        length = strcasestr(text, "\r\ncontent-length:");
        if (end && length && length < end && have >= (size_t)(end + 4 - text) + strtoul(length + 17, NULL, 10)) {
            *start = end + 4;
            return true;
        }
    }
    return false;
}

static void note(const char *revision)
{
    pthread_mutex_lock(&lock);
    json_object_set_new(revisions, revision,
                        json_integer(1 + json_integer_value(json_object_get(revisions, revision))));
    pthread_mutex_unlock(&lock);
}

/* False: the connection is of no more use. */
static bool ask(int fd, const char *request)
{
    char text[16384], revision[128] = "";
    const char *start = "", *named;
    int status = 0;
    bool whole = fd >= 0 && send(fd, request, strlen(request), MSG_NOSIGNAL) == (ssize_t)strlen(request) &&
                 read_answer(fd, text, sizeof(text), &start);

    named = whole && sscanf(text, "HTTP/1.1 %d", &status) == 1 ? strstr(start, "\"revision\": \"") : NULL;
    if (named && status < 400 && sscanf(named + 13, "%127[^\"]", revision) == 1) {
        note(revision);
    } else {
        failed++;
        fprintf(stderr, "failed: %d %.200s\n", status, whole ? start : "no answer");
    }
    return whole && !strcasestr(text, "\r\nconnection: close");
}

static void *run(void *arg)
{
    char *request =
        cr_format("%s %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                  *body ? "POST" : "GET", path, host, strlen(body), body);
    int fd = -1;

    while (!stopping && (!count || atomic_fetch_add(&asked, 1) < count)) {
        if (!count)
            asked++;
        if (fd < 0)
            fd = dial();
        if (!ask(fd, request) && fd >= 0) {
            close(fd);
            fd = -1;
        }
        if (*mark)
            close(open(mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        if (pause_ms)
            usleep((useconds_t)pause_ms * 1000);
    }
    if (fd >= 0)
        close(fd);
    free(request);
    return arg;
}

static bool option(const char *word, const char *name, const char **text, long *number)
{
    size_t n = strlen(name);

    if (strncmp(word, name, n) != 0 || word[n] != '=')
        return false;
    if (text)
        *text = word + n + 1;
    else
        *number = strtol(word + n + 1, NULL, 10);
    return true;
}

int main(int argc, char **argv)
{
    pthread_t thread[64];

    if (argc < 3)
        return 1;
    port = strtol(argv[1], NULL, 10);
    host = argv[2];
    for (int i = 3; i < argc; i++)
        if (!option(argv[i], "count", NULL, &count) && !option(argv[i], "at", NULL, &at) &&
            !option(argv[i], "pause", NULL, &pause_ms) && !option(argv[i], "path", &path, NULL) &&
            !option(argv[i], "body", &body, NULL) && !option(argv[i], "mark", &mark, NULL))
            return 1;
    signal(SIGTERM, on_term);
    revisions = json_object();
    for (long i = 0; i < at && i < 64; i++)
        if (pthread_create(&thread[i], NULL, run, NULL) != 0)
            return 1;
    for (long i = 0; i < at && i < 64; i++)
        pthread_join(thread[i], NULL);
    printf("{\"requests\": %ld, \"failed\": %ld, \"revisions\": ", count ? count : atomic_load(&asked),
           atomic_load(&failed));
    json_dumpf(revisions, stdout, JSON_SORT_KEYS);
    printf("}\n");
    json_decref(revisions);
    return 0;
}
