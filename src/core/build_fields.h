/* build_fields.h - the fields of a Build and of what is in it, for build_config.c alone. */
#ifndef CR_BUILD_FIELDS_H
#define CR_BUILD_FIELDS_H

#include <stdbool.h>

enum cr_field_type {
    CR_F_TEXT,
    CR_F_INT64, /* a number, sent as text */
    CR_F_INT32,
    CR_F_BOOL,
    CR_F_DURATION, /* 1200s */
    CR_F_ENUM,     /* one of `of`, divided by bars */
    CR_F_MESSAGE,  /* of the type `of` */
    CR_F_MAP,      /* text to text, keys as they are */
    CR_F_ANY       /* made by the service; nobody writes it, and it is sent as it is */
};

struct cr_build_field {
    const char *message, *name;
    enum cr_field_type type;
    bool list;
    const char *of;
};
extern const struct cr_build_field cr_build_fields[]; /* ends with a NULL message */

#endif
