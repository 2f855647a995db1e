#!/bin/sh
# Shows the licences of what is in this system: all, or those of packages whose names have a word in them.
case $1 in
-*)
    echo "usage: licences [WORD]" >&2
    exit 2
    ;;
esac
awk -v word="$1" '/^== /{ shown = word == "" || index($0, word) } shown' /usr/share/licences/strata /usr/share/licences/packages | fold -s -w 79 | more
