/*
 * front.h - which of a service's containers takes the requests.
 *
 * The only one, or else the first with a port: Cloud Run takes a service of several only when exactly one has a port.
 *
 * Ownership: what is returned is borrowed from the list. Errors: none; anything but a list has no container.
 * Source: Cloud Run Admin API v2 (Container.ports).
 */
#ifndef CR_FRONT_H
#define CR_FRONT_H

#include <jansson.h>

/* Of template.containers, or of a revision's; NULL where there are several and none has a port. */
json_t *cr_front(const json_t *containers);

/* The same, and the first where none has a port; NULL without any: for readers who have to take one. */
json_t *cr_front_or_first(const json_t *containers);

#endif
