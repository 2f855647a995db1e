#!/bin/sh
# Where nothing is kept, images and containers lie in memory: overlays cannot lie on the overlay that the root of the system is.
folder=/var/lib/containers
mkdir -p $folder
[ "$(stat -f -c %t $folder)" != 794c7630 ] || mount -t tmpfs -o nosuid,nodev,mode=0700 tmpfs $folder
