/*
 * log.h - --debug, by area. Off by default; when on, lines go to stderr.
 *
 * Secrets: callers never pass one; cr_log_secret() remembers values that must be masked wherever they would appear
 *   all the same, and cr_log() overwrites them with asterisks.
 */
#ifndef CR_LOG_H
#define CR_LOG_H

#include <stdbool.h>

#include "base/error.h"

void cr_log_enable(const char *areas); /* "http,auth,pack", or "all"; borrowed for the life of the program */
bool cr_log_on(const char *area);
void cr_log(const char *area, const char *fmt, ...) CR_PRINTF(2, 3);
void cr_log_secret(const char *value); /* copied; at most 16 are kept; wiped by cr_log_forget() */
void cr_log_forget(void);

#endif
