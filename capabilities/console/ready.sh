#!/bin/sh
# Tells people, and tests, that everything before this has started.
# shellcheck source=/dev/null
. /etc/os-release
echo "$PRETTY_NAME is ready." >/dev/console
