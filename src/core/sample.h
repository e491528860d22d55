/*
 * sample.h - whether an answer is the one a sample of the manifest expects.
 *
 * Strings, booleans, null and the lengths of arrays must be equal; numbers may differ by the sample's tolerance
 * (absolute); members of objects that the sample does not name do not count. The same rule as templates/bootstrap's
 * prove.
 */
#ifndef CR_SAMPLE_H
#define CR_SAMPLE_H

#include <stdbool.h>

#include "core/manifest.h"

/* True also when the sample names no response. */
bool cr_sample_matches(const struct cr_sample *sample, const json_t *answer);

#endif
