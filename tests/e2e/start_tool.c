/*
 * A container that starts in the way $MODE says; verdict.bats links it statically and puts it into an image of its own.
 *
 *   serve       answers every request with 200 on 0.0.0.0:$PORT
 *   port N      the same on port N            loopback    the same on 127.0.0.1
 *   status N    answers with N                late        says that it loads, for ever
 *   exit N      says why, and ends with N     crash       reads what is not there (SIGSEGV)
 *   memory      takes more and more of it     silent      listens on port 3000 and says nothing
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void serve(const char *host, int port, int status, int quiet)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    char ask[4096];

    inet_pton(AF_INET, host, &at.sin_addr);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, 16) < 0) {
        perror("listen");
        exit(1);
    }
    if (!quiet)
        printf("Listening on %s:%d\n", host, port);
    for (;;) {
        int c = accept(fd, NULL, NULL);

        if (c >= 0 && read(c, ask, sizeof(ask)) > 0)
            dprintf(c, "HTTP/1.1 %d So\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n", status);
        close(c);
    }
}

static void take_memory(void)
{
    const size_t step = 4 << 20;

    puts("loading weights");
    for (;;) {
        char *p = malloc(step);

        if (p)
            memset(p, 1, step);
        usleep(5000);
    }
}

static void end(int sig)
{
    (void)sig;
    _exit(0);
}

int main(void)
{
    const char *mode = getenv("MODE"), *port = getenv("PORT");
    volatile int *nowhere = NULL;
    char word[32] = "serve";
    int n = 0, at = port ? (int)strtol(port, NULL, 10) : 8080;

    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGTERM, end); /* the first process of a container ignores it otherwise */
    if (mode)
        sscanf(mode, "%31s %d", word, &n);
    if (strcmp(word, "exit") == 0) {
        fprintf(stderr, "error: model.bin ends too early\n");
        return n;
    }
    if (strcmp(word, "crash") == 0)
        return *nowhere;
    if (strcmp(word, "memory") == 0)
        take_memory();
    if (strcmp(word, "late") == 0) {
        puts("loading weights: 40%");
        for (;;)
            pause();
    }
    serve(strcmp(word, "loopback") == 0 ? "127.0.0.1" : "0.0.0.0",
          strcmp(word, "port") == 0     ? n
          : strcmp(word, "silent") == 0 ? 3000
                                        : at,
          strcmp(word, "status") == 0 ? n : 200, strcmp(word, "silent") == 0);
    return 0;
}
