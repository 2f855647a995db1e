#!/bin/sh
# The SSH server; init starts it again when it ends. Logins by key only, until the menu has set a password.
set -- -F -R -P /run/dropbear.pid
[ -e /run/rescue/ssh-password ] || set -- "$@" -s
exec /usr/sbin/dropbear "$@"
