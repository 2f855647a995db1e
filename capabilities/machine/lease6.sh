#!/bin/sh
# Called by udhcpc6 with what the DHCPv6 server said in the environment. It says nothing of routes: those come from routers (RFC 8415, section 1.2).
# shellcheck disable=SC2154 # interface, ipv6, dns and search are set by udhcpc6
state=/run/strata/network
mine=$state/$interface.ip6
leased=$state/leased6.$interface
drop() {
    [ -s "$mine" ] && ip -6 addr del "$(cat "$mine")" dev "$interface"
    rm -f "$mine" "$leased"
}
case $1 in
deconfig) drop ;;
bound | renew)
    if [ "$ipv6/128" != "$(cat "$mine" 2>/dev/null)" ]; then
        drop
        ip -6 addr add "$ipv6/128" dev "$interface" && echo "$ipv6/128" >"$mine"
    fi
    {
        [ -n "$search" ] && echo "search $search"
        for server in $dns; do
            echo "nameserver $server"
        done
    } >"$leased"
    ;;
esac
cat $state/said.* $state/leased.* $state/leased6.* 2>/dev/null >/etc/resolv.conf
