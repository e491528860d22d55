/*
 * limits_read.h - what limits_service.c, limits_service_text.c and limits_shape.c share; nobody else includes it.
 *
 * Ownership: everything returned is borrowed from the subject.
 */
#ifndef CR_LIMITS_READ_H
#define CR_LIMITS_READ_H

#include "core/limits_service.h"

/* The place of the last edit by one of the flags whose text holds `part` (NULL: any); NULL when there is none.
 * CR_FLAG_COUNT ends the flags. */
const char *cr_limits_place(const struct cr_limits_subject *s, const enum cr_flag *flags, const char *part);
const json_t *cr_limits_containers(const struct cr_limits_subject *s);
const char *cr_limits_quantity(const json_t *container, const char *name); /* "cpu"; NULL */
bool cr_limits_system_label(const char *key);

/* Names, labels, variables, paths, tags, the image, the region. */
void cr_limits_check_texts(const struct cr_limits_subject *s, struct cr_problems *problems);
/* How the parts go together. */
void cr_limits_check_shapes(const struct cr_limits_subject *s, struct cr_problems *problems);
/* A breach of a rule of cr_shape_limits; borrowed, NULL when the list has it, or the profile has no such rule. */
struct cr_problem *cr_limits_shape(const struct cr_limits_subject *s, enum cr_limit_shape shape, const char *place,
                                   struct cr_problems *problems, const char *fmt, ...) CR_PRINTF(5, 6);

#endif
