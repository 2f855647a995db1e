#!/bin/sh
# title.en=Network
# title.de=Netzwerk
#
# Network: what is there, an address by DHCP or by hand, and where it ends when nothing is reached.
# shellcheck source=lib.sh
. /usr/lib/rescue/lib.sh

interfaces() {
    for path in /sys/class/net/*; do
        [ -e "$path/device" ] || continue
        with=$T_net_link without=$T_net_no_link
        [ ! -e "$path/phy80211" ] || with=$T_net_radio_link without=$T_net_radio_no_link
        echo "${path##*/}  $(cat "$path/address")  $([ "$(cat "$path/carrier" 2>/dev/null)" = 1 ] && echo "$with" || echo "$without")"
    done
}

choose_interface() { # sets interface
    if [ -z "$(interfaces)" ]; then
        say "$T_net_no_card"
        return 1
    fi
    choose "$T_net_choose" "$(interfaces)" || return 1
    interface=${chosen%% *}
}

probe() { # step by step, so that one sees what fails
    if [ -z "$(addresses)" ]; then
        say "$T_net_no_address"
        return
    fi
    gateway=$(ip route | awk '/^default/ { print $3; exit }')
    if [ -z "$gateway" ]; then
        say "$T_net_no_gateway"
        return
    fi
    run ping -c 2 -W 3 "$gateway" || say "$T_net_gateway_silent" "$gateway"
    if ! run nslookup debian.org; then
        say "$T_net_no_dns" "$(awk '/^nameserver/ { print $2 }' /etc/resolv.conf | paste -sd' ' -)"
        return
    fi
    run curl -sSfI --connect-timeout 10 https://debian.org/ || say "$T_net_no_https"
}

title
interfaces
run ip addr
run ip route
tell_undriven_radios
choose "$T_what" "$T_net_choices" || exit 0
case $answer in
1)
    choose_interface || { pause; exit 0; }
    run ip link set "$interface" up
    run udhcpc -n -q -t 5 -i "$interface" -s /usr/lib/strata/network/dhcp-lease || say "$T_net_no_dhcp"
    ;;
2)
    choose_interface || { pause; exit 0; }
    ask "$T_net_address" || exit 0
    address=$answer
    run ip link set "$interface" up
    run ip addr add "$address" dev "$interface"
    ask "$T_net_gateway" && run ip route add default via "$answer" dev "$interface"
    if ask "$T_net_dns"; then
        show echo "nameserver $answer"
        echo "nameserver $answer" >/etc/resolv.conf
    fi
    ;;
3) probe ;;
esac
pause
