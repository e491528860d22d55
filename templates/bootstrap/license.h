/*
 * license.h - names of licences, as Debian and people write them, as SPDX license expressions.
 *
 * A name that SPDX's list has keeps its meaning, in the list's spelling; any other becomes a LicenseRef, which the
 * document has to explain.
 *
 * Source: SPDX 2.3, annexes A and D; Debian's machine-readable copyright format 1.0.
 */
#ifndef BOOTSTRAP_LICENSE_H
#define BOOTSTRAP_LICENSE_H

#include <jansson.h>
#include <stddef.h>

/* "GPL-2+ or Expat" as "(GPL-2.0-or-later OR MIT)". LicenseRefs that are not in `refs` (an array of
 * hasExtractedLicensingInfos) are added, with a text that names `where`. Cut when longer than n. */
void license_spdx(const char *text, const char *where, json_t *refs, char *out, size_t n);
/* The licences that a machine-readable copyright file names, joined by AND; "NOASSERTION" for any other file. */
void license_of_copyright(const char *path, const char *where, json_t *refs, char *out, size_t n);

#endif
