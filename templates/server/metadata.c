#include "metadata.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool parse_host(const char *host, struct sockaddr_in *out)
{
    const char *colon = strchr(host, ':');
    long port = colon ? strtol(colon + 1, NULL, 10) : 80;
    char address[32];

    snprintf(address, sizeof(address), "%.*s", colon ? (int)(colon - host) : (int)strlen(host), host);
    *out = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    return port > 0 && port < 65536 && inet_pton(AF_INET, address, &out->sin_addr) == 1;
}

/* A time limit on sending is one on connecting, too. */
static int connect_to(const struct sockaddr_in *address, int timeout_ms)
{
    struct timeval limit = {timeout_ms / 1000, timeout_ms % 1000 * 1000};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    if (connect(fd, (const struct sockaddr *)(const void *)address, sizeof(*address)) == 0)
        return fd;
    close(fd);
    return -1;
}

/* The whole reply, which ends with the connection; what does not fit is no id of a project. */
static bool exchange(int fd, const char *host, char *reply, size_t size)
{
    char request[256];
    int n = snprintf(request, sizeof(request),
                     "GET /computeMetadata/v1/project/project-id HTTP/1.0\r\nHost: %.100s\r\n"
                     "Metadata-Flavor: Google\r\n\r\n",
                     host);
    size_t len = 0;

    if (send(fd, request, (size_t)n, MSG_NOSIGNAL) != n)
        return false;
    while (len + 1 < size) {
        ssize_t got = recv(fd, reply + len, size - 1 - len, 0);

        if (got <= 0)
            break;
        len += (size_t)got;
    }
    reply[len] = '\0';
    return len > 0;
}

/* Lower-case letters, digits, '-', and for old projects "example.com:name". */
static bool take_id(const char *reply, char out[METADATA_PROJECT])
{
    const char *body = strstr(reply, "\r\n\r\n");
    size_t n;

    if (strncmp(reply, "HTTP/1.", 7) != 0 || strncmp(reply + 8, " 200", 4) != 0 || !body)
        return false;
    body += 4;
    n = strspn(body, "abcdefghijklmnopqrstuvwxyz0123456789-.:");
    if (n == 0 || n >= METADATA_PROJECT || body[n + strspn(body + n, "\r\n")])
        return false;
    memcpy(out, body, n);
    out[n] = '\0';
    return true;
}

bool metadata_project(const char *host, int timeout_ms, char out[METADATA_PROJECT])
{
    struct sockaddr_in address;
    char reply[4096];
    bool ok;
    int fd;

    if (!parse_host(host, &address) || (fd = connect_to(&address, timeout_ms)) < 0)
        return false;
    ok = exchange(fd, host, reply, sizeof(reply));
    close(fd);
    return ok && take_id(reply, out);
}
