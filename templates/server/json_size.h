/*
 * json_size.h - how much memory a JSON text takes once it is parsed, before it is parsed.
 *
 * Small values cost most: "{}," is three bytes, and more than two hundred in memory. So a text of one megabyte can take
 * eighty; what it takes is counted first, and refused where it is too much.
 */
#ifndef SERVER_JSON_SIZE_H
#define SERVER_JSON_SIZE_H

#include <stddef.h>

/* Never less than what jansson allocates for the text at one time; whatever the text is, also when it is not JSON. */
size_t json_size(const char *text, size_t length);

#endif
