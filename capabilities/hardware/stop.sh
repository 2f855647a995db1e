#!/bin/sh
# Last program before the machine goes down: nothing written may be lost.
sync
umount -a -r 2>/dev/null
sync
