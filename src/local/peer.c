#include "local/peer.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/mem.h"

/* The caller's own end of the connection, as the kernel has it. */
struct peer {
    unsigned uid;
    unsigned long inode; /* 0: nobody's any more */
};

/* Both ends: the peer's and ours. Other sockets may have the peer's port, on their way to another one. */
static bool find_ends(struct MHD_Connection *conn, struct sockaddr_in *peer, struct sockaddr_in *here)
{
    const union MHD_ConnectionInfo *client = MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const union MHD_ConnectionInfo *fd = MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CONNECTION_FD);
    socklen_t len = sizeof(*here);

    if (!client || !client->client_addr || client->client_addr->sa_family != AF_INET || !fd)
        return false;
    memcpy(peer, client->client_addr, sizeof(*peer));
    return getsockname(fd->connect_fd, (struct sockaddr *)here, &len) == 0 && here->sin_family == AF_INET;
}

static bool look_up(const struct sockaddr_in *peer, const struct sockaddr_in *here, struct peer *out)
{
    CR_AUTO_FILE FILE *f = fopen("/proc/net/tcp", "re");
    char line[512];

    while (f && fgets(line, sizeof(line), f)) {
        unsigned addr, port, to_addr, to_port;

        /* sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode; addresses in the machine's own byte
         * order */
        if (sscanf(line, " %*d: %8X:%4X %8X:%4X %*X %*X:%*X %*X:%*X %*X %u %*u %lu", &addr, &port, &to_addr, &to_port,
                   &out->uid, &out->inode) == 6 &&
            addr == peer->sin_addr.s_addr && port == ntohs(peer->sin_port) && to_addr == here->sin_addr.s_addr &&
            to_port == ntohs(here->sin_port))
            return true;
    }
    return false;
}

/* The table is read in pieces, and what moves in it meanwhile may be left out. */
static bool find_peer(struct MHD_Connection *conn, struct peer *out)
{
    struct sockaddr_in peer, here;

    if (!find_ends(conn, &peer, &here))
        return false;
    for (int tries = 0; tries < 3; tries++)
        if (look_up(&peer, &here, out))
            return true;
    return false;
}

bool local_peer_is_me(struct MHD_Connection *conn)
{
    struct peer peer;

    return find_peer(conn, &peer) && peer.uid == getuid();
}

/* Whether one of the process's descriptors is the socket. */
static bool holds(const char *pid, unsigned long inode)
{
    CR_AUTO_FREE char *dir = cr_format("/proc/%s/fd", pid), *want = cr_format("socket:[%lu]", inode);
    DIR *d = opendir(dir);
    const struct dirent *e;
    bool found = false;

    while (d && !found && (e = readdir(d))) {
        char to[64];
        ssize_t n = readlinkat(dirfd(d), e->d_name, to, sizeof(to) - 1);

        to[n > 0 ? n : 0] = '\0';
        found = strcmp(to, want) == 0;
    }
    if (d)
        closedir(d);
    return found;
}

/* Whether a file of the process's directory in /proc is the same as ours. */
static bool shares(const char *pid, const char *name)
{
    CR_AUTO_FREE char *theirs = cr_format("/proc/%s/%s", pid, name), *ours = cr_format("/proc/self/%s", name);
    struct stat a, b;

    return stat(theirs, &a) == 0 && stat(ours, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* Every process that has the socket must be one like us. */
static bool is_outside(unsigned long inode)
{
    DIR *d = opendir("/proc");
    const struct dirent *e;
    bool found = false, all = true;

    while (d && all && (e = readdir(d))) {
        if (e->d_name[0] < '1' || e->d_name[0] > '9' || !holds(e->d_name, inode))
            continue;
        found = true;
        all = shares(e->d_name, "root/") && shares(e->d_name, "ns/pid");
    }
    if (d)
        closedir(d);
    return found && all;
}

bool local_peer_is_contained(struct MHD_Connection *conn)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static unsigned long known[16]; /* sockets found to be outside; numbers are not used again for long */
    static size_t next;
    struct peer peer;
    bool outside = false;

    if (!find_peer(conn, &peer) || !peer.inode)
        return true;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < CR_LEN(known); i++)
        outside = outside || known[i] == peer.inode;
    pthread_mutex_unlock(&lock);
    if (outside || !is_outside(peer.inode))
        return !outside;
    pthread_mutex_lock(&lock);
    known[next++ % CR_LEN(known)] = peer.inode;
    pthread_mutex_unlock(&lock);
    return false;
}
