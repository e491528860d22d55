/*
 * render.h - from a plan to its build context: templates rendered, the model's files named, configuration and lock
 * added.
 *
 * The context is: every file of the templates directory but room.mk (a name ending in .mustache is rendered and loses
 * that ending; a file of the same relative path in build.template_dir takes its place, further ones are added;
 * that directory's .gcloudignore applies),
 * crdeploy.json (the resolved manifest, read by bootstrap), crdeploy.lock, and under model/ the files the manifest
 * names with the external weights beside the graph (MODEL_data, MODEL.data).
 *
 * Errors: CR_E_CONFIG with the manifest's place for what the manifest names and is not there, with template:line:column
 * for a template; CR_E_IO for the disk.
 */
#ifndef CR_RENDER_H
#define CR_RENDER_H

#include <jansson.h>

#include "base/error.h"
#include "core/context.h"
#include "core/hash_cache.h"
#include "core/lock.h"
#include "core/plan.h"

/* The image of the build stages. The registry is spelled out: buildah may have no short names. Debian's libonnxruntime
 * begins with this release. */
#define CR_BASE_IMAGE "docker.io/library/debian:trixie-slim"

/* Fills an empty context and gives it its name. The plan has a manifest and has passed its checks. cache and lock (what
 * was put in as crdeploy.lock) may be NULL, and base_digest too: then the base image is named by its tag alone. */
int cr_render_context(const struct cr_plan *plan, const char *templates_dir, const char *base_digest,
                      struct cr_hash_cache *cache, struct cr_context *ctx, struct cr_lock *lock,
                      struct cr_error *err) CR_CHECKED;

/* crdeploy.json: {"name", "task", "files": {"model", "tokenizer", "vocab", "config"} (paths in the context, or null),
 * "server": {"path", "output", "max_length", "stride", "max_answer_tokens", "queue", "max_body", and "threads" when
 * set}, "samples": [{"request", "response" (or null), "tolerance"}]}. Nothing of `deploy:`: an image must not depend on
 * where it runs. Templates see it, and "description", "version", "base_image" and "labels" (label.h).
 * New reference. */
int cr_render_config(const struct cr_plan *plan, json_t **config, struct cr_error *err) CR_CHECKED;

#endif
