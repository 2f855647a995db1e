#!/bin/sh
# Starts Dropbear with what Debian's file for it says: keys only, unless somebody says otherwise.
DROPBEAR_PORT=22 DROPBEAR_EXTRA_ARGS=-s
# shellcheck source=/dev/null
[ ! -r /etc/default/dropbear ] || . /etc/default/dropbear
# shellcheck disable=SC2086 # several words
exec /usr/sbin/dropbear -F -R -p "$DROPBEAR_PORT" $DROPBEAR_EXTRA_ARGS
