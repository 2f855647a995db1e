#!/bin/sh
# title.en=Wi-Fi: choose a network
# title.de=WLAN: ein Netz auswählen
#
# Wi-Fi: the networks in reach, one of them chosen, its passphrase, an address. What stands in the way is named.
# The passphrase is never on a command line, on the screen or in the log; the file that has it is only root's, in memory, and goes when it is read.
# shellcheck source=../rescue-menu/lib.sh
. /usr/lib/rescue/lib.sh
# shellcheck source=texts/en.sh
. "$texts/wifi/en.sh"
# shellcheck source=texts/de.sh
[ ! -e "$texts/wifi/$language.sh" ] || . "$texts/wifi/$language.sh"

private=$state/wifi
mkdir -p "$private"
leave() {
    stty echo 2>/dev/null
    rm -f "$private"/*.conf
}
trap leave EXIT
trap 'exit 130' INT TERM HUP

adapters() {
    for path in /sys/class/net/*/phy80211; do
        [ -e "$path" ] || continue
        path=${path%/*}
        driver=$(readlink -f "$path/device/driver")
        echo "${path##*/}  $(cat "$path/address")  ${driver##*/}"
    done
}

why_no_adapter() {
    wanted=$(missing_firmware | paste -sd' ' -)
    if [ -n "$wanted" ]; then
        say "$T_wifi_firmware" "$wanted"
    else
        tell_undriven_radios || say "$T_wifi_no_adapter"
    fi
}

# A switch of the machine (hard) can only be moved by hand; a setting (soft) is taken back.
unblock() {
    for path in /sys/class/rfkill/*; do
        [ "$(cat "$path/type" 2>/dev/null)" = wlan ] || continue
        if [ "$(cat "$path/hard")" = 1 ]; then
            say "$T_wifi_hard" "$(cat "$path/name")"
            return 1
        fi
        if [ "$(cat "$path/soft")" = 1 ]; then
            say "$T_wifi_soft" "$(cat "$path/name")"
            run sh -c "echo 0 >$path/soft" || return 1
        fi
    done
}

scan() { # the adapter may still be busy with a scan of its own
    for attempt in 1 2 3 4; do
        show iw dev "$interface" scan
        if iw dev "$interface" scan >"$private/scan" 2>"$private/error"; then
            return 0
        fi
        sleep "$attempt"
    done
    tee -a "$log" <"$private/error"
    return 1
}

# Each network once, the strongest first: signal, kind of security, name as iw writes it (\xNN for what is not printable ASCII), with tabs between.
networks() {
    awk '
        function kind_of() {
            if (auth ~ /802\.1X/ && auth !~ /PSK|SAE/) return "eap"
            if (auth ~ /SAE/ && auth ~ /PSK/) return "both"
            if (auth ~ /SAE/) return "sae"
            if (auth ~ /PSK/) return "psk"
            if (auth ~ /OWE/) return "owe"
            return private ? "wep" : "open"
        }
        function finish() {
            if (seen && name != "" && name !~ /^(\\x00)+$/) printf "%d\t%s\t%s\n", signal, kind_of(), name
            seen = 0
        }
        /^BSS / { finish(); seen = 1; name = auth = ""; signal = -100; private = 0 }
        /^\tsignal: / { signal = $2 }
        /^\tcapability: .*Privacy/ { private = 1 }
        /^\tSSID: / { name = substr($0, 8) }
        /\* Authentication suites: / { sub(/.*suites: /, ""); auth = auth " " $0 }
        END { finish() }
    ' "$private/scan" | sort -t '	' -rn -k1,1 | awk -F '\t' '!known[$2 FS $3]++'
}

# A name for the screen: letters beyond ASCII as they are, everything that could steer the terminal stays \xNN.
readable() {
    awk '
        function byte(at) { return substr(rest, at, 2) == "\\x" ? (index(hex, substr(rest, at + 2, 1)) - 1) * 16 + index(hex, substr(rest, at + 3, 1)) - 1 : 0 }
        BEGIN { hex = "0123456789abcdef" }
        {
            shown = ""
            for (rest = $0; rest != ""; rest = substr(rest, length(part) + 1)) {
                lead = byte(1)
                count = lead >= 195 && lead < 224 ? 2 : lead >= 225 && lead < 240 ? 3 : lead >= 240 && lead < 245 ? 4 : 0
                letter = sprintf("%c", lead)
                for (i = 1; i < count; i++) {
                    follow = byte(1 + 4 * i)
                    if (follow < 128 || follow > 191) count = 0
                    else letter = letter sprintf("%c", follow)
                }
                part = substr(rest, 1, count ? 4 * count : 1)
                shown = shown (count ? letter : part)
            }
            print shown
        }'
}

# The same name as the digits that wpa_supplicant reads.
hexadecimal() {
    awk '
        BEGIN { for (i = 32; i < 127; i++) code[sprintf("%c", i)] = sprintf("%02x", i) }
        {
            for (rest = $0; rest != ""; rest = substr(rest, length(part) + 1)) {
                part = substr(rest, 1, substr(rest, 1, 2) == "\\x" ? 4 : 1)
                printf "%s", (length(part) == 4 ? substr(part, 3) : code[part])
            }
        }'
}

choose_network() { # sets name, kind and hidden
    networks >"$private/networks"
    lines=$(while IFS='	' read -r signal kind name; do
        printf '%-34s %4s dBm  %s\n' "$(printf '%s\n' "$name" | readable)" "$signal" "$(security "$kind")"
    done <"$private/networks")
    [ -n "$lines" ] || say "$T_wifi_none"
    choose "$T_wifi_choose" "${lines:+$lines
}$T_wifi_hidden" || return 1
    hidden=
    line=$(sed -n "${answer}p" "$private/networks")
    if [ -n "$line" ]; then
        name=$(printf '%s' "$line" | cut -f3- | hexadecimal)
        kind=$(printf '%s' "$line" | cut -f2)
        return 0
    fi
    ask "$T_wifi_name" || return 1
    hidden=yes
    name=$(printf '%s' "$answer" | xxd -p -c 64)
    kind=any
}

security() { # KIND
    case $1 in
    both) echo 'WPA2/WPA3' ;;
    sae) echo 'WPA3' ;;
    psk) echo 'WPA2' ;;
    owe) echo 'OWE' ;;
    eap) echo "$T_wifi_is_eap" ;;
    wep) echo "$T_wifi_is_wep" ;;
    open) echo "$T_wifi_is_open" ;;
    esac
}

ask_passphrase() { # sets passphrase
    stty -echo # before the question: who is quick would see the first letters
    printf '%s ' "$T_wifi_passphrase"
    IFS= read -r passphrase || passphrase=
    stty echo
    echo
    [ -n "$passphrase" ]
}

# 8 to 63 characters of ASCII, or the 64 hexadecimal digits that they stand for.
usable() {
    case $passphrase in
    *[!\ -~]*) return 1 ;;
    esac
    [ ${#passphrase} -ge 8 ] && [ ${#passphrase} -le 64 ] || return 1
    [ ${#passphrase} -lt 64 ] || is_raw
}

is_raw() {
    case $passphrase in
    *[!0-9A-Fa-f]*) return 1 ;;
    esac
    [ ${#passphrase} = 64 ]
}

configuration() {
    echo 'network={'
    echo "    ssid=$name"
    [ -z "$hidden" ] || echo '    scan_ssid=1'
    if [ -z "$passphrase" ]; then
        echo '    key_mgmt=NONE'
    else
        printf '    key_mgmt=WPA-PSK WPA-PSK-SHA256\n    ieee80211w=1\n' # management frames are protected where the network can
        if is_raw; then echo "    psk=$passphrase"; else printf '    psk="%s"\n' "$passphrase"; fi # all between the first and the last quote counts
    fi
    echo '}'
}

write_configuration() {
    file=$private/$interface.conf
    configuration >"$file" # lib.sh's umask makes it root's alone
    {
        printf '# cat >%s <<end\n' "$file"
        sed 's/^\( *psk=\).*/\1********/' "$file"
        echo end
    } | tee -a "$log"
}

