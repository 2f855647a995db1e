#!/bin/sh
# The session of the user: labwc, which starts what /etc/xdg/labwc/autostart names, or ~/.config/labwc/autostart.
chmod 0700 "$XDG_RUNTIME_DIR"
for screen in /dev/dri/card*; do
    [ -e "$screen" ] && exec labwc
done
echo "No screen that the desktop could use was found; it starts when one appears."
exit 1
