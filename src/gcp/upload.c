#include "gcp/upload.h"

#include <string.h>

#include "base/auto.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"
#include "gcp/storage.h"
#include "gcp/upload_session.h"

enum { RESTARTS = 2 };

int gcp_upload_write(struct gcp_upload *up, const void *bytes, size_t n, struct cr_error *err)
{
    return upload_pipe_push(&up->pipe, bytes, n, err);
}

static void *make(void *ud)
{
    struct gcp_upload *up = ud;
    struct cr_error why = {0};

    upload_pipe_end(&up->pipe, up->produce(up->ud, up, &why) < 0 ? &why : NULL);
    return NULL;
}

static int send_all(struct gcp_upload *up, struct cr_error *err)
{
    bool unsure = false, last = false;

    while (!up->exists && !up->made) {
        if (!unsure && upload_pipe_fill(&up->pipe, &last, err) < 0)
            return -1;
        if (upload_session_exchange(up, !unsure, last, &unsure, err) < 0)
            return -1;
    }
    return upload_pipe_close(&up->pipe, err);
}

static bool same(const json_t *object, int64_t size, uint32_t crc)
{
    const char *said_size = json_string_value(json_object_get(object, "size"));
    const char *said_crc = json_string_value(json_object_get(object, "crc32c"));
    char want[9];

    cr_crc32c_base64(crc, want);
    return said_size && said_crc && strtoll(said_size, NULL, 10) == size && strcmp(said_crc, want) == 0;
}

/* What is there was not made by this session: the same content will do. */
static int compare_existing(struct gcp_upload *up, struct cr_error *err)
{
    json_t *meta = NULL;

    if (gcp_object_get(up->g, up->spec->bucket, up->spec->object, &meta, err) < 0)
        return -1;
    if (meta && same(meta, up->pipe.size, up->pipe.crc)) {
        up->made = meta;
        return 0;
    }
    json_decref(meta);
    cr_fail(err, CR_E_API, "'gs://%s/%s' is there already, with other content", up->spec->bucket, up->spec->object);
    return cr_hint(err, "delete it: gcloud storage rm gs://%.200s/%.200s", up->spec->bucket, up->spec->object);
}

static int verify(struct gcp_upload *up, struct cr_error *err)
{
    const char *generation = json_string_value(json_object_get(up->made, "generation"));
    struct cr_error ignored = {0};

    if (same(up->made, up->pipe.size, up->pipe.crc))
        return 0;
    /* Nobody must build from it. Failing to delete it changes nothing about what is said. */
    if (generation && gcp_object_delete(up->g, up->spec->bucket, up->spec->object, generation, &ignored) < 0)
        cr_fail(err, CR_E_NET, "the object arrived damaged, and could not be deleted: %.200s", ignored.msg);
    else
        cr_fail(err, CR_E_NET, "the object arrived damaged: its checksum differs");
    json_decref(up->made);
    up->made = NULL;
    up->gone = up->resumed; /* what the earlier process sent may be to blame: all of it anew */
    return cr_hint(err, "run it again");
}

static int attempt(struct gcp_upload *up, json_t **object, struct cr_error *err)
{
    pthread_t producer;
    int rc;

    if (!up->session && !up->exists && upload_session_begin(up, err) < 0)
        return -1;
    upload_pipe_reset(&up->pipe, up->base);
    if (up->spec->progress)
        up->spec->progress(up->spec->ud, up->base);
    if (cr_thread_start(&producer, make, up, err) < 0)
        return -1;
    rc = send_all(up, err);
    upload_pipe_stop(&up->pipe);
    pthread_join(producer, NULL);
    if (rc < 0 || (up->exists && compare_existing(up, err) < 0))
        return -1;
    upload_session_drop(up); /* used up: nothing to cancel */
    if (verify(up, err) < 0)
        return -1;
    if (up->spec->progress)
        up->spec->progress(up->spec->ud, up->pipe.size);
    *object = CR_STEAL(up->made);
    return 0;
}

/* Whether the next process is to go on with the session: the network failed, nothing else. */
static bool worth_keeping(const struct gcp_upload *up, const struct cr_error *why)
{
    return up->state && up->session && !up->gone && !up->exists && why->code == CR_E_NET;
}

static void start_over(struct gcp_upload *up)
{
    upload_session_drop(up);
    up->base = 0;
    up->failures = 0;
    up->resumed = up->exists = up->gone = false;
}

static int run(struct gcp_upload *up, json_t **object, struct cr_error *err)
{
    for (int i = 0;; i++) {
        struct cr_error why = {0};

        if ((i > 0 || upload_session_resume(up, &why) == 0) && attempt(up, object, &why) == 0)
            return 0;
        if (!up->gone || why.code == CR_E_INTERRUPT || i == RESTARTS) {
            *err = why;
            return -1;
        }
        start_over(up);
    }
}

static struct upload_state *open_state(struct gcp *g, const struct gcp_upload_spec *spec, size_t chunk)
{
    const struct upload_state_key key = {g->endpoint[GCP_STORAGE], spec->bucket, spec->object, spec->maker, chunk};
    struct upload_state *state = NULL;
    struct cr_error why = {0};

    if (spec->state_dir && upload_state_open(spec->state_dir, &key, &state, &why) < 0)
        cr_log("http", "not kept for another process: %s", why.msg);
    return state;
}

int gcp_upload(struct gcp *g, const struct gcp_upload_spec *spec, gcp_upload_producer *produce, void *ud,
               json_t **object, struct cr_error *err)
{
    size_t chunk = spec->chunk ? spec->chunk - spec->chunk % GCP_UPLOAD_UNIT : GCP_UPLOAD_CHUNK;
    struct gcp_upload up = {.g = g, .spec = spec, .produce = produce, .ud = ud};
    int rc;

    if (!chunk)
        chunk = GCP_UPLOAD_UNIT;
    up.state = open_state(g, spec, chunk);
    upload_pipe_init(&up.pipe, chunk);
    rc = run(&up, object, err);
    if (rc < 0 && worth_keeping(&up, err)) {
        cr_hint(err, "run it again: it goes on where it stopped");
        upload_state_close(up.state);
    } else {
        upload_session_cancel(&up);
        upload_state_remove(up.state);
    }
    upload_session_drop(&up);
    upload_pipe_free(&up.pipe);
    json_decref(up.made);
    return rc;
}
