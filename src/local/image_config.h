/*
 * image_config.h - the configuration of an image, as a registry keeps it: {"created", "architecture", "os", "config":
 * {"Labels", "Env", …}, "rootfs"}.
 *
 * Ownership: results are new. Errors: none; NULL where the text is not what it should be.
 * Source: OCI Image Format Specification 1.1, config.md.
 */
#ifndef LOCAL_IMAGE_CONFIG_H
#define LOCAL_IMAGE_CONFIG_H

#include <jansson.h>

/* From what `podman image inspect --format '{{json .}}'` prints, or docker's. */
json_t *local_image_config_inspected(const char *json);
/* For images that are only directories: the LABEL lines of the last stage of a Dockerfile. */
json_t *local_image_config_dockerfile(const char *text);

#endif
