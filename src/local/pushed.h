/* pushed.h - what the registry knows of an image that a build pushed. */
#ifndef LOCAL_PUSHED_H
#define LOCAL_PUSHED_H

#include "local/local.h"

char *local_image_tagged(const char *image); /* with :latest when it has neither tag nor digest; new */

/* Records an image of so many bytes (0: not known) under its reference (without a tag: latest), and its repository
 * where there is none yet: who builds here may create on push. */
int local_image_pushed(struct local *l, const char *image, const char *digest, int64_t bytes, const char *now,
                       struct cr_error *err) CR_CHECKED;

/* HOST/PROJECT/REPOSITORY/ of references into a repository; HOST/PROJECT/ for one with the name of a gcr.io host. New.
 */
char *local_repository_prefix(const char *project, const char *location, const char *repository);

/* The document of a repository, as its owner sees it. New. */
json_t *local_repository_document(const char *project, const char *location, const char *id, const char *now);

#endif
