#!/bin/sh
# Loads the keyboard that vconsole.conf(5) names.
# shellcheck source=/dev/null
. /etc/vconsole.conf
[ -z "$KEYMAP" ] || loadkeys -q "$KEYMAP" || {
    echo "machine: keyboard $KEYMAP could not be loaded" >/dev/console
    exit 1
}
