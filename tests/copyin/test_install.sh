#!/bin/bash
#  SPDX-License-Identifier: MIT
#
#  Installs all to an empty folder, and builds and runs a program with what is
#  there: once with find_package, once with pkg-config.

set -euo pipefail

build=$(dirname "$ZP_BIN_DIR")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix
cmake --install "$build" --prefix "$prefix" > "$work/installed"

cat > "$work/main.c" <<'END'
#include <stdio.h>
#include "zp_status.h"
#include <zp_timers.h>

int
main (void)
{
    zp_timers_t *timers = zp_timers_new (NULL);
    zp_timers_destroy (&timers);
    puts (zp_status_text (ZP_OK));
    return 0;
}
END

cat > "$work/CMakeLists.txt" <<'END'
cmake_minimum_required (VERSION 3.21)
project (consumer C)
find_package (zpatterns 0.1 REQUIRED)
add_executable (consumer main.c)
target_link_libraries (consumer zpatterns::zpatterns)
END
cmake -S "$work" -B "$work/build" -DCMAKE_PREFIX_PATH="$prefix" > /dev/null
cmake --build "$work/build" > /dev/null
test "$("$work/build/consumer")" = "done"

export PKG_CONFIG_PATH
PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name zpatterns.pc)")
#  shellcheck disable=SC2046  # Several flags
cc -std=c11 "$work/main.c" -o "$work/consumer" \
    $(pkg-config --cflags --libs zpatterns)
test "$("$work/consumer")" = "done"
