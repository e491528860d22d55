/*
 * render_model.h - the files of the model: named by the manifest, found in its source, put under model/.
 *
 * Errors: CR_E_CONFIG at the manifest's place for a name that is no file inside the source; CR_E_IO for the disk.
 */
#ifndef CR_RENDER_MODEL_H
#define CR_RENDER_MODEL_H

#include "core/context.h"
#include "core/hash_cache.h"
#include "core/lock.h"
#include "core/plan.h"

/* "model/" and the file's name, new; NULL for a key that is not set. */
int render_model_path(const struct cr_plan *plan, enum cr_key key, char **path, struct cr_error *err) CR_CHECKED;
/* Adds every file of the model, with the external weights beside the graph, hashed. */
int render_model_files(const struct cr_plan *plan, struct cr_hash_cache *cache, struct cr_context *ctx,
                       struct cr_error *err) CR_CHECKED;
/* What a context has under model/. */
void render_model_lock(const struct cr_plan *plan, const struct cr_context *ctx, struct cr_lock *lock);

#endif
