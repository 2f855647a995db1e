#!/bin/sh
# poweroff, reboot and halt by the name they are called by. Without a message bus, and so without logind, systemctl would ask for both and
# say that they are not there before it does what it is told.
verb=${0##*/}
[ $# = 0 ] && [ ! -S /run/dbus/system_bus_socket ] && exec systemctl --no-block --job-mode=replace-irreversibly start "$verb.target"
exec systemctl "$verb" "$@"
