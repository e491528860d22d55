/* Buffers, and the two sockets of a connection: reading, writing, and what epoll is asked to watch. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "local/ingress_loop.h"

/* Room for `n` more bytes behind those it holds. */
static void make_room(struct local_buffer *b, size_t n)
{
    size_t need = b->len + n > LOCAL_BUFFER ? LOCAL_HEAD_ROOM : LOCAL_BUFFER;

    if (b->at && b->at + b->len + n > b->size) {
        memmove(b->bytes, b->bytes + b->at, b->len);
        b->at = 0;
    }
    if (b->size < need) {
        b->bytes = cr_realloc(b->bytes, need);
        b->size = need;
    }
}

bool local_buffer_add(struct local_buffer *b, const char *bytes, size_t n)
{
    if (b->len + n > LOCAL_HEAD_ROOM)
        return false;
    make_room(b, n);
    memcpy(b->bytes + b->at + b->len, bytes, n);
    b->len += n;
    return true;
}

void local_buffer_trim(struct local_buffer *b)
{
    if (b->len)
        return;
    free(b->bytes);
    b->bytes = NULL;
    b->size = b->at = 0;
}

void local_buffer_drop(struct local_buffer *b, size_t n)
{
    b->at += n;
    b->len -= n;
    if (!b->len)
        b->at = 0;
}

void local_end_arm(struct local_conn *c, struct local_end *e, uint32_t events)
{
    struct epoll_event ev = {.events = events, .data.ptr = e};

    if (e->fd < 0 || e->events == events)
        return;
    epoll_ctl(c->in->epoll, EPOLL_CTL_MOD, e->fd, &ev);
    e->events = events;
}

void local_end_add(struct local_conn *c, struct local_end *e, int fd, uint32_t events)
{
    struct epoll_event ev = {.events = events, .data.ptr = e};

    *e = (struct local_end){.conn = c, .fd = fd, .events = events};
    epoll_ctl(c->in->epoll, EPOLL_CTL_ADD, fd, &ev);
}

void local_end_close(struct local_conn *c, struct local_end *e)
{
    if (e->fd < 0)
        return;
    epoll_ctl(c->in->epoll, EPOLL_CTL_DEL, e->fd, NULL);
    close(e->fd);
    e->fd = -1;
}

/* Reads once. True when something came, or the end did. */
bool local_end_fill(struct local_end *e, struct local_buffer *b)
{
    size_t room = local_buffer_room(b);
    ssize_t n;

    if (e->fd < 0 || e->eof || !room)
        return false;
    if (b->len < LOCAL_BUFFER && room > LOCAL_BUFFER - b->len)
        room = LOCAL_BUFFER - b->len; /* more only for a head that turns out to need it */
    make_room(b, room);
    n = recv(e->fd, b->bytes + b->at + b->len, room, 0);
    if (n > 0)
        b->len += (size_t)n;
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        e->eof = true;
    return n > 0 || e->eof;
}

/* Writes once. A side that no longer takes anything counts as ended. */
bool local_end_drain(struct local_end *e, struct local_buffer *b)
{
    ssize_t n;

    if (e->fd < 0 || !b->len)
        return false;
    n = send(e->fd, b->bytes + b->at, b->len, MSG_NOSIGNAL);
    if (n > 0)
        local_buffer_drop(b, (size_t)n);
    else if (n < 0 && errno != EAGAIN && errno != EINTR) {
        local_buffer_drop(b, b->len);
        return true;
    }
    return n > 0;
}
