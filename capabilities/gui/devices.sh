#!/bin/sh
# Keeps udev running, and lets it describe the devices that came before it.
(
    udevadm control --ping --timeout=30
    udevadm trigger --action=add --subsystem-match=input --subsystem-match=drm
) &
exec /usr/lib/systemd/systemd-udevd
