# shellcheck shell=sh
# What every entry of the menu uses: texts, showing and logging commands, questions, lists of disks.
# Nothing here writes to a disk; an entry asks with 'confirm' before it does.
. /etc/profile
export HOME=/root # init's own is /
log=/run/log/rescue.log
state=/run/rescue
texts=/usr/share/rescue/texts
[ -d "$state" ] || mkdir -p /run/log "$state"
umask 077

# English first, so that a text that a translation lacks is there all the same.
# shellcheck source=texts/en.sh
. "$texts/en.sh"
language=en
[ ! -e "$state/language" ] || read -r language <"$state/language"
# shellcheck source=texts/de.sh
[ "$language" = en ] || . "$texts/$language.sh"

say() { # FORMAT [ARGUMENT...]
    say_format=$1
    shift
    # shellcheck disable=SC2059 # formats come from the files of texts
    printf "$say_format\n" "$@"
}

# Reads the head of an entry of the menu (docs/formats/rescue-menu.md). Nothing of it runs, and no program is started: the menu does this
# for all of them each time it is drawn. Sets entry_key and entry_title; false, and entry_fault, when it is no entry.
read_entry() { # FILE
    entry_key=${1##*/} entry_title='' entry_own='' entry_fault=''
    case $entry_key in
    0[1-9]-?* | [1-9][0-9]-?* | [a-z]-?*) ;;
    *) entry_fault=$T_entry_name ;;
    esac
    entry_key=${entry_key%%-*}
    entry_key=${entry_key#0}
    entry_program=''
    [ ! -f "$1" ] || while IFS= read -r entry_line || [ -n "$entry_line" ]; do
        entry_text=${entry_line#*=}
        case ${entry_program:+then }$entry_line in
        '#!/'*)
            entry_program=${entry_line%% *}
            continue
            ;;
        'then # title.en='*) entry_title=$entry_text ;;
        "then # title.$language="*) entry_own=$entry_text ;;
        'then # title.'[a-z][a-z]=*) ;;
        *) break ;;
        esac
        case $entry_text in '' | *[[:cntrl:]]*) : "${entry_fault:=$T_entry_form}" ;; esac
        [ ${#entry_text} -le 34 ] || : "${entry_fault:=$T_entry_form}"
    done <"$1"
    [ -x "$1" ] && [ -n "$entry_program" ] && [ -x "${entry_program#"#!"}" ] || entry_fault=$T_entry_script
    [ -n "$entry_title" ] || : "${entry_fault:=$T_entry_title}"
    entry_title=${entry_own:-$entry_title}
    [ -z "$entry_fault" ]
}

title() { # as the menu calls the entry that runs
    read_entry "$0"
    heading "$entry_title"
}

heading() { # WORDS
    printf '\033[2J\033[H'
    say '== %s' "$1"
    echo
    printf '\n=== %s %s\n' "$(cut -d' ' -f1 /proc/uptime)" "$0" >>"$log"
}

quoted() { # words as one would type them
    for quoted_word; do
        case $quoted_word in
        '' | *[!A-Za-z0-9_./:,=+@%-]*) printf " '%s'" "$(printf '%s' "$quoted_word" | sed "s/'/'\\\\''/g")" ;;
        *) printf ' %s' "$quoted_word" ;;
        esac
    done
}

show() {
    printf '\033[1m#%s\033[0m\n' "$(quoted "$@")"
    printf '#%s\n' "$(quoted "$@")" >>"$log"
}

# Shows a command, runs it, keeps what it says in the log. Without input.
run() {
    show "$@"
    {
        "$@" </dev/null 2>&1
        echo $? >"$state/status.$$"
    } | tee -a "$log"
    ended
}

# The same for a command that talks with whoever sits there: its output is not in the log.
run_here() {
    show "$@"
    "$@"
    echo $? >"$state/status.$$"
    ended
}

ended() {
    ended_status=$(cat "$state/status.$$")
    rm -f "$state/status.$$"
    echo "=> $ended_status" >>"$log"
    [ "$ended_status" = 0 ] || say "$T_exit_code" "$ended_status"
    echo
    return "$ended_status"
}

# Asks before anything is written: only the whole word counts.
confirm() { # WHAT WILL BE CHANGED
    echo
    say "$T_confirm" "$1" "$T_yes"
    read -r answer || answer=
    echo "confirm $1: $answer" >>"$log"
    [ "$answer" = "$T_yes" ] && return 0
    say "$T_nothing_done"
    return 1
}

# The same for what writes to no disk but cannot be taken back.
agree() { # WHAT HAPPENS
    echo
    say '%s' "$1"
    ask "$(say "$T_agree" "$T_yes")" && [ "$answer" = "$T_yes" ]
}

