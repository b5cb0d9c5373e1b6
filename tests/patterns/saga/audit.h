//  SPDX-License-Identifier: MIT
//
//  audit - the books of a service that does not run, read

#ifndef AUDIT_H
#define AUDIT_H

//  A number that the database at path has.
int audit_number (const char *path, const char *sql);

//  Add to left[7] what the saga "s7" has paid, with all sagas that are steps of
//  it. There are count of them.
void audit_sagas (const char *path, int *left, int count);

#endif
