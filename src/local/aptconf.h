/*
 * aptconf.h - how this machine's apt is set up, so that an image made here fetches packages the same way.
 *
 * Ownership: local_apt_clear() frees. Errors: CR_E_IO. A machine without apt has no mirror: the fields are empty then.
 */
#ifndef LOCAL_APTCONF_H
#define LOCAL_APTCONF_H

#include "base/error.h"

struct local_apt {
    char *mirror;   /* of the distribution itself, "" when it is not known */
    char *security; /* of its security updates, or "" */
    char *options;  /* apt.conf lines of proxies and certificates, or "" */
    char *ca_file;  /* Acquire::https::CaInfo, or "" */
};

int local_apt_read(struct local_apt *apt, struct cr_error *err) CR_CHECKED;
void local_apt_clear(struct local_apt *apt);

/* The same from texts, for tests: sources in the one-line or the deb822 form; codename as in /etc/os-release. Keeps
 * what apt holds already. */
void local_apt_sources(struct local_apt *apt, const char *text, const char *codename);

#endif
