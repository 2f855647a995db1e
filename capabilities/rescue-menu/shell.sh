# shellcheck shell=sh
# Read by the shell of the menu: what differs from a shell elsewhere.
alias lsblk='lsblk --properties-by blkid' # there is no udev that lsblk could ask
alias ll='ls -l'
