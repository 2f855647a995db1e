#!/bin/sh
# halt, poweroff and reboot, by the name it is called: OpenRC stops services first.
case ${0##*/} in
reboot) exec openrc-shutdown --reboot now ;;
halt) exec openrc-shutdown --halt now ;;
*) exec openrc-shutdown --poweroff now ;;
esac
