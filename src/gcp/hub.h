/*
 * hub.h - which digest a tag of a public image on Docker Hub points to now.
 *
 * The manifest or index behind the tag is fetched, and the digest is that of the bytes received: a registry that names
 * another one in Docker-Content-Digest is refused. A 401 is followed to the realm it names, which gives a token for
 * anybody; no credential is ever sent. One attempt, within seconds: a caller goes on without when nothing answers.
 *
 * Errors: CR_E_NET when no registry could be reached or it was busy; CR_E_API when it refused or sent what is no
 * manifest. Source: OCI Distribution Specification 1.1, Pulling Manifests; distribution.github.io, Token
 * Authentication.
 */
#ifndef GCP_HUB_H
#define GCP_HUB_H

#include "gcp/http.h"

enum { GCP_HUB_DIGEST = 72 }; /* "sha256:", 64 digits and the NUL */

/* `endpoint` is that of GCP_DOCKER_HUB; `image` is "docker.io/library/NAME:TAG". */
int gcp_hub_digest(struct gcp_http *http, const char *endpoint, const char *image, char digest[GCP_HUB_DIGEST],
                   struct cr_error *err) CR_CHECKED;

#endif
