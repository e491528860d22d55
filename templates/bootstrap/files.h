/*
 * files.h - directories and files with times that are always 0, so that the same input makes the same image layer.
 */
#ifndef BOOTSTRAP_FILES_H
#define BOOTSTRAP_FILES_H

#include "error.h"

int files_mkdir(const char *path, struct error *err); /* with its parents; fine when there */
int files_copy(const char *from, const char *to, struct error *err);
/* Everything below `dir` and itself: time 0, directories 0755, files 0644. */
int files_normalise(const char *dir, struct error *err);

#endif
