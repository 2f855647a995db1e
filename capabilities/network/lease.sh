#!/bin/sh
# Called by udhcpc with what the DHCP server said in the environment. Of an interface that the machine's words name (/etc/strata/network) other
# addresses stay; of another one the lease is all it has.
# shellcheck disable=SC2154 # interface, ip, mask, router, dns and domain are set by udhcpc
state=/run/strata/network
leased=$state/leased.$interface
mkdir -p $state
drop() {
    if ! grep -qs "^$interface kind " /etc/strata/network; then
        ip -4 addr flush dev "$interface"
    elif [ -s "$state/$interface.ip" ]; then
        ip addr del "$(cat "$state/$interface.ip")" dev "$interface"
    fi
    rm -f "$state/$interface.ip" "$leased"
}
case $1 in
deconfig)
    drop
    ip link set dev "$interface" up
    ;;
bound | renew)
    if [ "$ip/${mask:-24}" != "$(cat "$state/$interface.ip" 2>/dev/null)" ]; then
        drop
        ip addr add "$ip/${mask:-24}" dev "$interface" && echo "$ip/${mask:-24}" >"$state/$interface.ip"
    fi
    metric=$((100 * $(cat "/sys/class/net/$interface/ifindex"))) # a gateway that is said stands before any that is given
    for gateway in $router; do
        ip route replace default via "$gateway" dev "$interface" metric $metric
        metric=$((metric + 1))
    done
    {
        [ -n "$domain" ] && echo "search $domain"
        for server in $dns; do
            echo "nameserver $server"
        done
    } >"$leased"
    ;;
esac
cat $state/said.* $state/leased.* $state/leased6.* 2>/dev/null >/etc/resolv.conf
