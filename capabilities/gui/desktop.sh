#!/bin/sh
# Prepares what only root may and starts the user's session on a terminal of its own. init starts this again when the session ends.
seconds=0
until [ -e /dev/dri/card0 ] || [ -e /dev/dri/card1 ]; do
    [ $seconds = 20 ] && echo "No screen that the desktop could use was found; it starts when one appears." >/dev/console
    seconds=$((seconds + 1))
    sleep 1
done
until [ -S /run/seatd.sock ] && udevadm settle --timeout=10; do
    sleep 1
done
folder=/run/user/$(id -u user)
mkdir -p "$folder" /tmp/.X11-unix
chmod 1777 /tmp/.X11-unix
chown user:user "$folder"
chmod 0700 "$folder"
chvt 7 # the shells of the console stay where they are: Ctrl-Alt-F1 leads to them
XDG_RUNTIME_DIR=$folder exec su user -s /bin/sh -c /usr/lib/strata/gui/session
