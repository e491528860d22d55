#include "local/peer.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <pthread.h>
#include <stdatomic.h>
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
    unsigned long inode; /* 0: nobody's any more, and then root's for the kernel */
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

static bool search(const struct sockaddr_in *peer, const struct sockaddr_in *here, struct peer *out)
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

/* Of this one socket. False: there is none, or the kernel does not answer such questions. */
static bool look_up(const struct sockaddr_in *peer, const struct sockaddr_in *here, struct peer *out)
{
    struct {
        struct nlmsghdr head;
        struct inet_diag_req_v2 body;
    } request = {
        .head = {.nlmsg_len = sizeof(request), .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST},
        .body = {.sdiag_family = AF_INET,
                 .sdiag_protocol = IPPROTO_TCP,
                 .id = {.idiag_sport = peer->sin_port,
                        .idiag_dport = here->sin_port,
                        .idiag_src = {peer->sin_addr.s_addr},
                        .idiag_dst = {here->sin_addr.s_addr},
                        .idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}}}};
    struct {
        struct nlmsghdr head;
        struct inet_diag_msg body;
        char more[1024];
    } got;
    CR_AUTO_FD int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

    if (fd < 0 || send(fd, &request, sizeof(request), 0) < 0 ||
        recv(fd, &got, sizeof(got), 0) < (ssize_t)(sizeof(got.head) + sizeof(got.body)) ||
        got.head.nlmsg_type != SOCK_DIAG_BY_FAMILY)
        return false;
    *out = (struct peer){got.body.idiag_uid, got.body.idiag_inode};
    return true;
}

/* The table of all sockets is read in pieces, and what moves in it meanwhile may be left out. */
static bool find_peer(const struct sockaddr_in *peer, const struct sockaddr_in *here, struct peer *out)
{
    static atomic_bool answers; /* the kernel does: a socket that it does not know is not there */

    if (look_up(peer, here, out)) {
        atomic_store(&answers, true);
        return true;
    }
    for (int tries = 0; tries < 3 && !atomic_load(&answers); tries++)
        if (search(peer, here, out))
            return true;
    return false;
}

static bool find_caller(struct MHD_Connection *conn, struct peer *out)
{
    struct sockaddr_in peer, here;

    return find_ends(conn, &peer, &here) && find_peer(&peer, &here, out);
}

bool local_peer_is_owner(const struct sockaddr *addr, int port)
{
    struct sockaddr_in from,
        here = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct peer peer;

    if (addr->sa_family != AF_INET)
        return false;
    memcpy(&from, addr, sizeof(from));
    return find_peer(&from, &here, &peer) && peer.inode && peer.uid == getuid();
}

bool local_peer_is_me(struct MHD_Connection *conn)
{
    struct peer peer;

    return find_caller(conn, &peer) && peer.inode && peer.uid == getuid();
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

    if (!find_caller(conn, &peer) || !peer.inode)
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
