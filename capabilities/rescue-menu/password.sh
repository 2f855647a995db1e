#!/bin/sh
# title.en=Reset a password
# title.de=Passwort zurücksetzen
#
# Resets a forgotten password of an installed Linux or Windows.
# shellcheck source=lib.sh
. /usr/lib/rescue/lib.sh

root=$state/root

read_password() { # QUESTION; sets answer
    printf '%s ' "$1"
    stty -echo
    read -r answer || answer=
    stty echo
    echo
}

linux() {
    choose_device "$T_password_root" 4 ext2 ext3 ext4 xfs btrfs || return 0
    refuse_mounted "$device" && return 0
    confirm "$device" || return 0
    mkdir -p "$root"
    run mount -t "$(property "$device" FSTYPE)" "$device" "$root" || return 0
    base=$root
    [ -e "$root/@/etc/shadow" ] && base=$root/@ # btrfs: the root may be a subvolume of that name
    if [ -e "$base/etc/shadow" ]; then
        change_shadow "$base/etc/shadow"
    else
        say "$T_password_no_shadow" "$device"
    fi
    run umount "$root"
}

change_shadow() { # FILE
    choose "$T_password_user" "$(awk -F: '$2 !~ /^[!*]/ || $1 == "root" { print $1 }' "$1")" || return 0
    user=$chosen
    read_password "$T_password_new"
    new=$answer
    read_password "$T_password_again"
    if [ -z "$new" ] || [ "$new" != "$answer" ]; then
        say "$T_password_differ"
        return 0
    fi
    hash=$(printf '%s\n' "$new" | mkpasswd -m sha512 -P 0)
    show cp -p "$1" "$1.before"
    cp -p "$1" "$1.before" || return 0
    show awk "..." "$1.before"
    # over the old file, so that owner, mode and labels stay
    awk -F: -v OFS=: -v user="$user" -v hash="$hash" '$1 == user { $2 = hash } { print }' "$1.before" >"$1" && say "$T_password_done" "$user" "$1.before"
    sync
}

windows() {
    choose_device "$T_password_root" 4 ntfs || return 0
    refuse_mounted "$device" && return 0
    confirm "$device" || return 0
    mkdir -p "$root"
    if ! run mount -t ntfs3 "$device" "$root"; then
        say "$T_password_hibernated"
        return 0
    fi
    sam=$(find "$root" -maxdepth 4 -ipath '*/windows/system32/config/sam' | head -n 1)
    if [ -n "$sam" ]; then
        run cp -p "$sam" "$sam.before"
        run chntpw -l "$sam"
        ask "$T_password_user" && run_here chntpw -u "$answer" "$sam"
    else
        say "$T_password_no_sam" "$device"
    fi
    run umount "$root"
}

title
choose "$T_what" "$T_password_choices" || exit 0
case $answer in
1) linux ;;
2) windows ;;
esac
pause
