/* range.h - the three headers that speak of bytes. Units: bytes; -1 is "not said". */
#ifndef LOCAL_RANGE_H
#define LOCAL_RANGE_H

#include <stdbool.h>
#include <stdint.h>

/* What a chunk of a resumable upload is: "bytes 0-99/1000", "bytes 0-99/" + star, "bytes " + star + "/1000". */
struct local_chunk {
    int64_t first, last; /* -1, -1: no bytes, a question or an end */
    int64_t total;       /* -1: not known yet */
};

bool local_chunk_parse(const char *text, struct local_chunk *chunk);

enum local_range {
    LOCAL_RANGE_ALL,  /* no header, or one that may be ignored (RFC 9110 section 14.2) */
    LOCAL_RANGE_PART, /* *from and *size are set */
    LOCAL_RANGE_NONE, /* 416 */
};
/* "bytes=5-", "bytes=0-9", "bytes=-3" of a thing of `total` bytes. */
enum local_range local_range_parse(const char *text, int64_t total, int64_t *from, int64_t *size);

#endif
