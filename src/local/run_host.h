/*
 * run_host.h - the host at which a service answers: the label before ".localhost".
 *
 *   NAME                    the first service of that name
 *   NAME-REGION             a further one of the same project
 *   NAME-REGION-PROJECT     a further one of another project, or where NAME-REGION is taken
 *   …-HASH                  where all of these are taken, or longer than a label of DNS may be
 *
 * A host is given once and kept in the service's document ("localHost"), so it stays over restarts and when other
 * services of the name come and go. It never has a dot or three dashes that the name has not: those end a tag. Nothing
 * is said of the length of a tag's label, TAG---HOST: clients do not ask DNS for names under localhost.
 */
#ifndef LOCAL_RUN_HOST_H
#define LOCAL_RUN_HOST_H

#include <jansson.h>

#include "local/local.h"

/* Gives a service its host unless it, or the stored service of its full name, has one. The store's lock is held. */
void local_host_give(struct local *l, json_t *service);
/* Its host; borrowed from the document. One that was stored before there were hosts has its name. */
const char *local_host_of(const json_t *service);

#endif
