#!/bin/sh
# Called by udhcpc with what the DHCP server said in the environment.
# shellcheck disable=SC2154 # interface, ip, mask, router, dns and domain are set by udhcpc
case $1 in
deconfig)
    ip -4 addr flush dev "$interface"
    ip link set "$interface" up
    ;;
bound | renew)
    ip -4 addr flush dev "$interface"
    ip addr add "$ip/${mask:-24}" dev "$interface"
    metric=0
    for gateway in $router; do
        ip route add default via "$gateway" dev "$interface" metric $metric
        metric=$((metric + 1))
    done
    {
        [ -n "$domain" ] && echo "search $domain"
        for server in $dns; do
            echo "nameserver $server"
        done
    } >/etc/resolv.conf
    ;;
esac
