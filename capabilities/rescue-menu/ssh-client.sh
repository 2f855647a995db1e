#!/bin/sh
# ssh over Dropbear's client, for people and for scp: options of OpenSSH that Dropbear has not and that change nothing here are left out.
options=$#
while [ "$options" -gt 0 ]; do
    argument=$1
    shift
    options=$((options - 1))
    case $argument in
    -x | -a | -oPermitLocalCommand=* | -oClearAllForwardings=* | -oRemoteCommand=* | -oRequestTTY=* | -oControlMaster=* | -oForwardAgent=*) ;;
    -[bBcIiJKlLmopRW]) # with a value
        set -- "$@" "$argument" "$1"
        shift
        options=$((options - 1))
        ;;
    --) break ;;
    -*) set -- "$@" "$argument" ;;
    *) # the host: what follows is the command
        set -- "$@" "$argument"
        break
        ;;
    esac
done
# host and command still stand first, the options behind them: turn that round
while [ "$options" -gt 0 ]; do
    set -- "$@" "$1"
    shift
    options=$((options - 1))
done
exec dbclient "$@"
