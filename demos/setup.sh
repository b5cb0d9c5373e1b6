#!/bin/bash
#  SPDX-License-Identifier: MIT
#
#  What demos/run and tests/run share: the packages and the build. To be
#  sourced, in the top folder of the source tree.

#  What is needed to build, as Debian and Ubuntu call it; and curl, for a demo
#  shellcheck disable=SC2034  # It is for those who source this
BUILD_PACKAGES=(gcc libc6-dev make cmake "pkg-config|pkgconf"
    libzmq3-dev libczmq-dev libjansson-dev libsqlite3-dev libsodium-dev
    libmicrohttpd-dev "libcurl4-gnutls-dev|libcurl4-openssl-dev" curl)

CORES=$(nproc)
CHANGED=

#  Ninja and ccache where they are installed
if command -v ninja > /dev/null; then export CMAKE_GENERATOR=Ninja; fi
if [ -d /usr/lib/ccache ]; then PATH=/usr/lib/ccache:$PATH; fi

#  Install what is missing of these packages: a|b is a or, where the
#  distribution has no a, b.
install_packages ()
{
    if ! command -v apt-get > /dev/null; then
        echo "Not Debian or Ubuntu. This must be there: $*" >&2
        return
    fi
    local have missing=() names=() name want as_root=
    have=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' |
        sed -n 's/ installed$//p')
    for want; do
        grep -qxE "${want//[.+]/\\&}" <<< "$have" || missing+=("$want")
    done
    if [ ${#missing[@]} = 0 ]; then
        return
    fi

    if [ "$(id -u)" != 0 ]; then
        as_root=sudo
        if ! command -v sudo > /dev/null; then
            echo "Root must install these packages: ${missing[*]}" >&2
            return 1
        fi
    fi
    CHANGED=yes
    echo "Packages are missing; asking apt for them" >&2
    $as_root apt-get update -qq
    for want in "${missing[@]}"; do
        for name in ${want//|/ }; do
            if apt-cache show "$name" > /dev/null 2>&1; then
                break
            fi
        done
        names+=("$name")
    done
    echo "Installing: ${names[*]}" >&2
    $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -qq -y --no-install-recommends "${names[@]}" > /dev/null
}

#  The build folder of a preset
build_dir ()
{
    if [ "$1" = default ]; then echo build; else echo "build/$1"; fi
}

#  Build a target of a preset. What is up to date costs nothing: only a change
#  that CMake does not see by itself configures anew.
build ()
{
    local preset=$1 target=$2 stamp
    stamp=$(build_dir "$preset")/.configured
    if [ "$CHANGED" ] || [ ! "$stamp" -nt CMakePresets.json ]; then
        cmake --preset "$preset" && touch "$stamp" || return
    fi
    cmake --build --preset "$preset" --target "$target" -j "$CORES"
}
