/*
 * quantity.h - sizes, CPUs and times as people write them, exact.
 *
 * Units: bytes, milli-CPU, seconds; all in 64 bits and never negative. `3G` is 3,000,000,000 bytes, `3Gi` 3 * 2^30.
 *   A part of a byte is rounded up, as Kubernetes does; a part of a milli-CPU is an error.
 * Errors: CR_E_CONFIG with a value that would work in the hint. Outputs are set only on success.
 * Source: Kubernetes resource.Quantity (k8s.io/apimachinery/pkg/api/resource), read 2026-10.
 */
#ifndef CR_QUANTITY_H
#define CR_QUANTITY_H

#include <stdint.h>

#include "base/error.h"

#define CR_QUANTITY_TEXT 32 /* room for any text below */

int cr_bytes_parse(const char *text, int64_t *bytes, struct cr_error *err) CR_CHECKED;
int cr_cpu_parse(const char *text, int64_t *milli, struct cr_error *err) CR_CHECKED;
int cr_duration_parse(const char *text, int64_t *seconds, struct cr_error *err) CR_CHECKED; /* 300, 300s, 5m, 1h30m */

/* The shortest exact form: 3G, 512Mi, 1234567. Parses back to the same value. */
void cr_bytes_text(int64_t bytes, char text[CR_QUANTITY_TEXT]);
void cr_cpu_text(int64_t milli, char text[CR_QUANTITY_TEXT]);        /* 2, 0.5 */
void cr_duration_text(int64_t seconds, char text[CR_QUANTITY_TEXT]); /* 300s, as protobuf writes it */

#endif
