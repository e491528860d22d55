/*
 * say.h - the platform's own words to a descriptor, which may be -1 for nobody.
 *
 * In one write, so that lines of several writers stay whole; and not by dprintf(), which in glibc 2.36 leaks a buffer
 * for each call on a pipe. Errors are ignored: a log that cannot be written must not end what it tells about.
 */
#ifndef LOCAL_SAY_H
#define LOCAL_SAY_H

#include <stdarg.h>

#include "base/error.h"

void local_say(int fd, const char *fmt, ...) CR_PRINTF(2, 3);
void local_vsay(int fd, const char *fmt, va_list ap) CR_PRINTF(2, 0);

#endif
