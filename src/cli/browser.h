/*
 * browser.h - shows an address to the person in front of this machine.
 *
 * $BROWSER, a program, is used where it is set; else xdg-open, where there is a display. No shell is involved.
 */
#ifndef CLI_BROWSER_H
#define CLI_BROWSER_H

#include <stdbool.h>

/* Starts it and does not wait. False: there is none, or it did not start. */
bool cli_browser_open(const char *url);

#endif
