/*
 * canary_server.c - a model's server in its good and bad ways, for tests with the runtime `none`. Answers every request
 * on 127.0.0.1:$PORT, many at once, as examples/tensor-linear answers its sample, and with "revision": NAME; $CANARY
 * has what is wrong with it:
 *
 *   wrong    another number                       load     HTTP 500 when more than two requests are there at once
 *   fails    HTTP 500                             clients  HTTP 500, but not at the address of a tag
 *   slow     takes 400 ms more                    sleepy   the same, but not at the address of a tag
 *   gone     ends at once
 */
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *canary = "", *revision = "";
static atomic_int at_once;

static bool is(const char *way)
{
    return strcmp(canary, way) == 0;
}

/* The head and as much body as its Content-Length says. */
static void read_request(int fd, char *text, size_t cap)
{
    size_t have = 0;
    ssize_t n;

    while ((n = recv(fd, text + have, cap - 1 - have, 0)) > 0) {
        char *end, *length;

        have += (size_t)n;
        text[have] = '\0';
        end = strstr(text, "\r\n\r\n");
        length = strcasestr(text, "\r\ncontent-length:");
        if (end && have >= (size_t)(end + 4 - text) + (length && length < end ? strtoul(length + 17, NULL, 10) : 0))
            return;
    }
}

static void *serve(void *arg)
{
    int fd = (int)(long)arg, now = ++at_once, status;
    char text[65536] = "", body[256], reply[512];
    bool tagged;

    read_request(fd, text, sizeof(text));
    tagged = strcasestr(text, "\r\nhost: ") && strstr(strcasestr(text, "\r\nhost: "), "---");
    usleep(is("slow") || (is("sleepy") && !tagged) ? 400000 : 2000);
    status = is("fails") || (is("load") && now > 2) || (is("clients") && !tagged) ? 500 : 200;
    snprintf(body, sizeof(body),
             "{\"revision\": \"%s\", \"outputs\": [{\"name\": \"y\", \"datatype\": \"FP32\", \"shape\": [1, 2], "
             "\"data\": [%d, 23.75]}]}\n",
             revision, is("wrong") ? 5 : 6);
    snprintf(reply, sizeof(reply),
             "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
             status, status == 200 ? "OK" : "Internal Server Error", strlen(body), body);
    at_once--;
    (void)!send(fd, reply, strlen(reply), MSG_NOSIGNAL);
    close(fd);
    return NULL;
}

int main(void)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const char *port = getenv("PORT");
    int s = socket(AF_INET, SOCK_STREAM, 0);

    canary = getenv("CANARY") ? getenv("CANARY") : "";
    revision = getenv("K_REVISION") ? getenv("K_REVISION") : "";
    if (is("gone"))
        return 3;
    here.sin_port = htons((unsigned short)strtol(port ? port : "8080", NULL, 10));
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(s, (struct sockaddr *)&here, sizeof(here)) < 0 || listen(s, 128) < 0)
        return 1;
    for (;;) {
        int fd = accept(s, NULL, NULL);
        pthread_t thread;

        if (fd >= 0 && pthread_create(&thread, NULL, serve, (void *)(long)fd) == 0)
            pthread_detach(thread);
    }
}
