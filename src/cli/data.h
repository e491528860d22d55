/*
 * data.h - where templates and examples are.
 *
 * $CRDEPLOY_DATADIR when it is set; the source tree when the program runs from a build tree; share/crdeploy beside the
 * bin it stands in, so that an installation can be moved; otherwise what `make install` put under pkgdatadir.
 *
 * Errors: CR_E_IO when the path is not there. Results are new.
 */
#ifndef CLI_DATA_H
#define CLI_DATA_H

#include "base/error.h"

int cli_data_path(const char *name, char **path, struct cr_error *err) CR_CHECKED; /* "templates", "examples/NAME" */

#endif
