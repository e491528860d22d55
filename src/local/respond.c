#include "local/respond.h"

#include <string.h>
#include <unistd.h>

#include "base/mem.h"

/* A body that breaks off. */
struct broken {
    char *text;
    int fd;
    int64_t from, end; /* of the descriptor; bytes that are sent */
};

static ssize_t broken_read(void *cls, uint64_t pos, char *buf, size_t max)
{
    struct broken *b = cls;
    size_t n = (int64_t)pos < b->end ? (size_t)(b->end - (int64_t)pos) : 0;
    ssize_t got;

    if (n == 0)
        return MHD_CONTENT_READER_END_WITH_ERROR;
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

static struct MHD_Response *break_at(struct local_reply *rp, char *text, int64_t size, int64_t cut_at)
{
    struct broken *b = cr_calloc(1, sizeof(*b));

    *b = (struct broken){text, rp->fd, rp->from, cut_at < size ? cut_at : size};
    rp->fd = -1;
    return MHD_create_response_from_callback((uint64_t)size, 65536, broken_read, b, broken_free);
}

static struct MHD_Response *make(struct local_reply *rp, bool half, int64_t cut_at)
{
    char *text = NULL;
    size_t len = 0;

    if (rp->json) {
        text = cr_oom_check(json_dumps(rp->json, JSON_INDENT(2)));
        len = strlen(text);
        if (half)
            len /= 2;
    } else if (rp->fd < 0) {
        len = rp->text_len;
        text = cr_malloc(len + 1);
        if (len)
            memcpy(text, rp->text, len);
    }
    if (cut_at >= 0)
        return break_at(rp, text, text ? (int64_t)len : rp->size, cut_at);
    if (text)
        return MHD_create_response_from_buffer(len, text, MHD_RESPMEM_MUST_FREE);
    return MHD_create_response_from_fd_at_offset64((uint64_t)rp->size, rp->fd, (uint64_t)rp->from);
}

enum MHD_Result local_respond(struct MHD_Connection *conn, struct local_reply *rp, bool half, int64_t cut_at)
{
    struct MHD_Response *response = make(rp, half, cut_at);
    enum MHD_Result done;

    if (!response)
        return MHD_NO;
    if (cut_at < 0)
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
