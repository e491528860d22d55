#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Connections that have not been accepted yet. The kernel takes the smaller of this and net.core.somaxconn. */
#define BACKLOG 4096

static int listen_address(const struct settings *set, struct sockaddr_in *out, struct error *err)
{
    memset(out, 0, sizeof(*out));
    out->sin_family = AF_INET;
    out->sin_port = htons((uint16_t)set->port);
    if (inet_pton(AF_INET, set->listen, &out->sin_addr) != 1)
        return error_set(err, 500, "LISTEN_ADDR '%s' is not an IPv4 address", set->listen);
    return 0;
}

int listen_on(const struct settings *set, int *port, struct error *err)
{
    struct sockaddr_in address;
    socklen_t size = sizeof(address);
    int fd;

    if (listen_address(set, &address, err) < 0)
        return -1;
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, BACKLOG) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) < 0) {
        error_set(err, 500, "cannot listen on %s:%lld: %s", set->listen, (long long)set->port, strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    *port = ntohs(address.sin_port);
    return fd;
}
