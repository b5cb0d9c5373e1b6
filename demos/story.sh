#!/bin/bash
#  SPDX-License-Identifier: MIT
#
#  What the demo scripts share: how a story is told, by programs that end with
#  it. To be sourced, once there is a function help.

#  shellcheck disable=SC2034  # Those who source this want to know
once=  # Not empty: end after the story
[ -t 1 ] || once=1
demo=$(basename "$(dirname "${BASH_SOURCE[1]}")")

wrong_option ()
{
    echo "demos/run $demo: no such option: $1 (try: --help)" >&2
    exit 2
}

#  The options of a script that has no others
take_options ()
{
    case ${1-} in
    "") ;;
    --once) once=1 ;;
    -h | --help) help; exit ;;
    *) wrong_option "$1" ;;
    esac
}

#  End a program, or kill it with -KILL, and wait until it is gone. Bash says of
#  those killed that they were.
stop ()
{
    kill "${2--TERM}" "$1" || true
    kill -CONT "$1" || true
    #  One that has hardly begun may not have heard it
    timeout 10 tail --pid="$1" -s 0.02 -f /dev/null ||
        kill -KILL "$1" || true
    wait "$1" || true
} 2> /dev/null

clean_up ()
{
    trap '' INT TERM
    local program
    for program in $(jobs -p); do
        kill "$program" || true
    done
    for program in $(jobs -p); do
        stop "$program"
    done
    rm -rf "$folder"
} 2> /dev/null
trap 'exit 130' INT
trap 'exit 143' TERM

#  For what is kept, and for sockets
folder=$(mktemp -d)
trap clean_up EXIT

#  What the programs say goes to a pipe, so that we can wait for it
mkfifo "$folder/said"
exec {said}<> "$folder/said"

bold='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR-}" ]; then
    bold=$'\e[1m' plain=$'\e[0m'
fi

title ()
{
    printf '\n%s%s%s\n' "$bold" "$*" "$plain"
}

show ()
{
    printf '  $ %s\n' "$*"
}

indent ()
{
    sed -u 's/^/      /'
}

#  A line was heard while we wait for another. A script may have its own
hear ()
{
    echo "      $1"
}

#  Hear what they say until a line has that in it, for the how manieth time
listen ()
{
    local wanted=$1 count=${2-1} line
    while [ "$count" -gt 0 ]; do
        if ! read -r -t 60 line <&"$said"; then
            echo "demos/run $demo: nobody says anything any more" >&2
            exit 1
        fi
        hear "$line" "$wanted"
        if [[ $line == *"$wanted"* ]]; then
            count=$((count - 1))
        fi
    done
}
