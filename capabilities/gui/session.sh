#!/bin/sh
# The session of the user: labwc, which starts what /etc/xdg/labwc/autostart names, or ~/.config/labwc/autostart.
chmod 0700 "$XDG_RUNTIME_DIR"
seconds=0
until [ -e /dev/dri/card0 ] || [ -e /dev/dri/card1 ]; do
    [ $seconds = 20 ] && echo "No screen that the desktop could use was found; it starts when one appears."
    seconds=$((seconds + 1))
    sleep 1
done
exec labwc