stop() { # NAME: what this menu has started before on the interface
    pid=$(cat "$private/$interface.$1" 2>/dev/null)
    [ -z "$pid" ] || kill "$pid" 2>/dev/null
    rm -f "$private/$interface.$1"
}

associate() { # sets trouble: nothing when the network has taken us
    stop dhcp
    stop supplicant
    sleep 1
    heard=$private/$interface.log
    show wpa_supplicant -i "$interface" -D nl80211 -c "$file"
    # a session of its own: Ctrl-C and the end of the menu are none of its business
    setsid wpa_supplicant -i "$interface" -D nl80211 -c "$file" >"$heard" 2>&1 </dev/null &
    echo $! >"$private/$interface.supplicant"
    trouble=silent
    for _ in $(seq 40); do
        sleep 1
        if grep -q CTRL-EVENT-CONNECTED "$heard"; then
            trouble=
        elif grep -q -e 'reason=WRONG_KEY' -e 'pre-shared key may be incorrect' "$heard"; then
            trouble=passphrase
        elif [ ! -d "/proc/$(cat "$private/$interface.supplicant")" ]; then
            trouble=ended
        else
            continue
        fi
        break
    done
    rm -f "$file"
    sed -i '/^Line [0-9]/d' "$heard" # quotes the file when it dislikes it, the passphrase too
    cat "$heard" >>"$log"
    [ -n "$trouble" ] || return 0
    stop supplicant
    return 1
}

