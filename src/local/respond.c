#include "local/respond.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

/* A body that breaks off. */
struct broken {
    char *text;
    int fd;
    int64_t from, end;            /* of the descriptor; bytes that are sent */
    struct MHD_Connection *reset; /* to end by a reset, or NULL */
};

/* Disconnecting a TCP socket sends a reset; closing it, which libmicrohttpd does in good order, would not. */
void local_reset(struct MHD_Connection *conn)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CONNECTION_FD);
    const struct sockaddr nowhere = {.sa_family = AF_UNSPEC};

    if (info)
        (void)!connect(info->connect_fd, &nowhere, sizeof(nowhere));
}

static ssize_t broken_read(void *cls, uint64_t pos, char *buf, size_t max)
{
    struct broken *b = cls;
    size_t n = (int64_t)pos < b->end ? (size_t)(b->end - (int64_t)pos) : 0;
    ssize_t got;

    if (n == 0) {
        if (b->reset)
            local_reset(b->reset);
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    if (n > max)
        n = max;
    if (b->text) {
        memcpy(buf, b->text + pos, n);
        return (ssize_t)n;
    }
    got = pread(b->fd, buf, n, b->from + (int64_t)pos);
    return got > 0 ? got : MHD_CONTENT_READER_END_WITH_ERROR;
}

static void broken_free(void *cls)
{
    struct broken *b = cls;

    free(b->text);
    if (b->fd >= 0)
        close(b->fd);
    free(b);
}

static struct MHD_Response *break_at(struct local_reply *rp, char *text, int64_t size, int64_t cut_at,
                                     struct MHD_Connection *reset)
{
    struct broken *b = cr_calloc(1, sizeof(*b));

    *b = (struct broken){text, rp->fd, rp->from, cut_at < size ? cut_at : size, reset};
    rp->fd = -1;
    return MHD_create_response_from_callback((uint64_t)size, 65536, broken_read, b, broken_free);
}

static struct MHD_Response *make(struct MHD_Connection *conn, struct local_reply *rp, struct local_break b)
{
    char *text = NULL;
    size_t len = 0;
    int64_t size;

    if (rp->json) {
        text = cr_oom_check(json_dumps(rp->json, JSON_INDENT(2)));
        len = strlen(text);
        if (b.half)
            len /= 2;
    } else if (rp->fd < 0) {
        len = rp->text_len;
        text = cr_malloc(len + 1);
        if (len)
            memcpy(text, rp->text, len);
    }
    size = text ? (int64_t)len : rp->size;
    if (b.truncate)
        b.cut_at = size / 2;
    if (b.cut_at >= 0)
        return break_at(rp, text, size, b.cut_at, b.rst ? conn : NULL);
    if (text)
        return MHD_create_response_from_buffer(len, text, MHD_RESPMEM_MUST_FREE);
    return MHD_create_response_from_fd_at_offset64((uint64_t)rp->size, rp->fd, (uint64_t)rp->from);
}

enum MHD_Result local_respond(struct MHD_Connection *conn, struct local_reply *rp, struct local_break b)
{
    struct MHD_Response *response = make(conn, rp, b);
    enum MHD_Result done;

    if (!response)
        return MHD_NO;
    rp->fd = -1; /* the response closes it */
    for (size_t i = 0; i < rp->headers.len; i++)
        MHD_add_response_header(response, rp->headers.row[i].name, rp->headers.row[i].value);
    if (rp->json)
        MHD_add_response_header(response, "Content-Type", "application/json; charset=UTF-8");
    else if (rp->type)
        MHD_add_response_header(response, "Content-Type", rp->type);
    done = MHD_queue_response(conn, (unsigned)rp->status, response);
    MHD_destroy_response(response);
    return done;
}
