#!/bin/sh
# Where nothing is kept, images lie in memory: overlays cannot lie on the overlay that the root of the system is. What kubelet asks of a kernel's
# settings is set here, as it refuses to start without.
for folder in /var/lib/containerd /var/lib/kubelet; do
    mkdir -p $folder
    [ "$(stat -f -c %t $folder)" != 794c7630 ] || mount -t tmpfs -o nosuid,nodev,mode=0700 tmpfs $folder
done
for setting in net/ipv4/ip_forward net/bridge/bridge-nf-call-iptables net/bridge/bridge-nf-call-ip6tables vm/overcommit_memory kernel/panic_on_oops; do
    [ ! -w /proc/sys/$setting ] || echo 1 >/proc/sys/$setting
done
