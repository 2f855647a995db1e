#!/bin/sh
# First program after init: kernel file systems, then drivers for whatever hardware announces itself.
# An early init may have mounted some of them; /run even holds its report.
once() { # last argument: where
    for where; do :; done
    grep -qs " $where " /proc/mounts || mount "$@"
}
once -t proc -o nosuid,nodev,noexec proc /proc
once -t sysfs -o nosuid,nodev,noexec sysfs /sys
once -t devtmpfs -o nosuid,mode=0755 devtmpfs /dev
mkdir -p /dev/pts /dev/shm
once -t devpts -o nosuid,noexec,gid=5,mode=0620,ptmxmode=0666 devpts /dev/pts
once -t tmpfs -o nosuid,nodev,mode=1777 tmpfs /dev/shm
once -t tmpfs -o nosuid,nodev,mode=0755 tmpfs /run
hostname -F /etc/hostname
ip link set lo up

# Every device names itself in a modalias file. Buses appear behind the drivers just loaded, so look again until nothing new comes.
loaded=-1
while now=$(wc -l </proc/modules) && [ "$now" != "$loaded" ]; do
    loaded=$now
    find /sys/devices -name modalias -type f -exec cat {} + 2>/dev/null | sort -u | xargs -r modprobe -qab 2>/dev/null || : # not every device has a driver here
done
