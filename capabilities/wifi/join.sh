#!/bin/sh
# Joins each radio of /etc/strata/wifi to its network, as soon as the radio and the passphrase are there. It ends when one of its programs
# does, and is started again.
plan=/etc/strata/wifi
state=/run/strata/wifi
while [ ! -s $plan ]; do sleep 5; done # the machine's owner may say it later
umask 077 # what is written has passphrases in it
mkdir -p $state

await() { # SECONDS WHAT TEST...: says once what is missing, and waits on
    ticks=0 patience=$1 what=$2
    shift 2
    until "$@"; do
        [ $ticks = "$patience" ] && echo "wifi: $what is missing; the rest goes on" >/dev/console
        ticks=$((ticks + 1))
        sleep 1
    done
}

join() { # NAME FILE COUNTRY SSID
    await 20 "radio $1" test -e "/sys/class/net/$1"
    key=
    if [ "$2" != - ]; then
        await 10 "the passphrase of $1 in $2" test -s "$2"
        IFS= read -r key <"$2" || [ "$key" ]
        [ ${#key} = 64 ] || key="\"$key\"" # 64 hexadecimal digits are the key itself: wpa_supplicant.conf(5)
    fi
    {
        [ "$3" = - ] || echo "country=$3"
        echo "network={"
        printf '    ssid="%s"\n    scan_ssid=1\n' "$4"
        if [ "$key" ]; then
            printf '    key_mgmt=WPA-PSK WPA-PSK-SHA256 SAE\n    ieee80211w=1\n    psk=%s\n' "$key"
        else
            echo "    key_mgmt=NONE"
        fi
        echo "}"
    } >"$state/$1.conf"
    exec wpa_supplicant -i "$1" -D nl80211 -c "$state/$1.conf"
}

radios=
while read -r name file country ssid; do
    join "$name" "$file" "$country" "$ssid" &
    radios="$radios $!"
done <$plan
# shellcheck disable=SC2064,SC2086 # numbers of processes, as they are now
trap "kill $radios 2>/dev/null; exit" TERM INT
while sleep 2 & wait $!; do
    for radio in $radios; do
        kill -0 "$radio" 2>/dev/null || {
            # shellcheck disable=SC2086
            kill $radios 2>/dev/null
            echo "a radio has no program any more"
            exit 1
        }
    done
done
