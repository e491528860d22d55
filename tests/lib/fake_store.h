/*
 * fake_store.h - a Cloud Storage that takes one resumable upload, checks the rules of the protocol, and is cut short on
 * command.
 *
 * The object is gs://b/source/a.tgz. Waiting moves a fake clock. fake_store_end() frees what was kept.
 */
#ifndef FAKE_STORE_H
#define FAKE_STORE_H

#include "gcp/upload.h"

enum { FAKE_CHUNK = 2 * GCP_UPLOAD_UNIT, FAKE_SIZE_MAX = 5 * FAKE_CHUNK, FAKE_TROUBLE_MAX = 12 };

enum fake_trouble_kind {
    NONE,
    CUT,      /* the connection breaks behind `at` bytes of the body */
    SAYS_503, /* 503 behind `at` bytes */
    SHORT,    /* 308, having kept `at` bytes */
    UNHEARD,  /* all is kept, but the answer is lost */
    GONE,     /* 404: the session was dropped */
    GONE_410,
    FORGETS, /* 503, and only `at` bytes are left of what was confirmed */
    FORBID,  /* 403 */
    PRESS,   /* Ctrl-C */
};

struct fake_trouble {
    int put; /* the PUT it happens to, from 1 */
    enum fake_trouble_kind what;
    size_t at;
};

struct fake_store {
    struct gcp_http vtable; /* first */
    struct gcp_auth auth;
    struct gcp gcp;
    struct fake_trouble plan[FAKE_TROUBLE_MAX];
    unsigned char *held;
    size_t len, granule; /* kept in multiples of it when cut */
    bool complete, taken, damage;
    int puts, sessions, deletes, cancels;
    size_t largest, received;
    int64_t slept_ms;
    uint32_t existing_crc;
    int64_t existing_size;
};

void fake_store_init(struct fake_store *s);
void fake_store_end(struct fake_store *s);

#endif
