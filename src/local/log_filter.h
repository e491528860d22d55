/*
 * log_filter.h - the part of Cloud Logging's query language that clients of Cloud Build and Cloud Run use.
 *
 * Terms joined by blanks, newlines or AND: FIELD OP "VALUE", where FIELD is one of the struct's names as Logging writes
 * them and OP is = , or >= and > for timestamp. severity is accepted and ignored.
 */
#ifndef LOCAL_LOG_FILTER_H
#define LOCAL_LOG_FILTER_H

#include <stdbool.h>

#include "base/error.h"

struct local_log_filter {
    char type[64]; /* resource.type */
    char build_id[64], service[64], revision[80], location[64];
    char log_name[256];
    char since[48]; /* timestamp */
    bool after;     /* > and not >= */
};

int local_log_filter_read(const char *text, struct local_log_filter *f, struct cr_error *err) CR_CHECKED;

#endif