ask() { # QUESTION; sets answer, false when it is empty
    printf '%s ' "$1"
    read -r answer || answer=
    [ -n "$answer" ]
}

# Lets one of several lines be chosen; sets 'chosen' to the line.
choose() { # QUESTION LINES
    choose_count=$(printf '%s\n' "$2" | grep -c .)
    [ "$choose_count" -gt 0 ] || return 1
    printf '%s\n' "$2" | awk '{ printf " %2d  %s\n", NR, $0 }'
    echo
    while ask "$1 [1-$choose_count, $T_enter_back]"; do
        case $answer in
        *[!0-9]* | ??????*) continue ;;
        0) return 1 ;;
        esac
        if [ "$answer" -ge 1 ] && [ "$answer" -le "$choose_count" ]; then
            chosen=$(printf '%s\n' "$2" | sed -n "${answer}p")
            echo "chosen: $chosen" >>"$log"
            return 0
        fi
    done
    return 1
}

# Without udev's database lsblk knows no file system unless it is told to look itself.
lsblk() {
    command lsblk --properties-by blkid "$@"
}

# Every disk and what lies on it, one a line: device, size, kind, file system, label and model, with a dash for what is not known.
devices() {
    lsblk -rnpe 1,7 -o NAME,SIZE,TYPE,FSTYPE,LABEL,MODEL 2>>"$log" |
        awk -F '[ ]' '{ gsub(/\\x20/, "_"); printf "%-22s %7s %-5s %-17s %s %s\n", $1, $2, $3, ($4 == "" ? "-" : $4), $5, $6 }' | sed 's/ *$//'
}

# One property of a device: TYPE, FSTYPE, PTTYPE, PARTTYPE, PKNAME ...
property() { # DEVICE NAME
    lsblk -dnpo "$2" "$1" 2>/dev/null | sed 's/^ *//; s/ *$//'
}

# Sets 'device'; says what may be wrong when there is nothing to choose from.
choose_device() { # QUESTION [COLUMN WORD...]: column 3 is the kind, 4 the file system
    choose_question=$1
    choose_column=${2:-0}
    shift "$(($# > 1 ? 2 : 1))"
    choose_lines=$(devices | awk -v column="$choose_column" -v words=" $* " 'column == 0 || index(words, " " $column " ")')
    if [ -z "$choose_lines" ]; then
        if [ -z "$(devices)" ]; then
            say "$T_no_disk"
        else
            say "$T_no_such_device"
            devices
        fi
        return 1
    fi
    choose "$choose_question" "$choose_lines" || return 1
    # shellcheck disable=SC2034 # for the entries
    device=${chosen%% *}
}

is_mounted() {
    grep -q "^$1 " /proc/mounts
}

refuse_mounted() { # true, with words, when the device is in use
    is_mounted "$1" || return 1
    say "$T_is_mounted" "$1"
    return 0
}

# Options with which looking at a file system changes nothing on the disk: not even a journal is replayed.
read_only_options() { # TYPE
    case $1 in
    ext3 | ext4) echo ro,noload ;;
    xfs) echo ro,norecovery ;;
    btrfs) echo ro,rescue=nologreplay ;;
    *) echo ro ;;
    esac
}

# The kernel's name of a file system as blkid names it; NTFS is read by the kernel's own driver.
kernel_type() {
    case $1 in
    ntfs) echo ntfs3 ;;
    *) echo "$1" ;;
    esac
}

# Devices, and the files of firmware that their drivers asked for in vain.
refused_firmware() {
    dmesg | sed -n 's/.* \([^ ]*\): Direct firmware load for \([^ ]*\) failed.*/\1 \2/p' | sort -u
}

# Those of the files that are missed. A Wi-Fi adapter that works all the same was content with an older one.
missing_firmware() {
    refused_firmware | while read -r missing_by missing_name; do
        [ -e "/sys/bus/pci/devices/$missing_by/ieee80211" ] || [ -e "/sys/bus/usb/devices/$missing_by/ieee80211" ] || echo "$missing_name"
    done | sort -u
}

# Tells of Wi-Fi adapters that nothing here drives. PCI class 0280, "network controller, other", is Wi-Fi. False when there is none.
tell_undriven_radios() {
    undriven=$(for path in /sys/bus/pci/devices/*; do
        case $(cat "$path/class") in
        0x0280*) [ -e "$path/driver" ] || echo "$(cut -c3- "$path/vendor"):$(cut -c3- "$path/device")" ;;
        esac
    done | paste -sd' ' -)
    [ -z "$undriven" ] || say "$T_net_no_driver" "$undriven"
    [ -n "$undriven" ]
}

addresses() {
    ip -o addr show scope global 2>/dev/null | awk '{ sub("/.*", "", $4); print $4 }'
}

pause() {
    printf '\n%s ' "$T_enter_continue"
    read -r answer || true
}
