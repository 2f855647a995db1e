#!/bin/sh
# title.en=SSH server, with a random password
# title.de=SSH-Server mit Zufallspasswort
#
# Lets one log in over the network: a random password for root that is nowhere but in memory and on this screen.
# shellcheck source=lib.sh
. /usr/lib/rescue/lib.sh

# letters and digits that nobody mistakes for each other: 12 of 31 kinds are 59 bits
random_word() {
    tr -dc 'abcdefghjkmnpqrstuvwxyz23456789' </dev/urandom | head -c 12
}

restart_server() { # the one that listens; init starts it again, sessions go on
    [ ! -e /run/dropbear.pid ] || kill "$(cat /run/dropbear.pid)" 2>/dev/null
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        sleep 1
        netstat -ltn | grep -q ':22 ' && return 0
    done
    return 1
}

title
choose "$T_what" "$T_ssh_choices" || exit 0
if [ "$answer" = 2 ]; then
    rm -f "$state/ssh-password"
    sed -i 's/^root:[^:]*:/root:*:/' /etc/shadow
    restart_server
    say "$T_ssh_off"
    pause
    exit 0
fi
password=$(random_word)
hash=$(printf '%s\n' "$password" | mkpasswd -m sha512 -P 0)
sed -i "s|^root:[^:]*:|root:$hash:|" /etc/shadow
: >"$state/ssh-password" # the service allows passwords while this is there
echo "password login for root switched on" >>"$log"
restart_server || say "$T_ssh_no_server"
if [ -z "$(addresses)" ]; then
    say "$T_ssh_no_network"
else
    for address in $(addresses); do
        say "$T_ssh_login" "ssh root@$address"
    done
fi
say "$T_ssh_password" "$password"
for key in /etc/dropbear/dropbear_*_host_key; do
    [ -e "$key" ] && dropbearkey -y -f "$key" | sed -n 's/^Fingerprint: //p'
done
pause
