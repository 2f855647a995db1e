#!/bin/sh
# Starts OpenSSH, with host keys that are made when there are none: a machine that keeps them has /etc/ssh or /var/lib/strata kept.
for type in ed25519 ecdsa; do
    [ -s /etc/ssh/ssh_host_${type}_key ] || ssh-keygen -q -t $type -N '' -C '' -f /etc/ssh/ssh_host_${type}_key
done
exec /usr/sbin/sshd -D -e
