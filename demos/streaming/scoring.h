//  SPDX-License-Identifier: MIT
//
//  scoring - which films a viewer may like, and why
//
//  Pure: films and histories in, films out. The films are what the catalogue
//  sent, and may lack any field.

#ifndef SCORING_H
#define SCORING_H

#include <jansson.h>

//  The films (at most limit) that are most like those of a history (ids, the
//  one watched last first), and are not in it, best first. A film is like
//  another by the genres that they share, a director, and the decade; what was
//  watched last counts most. Each is a copy, with "score", and "reason", such
//  as "because you watched Nosferatu (horror, 1920s)". The caller owns the new
//  array, which is empty if nothing in the history is known.
json_t *scoring_like (json_t *films, json_t *history, size_t limit);

//  Films (at most limit) for somebody of whom nothing is known: those that
//  together show the most genres, with "reason". The caller owns the new array.
json_t *scoring_mixed (json_t *films, size_t limit);

#endif
