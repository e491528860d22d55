#include "local/build_prefix.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "local/say.h"

/* Whole lines at a time, so that what others write to the log stands between lines. */
static void copy_lines(struct local_prefix *p, char *line, size_t *len, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] != '\n')
            line[(*len)++] = bytes[i];
        if (bytes[i] != '\n' && *len < 4000)
            continue;
        local_say(p->log, "%s%.*s\n", p->text, (int)*len, line);
        *len = 0;
    }
}

static void *copy(void *arg)
{
    struct local_prefix *p = arg;
    char part[4096], line[4096];
    size_t len = 0;
    ssize_t n = 1;

    while (n > 0) {
        struct pollfd fd = {p->from, POLLIN, 0};
        bool over = p->over; /* before the look: what came until then is still read */

        if (poll(&fd, 1, 50) > 0)
            n = read(p->from, part, sizeof(part));
        else if (over)
            break;
        else
            continue;
        if (n > 0)
            copy_lines(p, line, &len, part, (size_t)n);
    }
    if (len)
        copy_lines(p, line, &len, "\n", 1);
    return NULL;
}

void local_prefix_begin(struct local_prefix *p, int log, size_t step, const char *id)
{
    int ends[2];

    *p = (struct local_prefix){.to = -1, .from = -1, .log = log};
    if (log < 0 || pipe2(ends, O_CLOEXEC) < 0)
        return;
    p->to = ends[1];
    p->from = ends[0];
    p->text = *id ? cr_format("Step #%zu - \"%s\": ", step, id) : cr_format("Step #%zu: ", step);
    if (pthread_create(&p->thread, NULL, copy, p) == 0)
        return;
    close(p->to);
    close(p->from);
    free(p->text);
    *p = (struct local_prefix){.to = -1, .from = -1, .log = log};
}

void local_prefix_end(struct local_prefix *p)
{
    if (p->to < 0)
        return;
    close(p->to);
    p->over = true;
    pthread_join(p->thread, NULL);
    close(p->from);
    free(p->text);
}
