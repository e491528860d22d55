#include "local/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/mem.h"

#define ANSWER_S 5 /* for the child to make a socket, on a busy machine */
#define INTERFACES 16

struct local_netns {
    _Atomic int owners;
    pthread_mutex_t lock; /* a request and its answer belong together */
    int talk;             /* to the child, a socket of type SOCK_SEQPACKET */
    pid_t child;
    struct in_addr at;
};

/* ---- the child: after fork in a process with threads, so only system calls ---- */

/* One message with a descriptor, or (-1) with the number of an error alone. */
static void send_fd(int talk, int fd, int code)
{
    union {
        char space[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = {0};
    struct iovec body = {&code, sizeof(code)};
    struct msghdr m = {.msg_iov = &body, .msg_iovlen = 1};
    struct cmsghdr *c;

    if (fd >= 0) {
        m.msg_control = control.space;
        m.msg_controllen = sizeof(control.space);
        c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(c), &fd, sizeof(int));
    }
    (void)!sendmsg(talk, &m, MSG_NOSIGNAL);
}

/* A namespace of a rootless engine may be joined by who is root in the user namespace that owns it. */
static int join(int net, int user)
{
    if (setns(net, CLONE_NEWNET) == 0)
        return 0;
    return errno == EPERM && user >= 0 && setns(user, CLONE_NEWUSER) == 0 ? setns(net, CLONE_NEWNET) : -1;
}

/* Ends when our end of `talk` is closed, by us or by our end. */
static void serve(int talk, int net, int user)
{
    sigset_t all;
    char byte;

    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL); /* the daemon's Ctrl-C is none of ours: requests are answered until the end */
    setpgid(0, 0);
    dup2(talk, 0);
    if (join(net, user) < 0) {
        send_fd(0, -1, errno);
        _exit(1);
    }
    close_range(1, ~0U, 0);
    prctl(PR_SET_NAME, "crdeploy-netns");
    do {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        send_fd(0, fd, fd < 0 ? errno : 0);
        if (fd >= 0)
            close(fd);
    } while (recv(0, &byte, 1, 0) == 1);
    _exit(0);
}

/* ---- the daemon ---- */

/* A socket that the child sends; -1 and errno when it sends none. */
static int receive_fd(const struct local_netns *n)
{
    union {
        char space[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    int code = 0, fd = -1;
    struct iovec body = {&code, sizeof(code)};
    struct msghdr m = {
        .msg_iov = &body, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof(control.space)};
    const struct cmsghdr *c;
    ssize_t got;

    do
        got = recvmsg(n->talk, &m, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    c = got == sizeof(code) ? CMSG_FIRSTHDR(&m) : NULL;
    if (c && c->cmsg_type == SCM_RIGHTS)
        memcpy(&fd, CMSG_DATA(c), sizeof(int));
    else if (got >= 0)
        errno = code ? code : ECONNREFUSED;
    return fd;
}

/* The first address of the socket's namespace that is not a loopback one. */
static int find_address(int fd, struct in_addr *at)
{
    struct ifreq list[INTERFACES] = {0};
    struct ifconf all = {.ifc_len = sizeof(list), .ifc_req = list};

    if (ioctl(fd, SIOCGIFCONF, &all) < 0)
        return -1;
    for (size_t i = 0; i < (size_t)all.ifc_len / sizeof(list[0]); i++) {
        struct sockaddr_in in;

        memcpy(&in, &list[i].ifr_addr, sizeof(in));
        if (in.sin_family == AF_INET && ntohl(in.sin_addr.s_addr) >> 24 != IN_LOOPBACKNET) {
            *at = in.sin_addr;
            return 0;
        }
    }
    errno = EADDRNOTAVAIL;
    return -1;
}

static int open_child(pid_t pid, struct local_netns *n, struct cr_error *err)
{
    CR_AUTO_FREE char *net_path = cr_format("/proc/%d/ns/net", (int)pid),
                      *user_path = cr_format("/proc/%d/ns/user", (int)pid);
    CR_AUTO_FD int net = open(net_path, O_RDONLY | O_CLOEXEC), user = open(user_path, O_RDONLY | O_CLOEXEC);
    struct timeval wait = {.tv_sec = ANSWER_S};
    int ends[2];

    if (net < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return cr_fail(err, CR_E_IO, "cannot open '%s': %s", net_path, strerror(errno));
    n->child = fork();
    if (n->child == 0)
        serve(ends[1], net, user);
    close(ends[1]);
    n->talk = ends[0];
    if (n->child < 0)
        return cr_fail(err, CR_E_IO, "cannot join '%s': %s", net_path, strerror(errno));
    setsockopt(n->talk, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
    return 0;
}

int local_netns_open(pid_t pid, struct local_netns **net, struct cr_error *err)
{
    struct local_netns *n = cr_calloc(1, sizeof(*n));
    CR_AUTO_FD int first = -1;

    n->owners = 1;
    n->talk = -1;
    pthread_mutex_init(&n->lock, NULL);
    if (open_child(pid, n, err) < 0) {
        local_netns_close(n);
        return -1;
    }
    first = receive_fd(n);
    if (first < 0 || find_address(first, &n->at) < 0) {
        cr_fail(err, CR_E_IO, "cannot join the network namespace of process %d: %s", (int)pid, strerror(errno));
        local_netns_close(n);
        return -1;
    }
    *net = n;
    return 0;
}

struct local_netns *local_netns_hold(struct local_netns *net)
{
    if (net)
        net->owners++;
    return net;
}

void local_netns_close(struct local_netns *net)
{
    if (!net || --net->owners)
        return;
    if (net->talk >= 0)
        close(net->talk);
    if (net->child > 0) {
        kill(net->child, SIGKILL);
        waitpid(net->child, NULL, 0);
    }
    pthread_mutex_destroy(&net->lock);
    free(net);
}

/* Takes the socket: gives it back, or -1 and errno. */
static int connect_to(int fd, struct in_addr host, int port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = host};
    int code;

    if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0 || errno == EINPROGRESS)
        return fd;
    code = errno;
    close(fd);
    errno = code;
    return -1;
}

int local_netns_connect(struct local_netns *net, int port)
{
    int fd;

    pthread_mutex_lock(&net->lock);
    fd = send(net->talk, "", 1, MSG_NOSIGNAL) == 1 ? receive_fd(net) : -1;
    pthread_mutex_unlock(&net->lock);
    return connect_to(fd, net->at, port);
}

int local_loopback_connect(int port)
{
    return connect_to(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
                      (struct in_addr){htonl(INADDR_LOOPBACK)}, port);
}
