/* pushed.h - what the registry knows of an image that a build pushed. */
#ifndef LOCAL_PUSHED_H
#define LOCAL_PUSHED_H

#include "local/local.h"

char *local_image_tagged(const char *image); /* with :latest when it has neither tag nor digest; new */

struct local_pushed {
    const char *digest, *now; /* now: the time of the push, as text */
    int64_t bytes;            /* of all layers; 0: not known */
    json_t *config;           /* the image's configuration (image_config.h), or NULL; borrowed */
};

/* Records an image under its reference (without a tag: latest), and its repository where there is none yet: who builds
 * here may create on push. */
int local_image_pushed(struct local *l, const char *image, const struct local_pushed *pushed,
                       struct cr_error *err) CR_CHECKED;

/* Whether a reference has that name, HOST/PROJECT/REPOSITORY/PACKAGE, and after it a tag or a digest. */
bool local_image_in_package(const char *reference, const char *package);

/* HOST/PROJECT/REPOSITORY/ of references into a repository; HOST/PROJECT/ for one with the name of a gcr.io host. New.
 */
char *local_repository_prefix(const char *project, const char *location, const char *repository);

/* The document of a repository, as its owner sees it. New. */
json_t *local_repository_document(const char *project, const char *location, const char *id, const char *now);

#endif
