#!/bin/bash
#  SPDX-License-Identifier: MIT
#
#  Installs all to an empty folder, and builds and runs a program with what is
#  there: with find_package, with pkg-config, and with what `zp copy` copies.

set -euo pipefail

build=$(dirname "$ZP_BIN_DIR")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix
cmake --install "$build" --prefix "$prefix" > /dev/null

cat > "$work/main.c" << 'END'
#include <stdio.h>
#include "zp_client.h"
#include <zp_status.h>

int
main (void)
{
    zp_client_t *client = zp_client_new (NULL, NULL);
    zp_client_destroy (&client);
    puts (zp_status_text (ZP_OK));
    return 0;
}
END

#  Runs a program, which must say what main.c does.
try ()
{
    if [ "$("$1")" != "done" ]; then
        echo "$1 does not work"
        exit 1
    fi
}

cat > "$work/CMakeLists.txt" << 'END'
cmake_minimum_required (VERSION 3.21)
project (consumer C)
find_package (zpatterns 0.1 REQUIRED)
add_executable (found main.c)
target_link_libraries (found zpatterns::zpatterns)
END
cmake -S "$work" -B "$work/build" -DCMAKE_PREFIX_PATH="$prefix" > /dev/null
cmake --build "$work/build" > /dev/null
try "$work/build/found"

PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name zpatterns.pc)")
LD_LIBRARY_PATH=${PKG_CONFIG_PATH%/pkgconfig}  # For a shared library
export PKG_CONFIG_PATH LD_LIBRARY_PATH
#  shellcheck disable=SC2046  # Several flags
cc -std=c11 "$work/main.c" -o "$work/flags" \
    $(pkg-config --cflags --libs zpatterns)
try "$work/flags"

#  zp copies what was installed beside it, not what it was built from.
installed=$prefix/share/zpatterns/patterns/reqrep/zp_client.c
echo "//  Installed" >> "$installed"
"$prefix/bin/zp" copy reqrep "$work/copied"
cmp "$installed" "$work/copied/zp_client.c"
#  shellcheck disable=SC2046
cc -std=c11 -I"$work/copied" "$work/main.c" "$work"/copied/*.c \
    -o "$work/copied/program" $(pkg-config --cflags --libs libczmq libzmq jansson)
try "$work/copied/program"

test -s "$prefix/share/bash-completion/completions/zp"
