#!/bin/sh
# Brings up the interfaces of /etc/strata/network and keeps them. What is missing is said, and taken when it comes; the rest goes on.
plan=/etc/strata/network
state=/run/strata/network
net=/sys/class/net
mkdir -p $state
rm -f $state/*.up

say() {
    echo "network: $*" >/dev/console
}

lines() { # NAME WORD: what follows these two, line by line
    while read -r name word rest; do
        [ "$name $word" = "$1 $2" ] && echo "$rest"
    done <$plan
}

found() { # BY VALUE: the kernel's name for what is looked for, unless it is one of ours already
    for path in "$net"/*; do
        [ -e "$path/device" ] || continue # what is made, such as a VLAN, may have the address of what is below it
        dev=${path##*/}
        [ -e "$state/$dev.up" ] && continue
        case $1 in
        name) [ "$dev" = "$2" ] ;;
        mac) [ "$(cat "$path/address")" = "$2" ] ;;
        driver) [ "$(basename "$(readlink -f "$path/device/driver")")" = "$2" ] && ! grep -q "^$dev kind " $plan ;;
        esac && echo "$dev" && return
    done
    return 1
}

make() { # NAME KIND ...: sees that it is there under its name; says why it is not
    name=$1 kind=$2
    shift 2
    [ -e "$net/$name" ] && case $kind in
    wireguard) ;; # its key may have come meanwhile
    *) return ;;
    esac
    case $kind in
    port | wifi)
        why="no interface has $1 $2"
        dev=$(found "$1" "$2") || return
        ip link set dev "$dev" down && ip link set dev "$dev" name "$name"
        ;;
    vlan)
        why="interface $1 below it is missing"
        [ -e "$net/$1" ] && ip link add link "$1" name "$name" type vlan id "$2"
        ;;
    bridge | bond)
        why="the kernel makes no $kind"
        [ "$kind" = bridge ] || modprobe bonding max_bonds=0 # or it makes a bond0 that nobody asked for
        ip link add name "$name" type "$kind" || return
        [ "$kind" = bridge ] || {
            echo "$1" >"$net/$name/bonding/mode"
            echo 100 >"$net/$name/bonding/miimon"
        }
        ;;
    wireguard)
        why="its private key $2 is missing"
        [ -s "$2" ] || return
        why="wg does not take what is said of it"
        [ -e "$net/$name" ] || ip link add name "$name" type wireguard || return
        wg set "$name" private-key "$2" || return
        [ "$1" = - ] || wg set "$name" listen-port "$1"
        lines "$name" peer | while read -r key seconds endpoint allowed; do
            set -- "$name" peer "$key" allowed-ips "${allowed#-}"
            [ "$seconds" = - ] || set -- "$@" persistent-keepalive "$seconds"
            wg set "$@"
            [ "$endpoint" = - ] || wg set "$name" peer "$key" endpoint "$endpoint" || say "$name: $endpoint is not known"
        done
        ;;
    esac
}

join() { # NAME PART...: parts of a bridge or bond, those that are there
    above=$1
    shift
    for part; do
        [ -e "$net/$part" ] || continue
        [ -e "$net/$part/master" ] && continue
        ip link set dev "$part" down
        ip link set dev "$part" master "$above"
        ip link set dev "$part" up
    done
}

settle() { # NAME: all that is said of one that is there
    ip=/proc/sys/net/ipv6/conf/$1/accept_ra
    case $(lines "$1" dhcp) in
    *v6*) ra=2 ;; # from routers, even if we are one
    *) ra=0 ;;
    esac
    [ -e "$ip" ] && echo $ra >"$ip"
    lines "$1" mtu | while read -r bytes; do ip link set dev "$1" mtu "$bytes"; done
    ip link set dev "$1" up || return
    lines "$1" address | while read -r address; do ip addr add "$address" dev "$1"; done
    lines "$1" route | while read -r to via; do
        if [ "$via" = - ]; then ip route add "$to" dev "$1"; else ip route add "$to" via "$via" dev "$1"; fi
    done
    lines "$1" gateway | while read -r via; do
        case $via in
        *:*) ip -6 route add default via "$via" dev "$1" ;;
        *) ip route add default via "$via" dev "$1" ;;
        esac
    done
    {
        lines "$1" search | while read -r domain; do echo "search $domain"; done
        lines "$1" dns | while read -r server; do echo "nameserver $server"; done
    } >"$state/said.$1"
    cat $state/said.* $state/leased.* $state/leased6.* 2>/dev/null >/etc/resolv.conf
    : >"$state/$1.up"
}

runs() { # FILE with the number of a process
    [ -s "$1" ] && kill -0 "$(cat "$1")" 2>/dev/null
}

serve() { # NAME KIND: the programs that keep it
    # a radio is there before it has joined its network, and who asks too early pauses for long
    [ "$2" != wifi ] || [ "$(cat "$net/$1/operstate")" = up ] || return
    case $(lines "$1" dhcp) in
    v4*)
        runs "$state/$1.dhcp" || udhcpc -f -S -i "$1" -p "$state/$1.dhcp" -s /usr/lib/strata/machine/lease \
            -x "hostname:$(hostname)" &
        ;;
    esac
    case $(lines "$1" dhcp) in
    *v6*)
        # in the background, as a network with routers alone has nobody who answers; the link-local address it asks from comes after a moment
        runs "$state/$1.dhcp6" || udhcpc6 -f -S -i "$1" -p "$state/$1.dhcp6" -s /usr/lib/strata/machine/lease6 &
        ;;
    esac
}

finish() {
    for file in "$state"/*.dhcp "$state"/*.dhcp6; do
        runs "$file" && kill "$(cat "$file")"
    done
    exit
}
trap finish TERM INT

ticks=0
# shellcheck disable=SC2094 # the plan is read in two places, and written in none
while :; do
    while read -r name word kind rest <&3; do
        [ "$word" = kind ] || continue
        if [ ! -e "$state/$name.up" ] || [ ! -e "$net/$name" ]; then
            rm -f "$state/$name.up"
            # shellcheck disable=SC2086 # words of a line
            if make "$name" "$kind" $rest 2>/dev/null && [ -e "$net/$name" ]; then
                settle "$name"
            elif [ $ticks = 10 ] && ! grep -q "^$name optional" $plan; then
                say "interface $name is missing: $why; the rest goes on"
            fi
        fi
        [ -e "$state/$name.up" ] || continue
        # shellcheck disable=SC2086
        case $kind in
        bridge) join "$name" $rest ;;
        bond) join "$name" ${rest#* } ;;
        esac
        serve "$name" "$kind"
        if [ $ticks = 40 ] && grep -q "^$name dhcp v4" $plan && [ ! -e "$state/leased.$name" ]; then
            say "no DHCP server answers on $name; it is asked again and again"
        fi
    done 3<$plan
    ticks=$((ticks + 1))
    if [ $ticks -lt 60 ]; then pause=1; else pause=5; fi
    sleep $pause &
    wait $! # unlike sleep itself, this ends at once when we are told to
done
