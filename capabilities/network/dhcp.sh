#!/bin/sh
# Waits for a wired interface and keeps a lease on the first one, unless the machine has a plan. init starts this again when it ends.
[ -e /etc/strata/network ] && exec /usr/lib/strata/machine/interfaces
while :; do
    for path in /sys/class/net/*; do
        [ "$(cat "$path/type" 2>/dev/null)" = 1 ] || continue # ARPHRD_ETHER
        [ -e "$path/device" ] || continue                      # bridges and the like have no hardware behind them
        [ -e "$path/wireless" ] && continue
        interface=${path##*/}
        ip link set "$interface" up
        # shellcheck disable=SC2093 # the loop only waits for an interface
        exec udhcpc -f -S -i "$interface" -s /usr/lib/strata/network/dhcp-lease -x "hostname:$(hostname)"
    done
    sleep 1
done
