/* tiny_server.c - what stands for a container in tests with the runtime `none`: answers every request on
 * 127.0.0.1:$PORT with
 * {"path", "revision"}. A file `crash` in its working directory, the image, makes it end at once, `deaf` never listen.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void answer(int fd)
{
    char head[8192] = "", path[1024] = "", body[2048], reply[4096];
    const char *revision = getenv("K_REVISION");
    size_t len = 0;
    ssize_t n;

    while (!strstr(head, "\r\n\r\n") && len < sizeof(head) - 1 &&
           (n = read(fd, head + len, sizeof(head) - 1 - len)) > 0)
        len += (size_t)n;
    if (sscanf(head, "%*s %1023s", path) != 1)
        return;
    snprintf(body, sizeof(body), "{\"path\": \"%s\", \"revision\": \"%s\"}\n", path, revision ? revision : "");
    n = snprintf(reply, sizeof(reply),
                 "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
                 "Connection: close\r\n\r\n%s",
                 strlen(body), body);
    (void)!write(fd, reply, (size_t)n);
    shutdown(fd, SHUT_WR);
    (void)!read(fd, head, sizeof(head));
}

int main(void)
{
    struct sockaddr_in here = {.sin_family = AF_INET};
    const char *port = getenv("PORT");
    int one = 1, s = socket(AF_INET, SOCK_STREAM, 0);

    if (access("crash", F_OK) == 0) {
        fprintf(stderr, "told to crash\n");
        return 3;
    }
    here.sin_port = htons((unsigned short)strtol(port ? port : "8080", NULL, 10));
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (access("deaf", F_OK) != 0 && (bind(s, (struct sockaddr *)&here, sizeof(here)) < 0 || listen(s, 64) < 0))
        return 1;
    for (;;) {
        int fd = accept(s, NULL, NULL);

        if (fd < 0)
            sleep(1);
        else
            answer(fd);
        if (fd >= 0)
            close(fd);
    }
}
