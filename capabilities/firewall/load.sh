#!/bin/sh
# Loads the firewall, whole or not at all. One that cannot be loaded must not leave the machine open, so then nothing comes in.
rules=/etc/nftables.conf
[ -e $rules ] || exit 0
nft -f $rules && exit 0
echo "firewall: $rules cannot be loaded; nothing comes in until it can" >/dev/console
nft -f - <<END
table inet closed {
    chain input {
        type filter hook input priority filter; policy drop;
        iifname "lo" accept
    }
    chain forward {
        type filter hook forward priority filter; policy drop;
    }
}
END
