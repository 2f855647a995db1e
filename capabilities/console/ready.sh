#!/bin/sh
# Tells people, and tests, that everything before this has started.
. /etc/os-release
echo "$PRETTY_NAME is ready." >/dev/console
