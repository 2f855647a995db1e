#!/bin/sh
# title.en=keyboard
# title.de=Tastatur
#
# Keyboard layout of the screen's console; over a serial line the other end has its own. With a name: sets it without a question.
# shellcheck source=lib.sh
. /usr/lib/rescue/lib.sh

layouts=/usr/share/rescue/keys

# A layout lists what differs from the kernel's own (US) map: number of the key, then what it gives plain, with Shift and with AltGr - an ASCII
# character, U+XXXX, or the name of a dead key. BusyBox dumpkmap writes a map as 7 bytes of magic, 256 flags that say which tables of modifiers
# follow, and these tables: 128 numbers of 2 bytes, low byte first (console-tools/dumpkmap.c); the first four are plain, Shift, AltGr and Ctrl.
# A number is 256 times the kind of symbol and its value (linux/keyboard.h), or a character xor 0xF000.
set_layout() { # FILE
    [ -s "$state/us.map" ] || dumpkmap >"$state/us.map" || return 1
    hexdump -v -e '1/1 "%u\n"' "$state/us.map" | awk -v layout="$1" '
        function code(word,    i, number) {
            if (word in ascii) return ascii[word]
            for (i = 3; i <= length(word); i++) number = number * 16 + index("0123456789ABCDEF", substr(word, i, 1)) - 1
            return number
        }
        function symbol(word,    c) {
            if (word in dead) return 4 * 256 + dead[word]
            c = code(word)
            if (c > 255) return 61440 + c
            return c + ((word ~ /^[A-Za-z]$/ || (c >= 192 && c != 215 && c != 247)) ? 11 * 256 : 0) # Caps Lock works on letters
        }
        function put(table, key, value) {
            byte[263 + table * 256 + key * 2] = value % 256
            byte[263 + table * 256 + key * 2 + 1] = int(value / 256)
        }
        BEGIN {
            for (i = 33; i < 127; i++) ascii[sprintf("%c", i)] = i
            split("dead_grave dead_acute dead_circumflex dead_tilde dead_diaeresis", names, " ")
            for (i = 1; i <= 5; i++) dead[names[i]] = i - 1
        }
        { byte[NR - 1] = $1 }
        END {
            while ((getline line < layout) > 0) {
                count = split(line, word, " ")
                if (word[1] == "#") continue
                for (i = 2; i <= count; i++) put(i - 2, word[1], symbol(word[i]))
                if (word[2] ~ /^[a-z]$/) put(3, word[1], code(word[2]) - 96)
            }
            for (i = 0; i < NR; i++) printf "\\%03o", byte[i]
        }' >"$state/octal"
    # shellcheck disable=SC2059 # the file is escapes for printf and nothing else
    printf "$(cat "$state/octal")" >"$state/keys.map"
    loadkmap <"$state/keys.map"
}

if [ $# = 1 ]; then
    [ -e "$layouts/$1" ] || { say "$T_keys_unknown" "$1"; exit 1; }
    set_layout "$layouts/$1"
    exit
fi
heading "$T_title_keyboard"
choose "$T_what" "us  English (United States)
$(for file in "$layouts"/*; do echo "${file##*/}  $(sed -n '1s/^# //p' "$file")"; done)" || exit 0
if [ "${chosen%% *}" = us ]; then
    [ ! -s "$state/us.map" ] || loadkmap <"$state/us.map"
else
    set_layout "$layouts/${chosen%% *}" || say "$T_keys_failed"
fi