address() {
    run udhcpc -n -t 8 -i "$interface" -p "$private/$interface.dhcp" -x "hostname:$(hostname)" -s /usr/lib/strata/network/dhcp-lease || {
        say "$T_wifi_no_dhcp"
        return 0
    }
    run ip addr show dev "$interface"
    say "$T_wifi_connected" "$(ip -o -4 addr show dev "$interface" | awk '{ sub("/.*", "", $4); print $4; exit }')"
}

join() {
    case $kind in
    eap)
        say "$T_wifi_eap"
        return 0
        ;;
    sae | owe) # the build of wpa_supplicant that knows them takes three times the bytes, with its libraries five times
        say "$T_wifi_wpa3"
        return 0
        ;;
    wep)
        say "$T_wifi_wep"
        return 0
        ;;
    esac
    while :; do
        passphrase=
        case $kind in
        open) ;;
        any) ask_passphrase || kind=open ;;
        *) ask_passphrase || return 0 ;;
        esac
        if [ -n "$passphrase" ] && ! usable; then
            say "$T_wifi_form"
            continue
        fi
        write_configuration
        say "$T_wifi_wait"
        if associate; then
            address
            return 0
        fi
        case $trouble in
        passphrase) say "$T_wifi_wrong" ;; # and once more
        *)
            say "$T_wifi_silent"
            run tail -n 5 "$heard"
            return 0
            ;;
        esac
    done
}

title
found=$(adapters)
if [ -z "$found" ]; then
    why_no_adapter
    pause
    exit 0
fi
chosen=$found
[ "$(printf '%s\n' "$found" | wc -l)" = 1 ] || choose "$T_wifi_adapter" "$found" || exit 0
interface=${chosen%% *}
if ! unblock; then
    pause
    exit 0
fi
if ! run ip link set "$interface" up; then
    wanted=$(refused_firmware | cut -d' ' -f2 | sort -u | paste -sd' ' -) # some drivers ask only now, so the adapter is there already
    [ -z "$wanted" ] || say "$T_wifi_firmware" "$wanted"
    pause
    exit 0
fi
# Twice: an adapter listens to each channel for a moment only and misses some; the kernel adds up what it has heard.
if scan && scan && choose_network; then
    join
fi
pause
