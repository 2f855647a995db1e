# shellcheck shell=sh disable=SC2154 # what is not set here is set by who reads this
# Keeps one service running. Read by the script of that service, which says what it is:
#   name kind                     its name; daemon, once or setup
#   user owner directories        account; owner of directories that are made for it
#   after requires dependents     scripts of other services: started before it, ready before it, stopped before it
#   ready ready_within            "file PATH" or "port NUMBER", and seconds
#   restart delay longest         always, failure or never; seconds
#   stop stop_within              signal; seconds
#   log                           system, console or none
#   run room                      functions: become the program; make the mounts that only it sees
# What it finds out lies in /run/strata/services/NAME: state, pid, code (of its last end), failures (in a row). The script itself can be told
# 'stop' and 'start'; without a word it is what init starts.
# Names in capitals are for trying it elsewhere.
told_after=${STRATA_TOLD_AFTER:-10}
settled_after=${STRATA_SETTLED_AFTER:-300}
console=${STRATA_CONSOLE:-/dev/console}
services=${STRATA_SERVICES:-/run/strata/services}
logs=${STRATA_LOGS:-/var/log}
mine=$services/$name
keeper=
pauser=
poller=

say() { echo "strata: service '$name' $*" >>"$console"; }

# whole or not at all: whoever looks at it meanwhile finds what stood there before
keep() { echo "$2" >"$mine/$1.$$" && mv "$mine/$1.$$" "$mine/$1"; }

note() { keep state "$1"; }

# by the shell alone: who waits asks five times a second, and no process is made for it
look() {
    state=
    read -r state 2>/dev/null <"$services/${1##*/}/state"
}

# a pause that a signal ends
pause() {
    sleep "$1" &
    pauser=$!
    wait $pauser
    pauser=
}

wait_for_others() {
    for script in $requires; do
        [ -e "$script" ] || { say "needs service '${script##*/}', whose layer is not mounted"; note blocked; pause 2147483647; }
        told=
        while :; do
            look "$script"
            case $state in
            ready | done) break ;;
            failed) [ "$told" ] || say "waits for service '${script##*/}', which failed"; told=1 ;;
            esac
            pause 0.2
        done
    done
    for script in $after; do
        while [ -e "$script" ]; do
            look "$script"
            case $state in
            '' | waiting) pause 0.2 ;;
            *) break ;;
            esac
        done
    done
}

# What comes in goes to a file that is put aside at 64 KiB, in place of the one before.
keep_log() {
    exec awk -v "file=$logs/$name.log" '{
        print >>file; fflush(file)
        if ((size += length($0) + 1) > 65536) { close(file); system("mv -f \"" file "\" \"" file ".1\""); size = 0 }
    }'
}

open_log() {
    case $log in
    console) exec 3>>"$console" ;;
    none) exec 3>/dev/null ;;
    *)
        mkdir -p "$logs"
        rm -f "$mine/log"
        mkfifo "$mine/log"
        exec 3<>"$mine/log"
        keep_log <"$mine/log" 3>&- &
        keeper=$!
        ;;
    esac
}

# Says when it is ready, and ends it when that takes too long.
watch_ready() {
    end=$(($(now) + ready_within))
    until is_ready "${ready%% *}" "${ready#* }"; do
        if [ "$(now)" -ge $end ]; then
            [ $failures = 0 ] && say "is not ready after $ready_within s ($ready); it is ended and tried again"
            end_it
            return
        fi
        sleep 0.2
    done
    note ready
}

# Asks the program to end, and ends it and all that it started when it does not.
end_it() {
    read -r pid 2>/dev/null <"$mine/pid" || return
    kill -s "$stop" "$pid" 2>/dev/null
    tries=$((stop_within * 5))
    while [ -e "$mine/pid" ] && [ $tries -gt 0 ]; do
        sleep 0.2
        tries=$((tries - 1))
    done
    [ -e "$mine/pid" ] && kill -KILL -- "-$pid" 2>/dev/null
}

# In the foreground, although the shell hears signals only after it: what is started in the background would ignore SIGINT and SIGQUIT.
launch() {
    for folder in $directories; do
        [ -d "$folder" ] || mkdir -p "$folder"
        chown "${owner:-0:0}" "$folder"
    done
    note starting
    [ "$ready" ] && {
        watch_ready &
        poller=$!
    }
    setsid "$0" start-program >&3 2>&1 3>&- </dev/null
    code=$?
    read -r pid 2>/dev/null <"$mine/pid" && kill -KILL -- "-$pid" 2>/dev/null # what it leaves behind
    rm -f "$mine/pid"
    [ "$poller" ] && kill "$poller" 2>/dev/null
    poller=
    keep code $code
}

last_lines() {
    [ "$log" = system ] || return
    sleep 0.2 # what was written last is on its way into the file
    tail -n 5 "$logs/$name.log" 2>/dev/null | sed 's/^/  /' >>"$console"
}

leave() {
    # shellcheck disable=SC2086 # what is not there is no word
    kill $keeper $pauser $poller 2>/dev/null
    rm -f "$mine/supervisor" "$mine/pid"
    exit "$1"
}

case $1 in
start-program)
    keep pid $$
    [ "$ready" ] || note ready
    if [ "$user" ]; then
        while IFS=: read -r login _ _ _ _ home shell; do
            [ "$login" = "$user" ] && export USER="$user" LOGNAME="$user" HOME="$home" SHELL="$shell"
        done </etc/passwd
    fi
    [ "$room" ] && exec unshare -m --propagation private "$0" in-room
    run
    ;;
in-room)
    make_room || { echo "strata: cannot make the mounts of service '$name'"; exit 126; }
    run
    ;;
stop)
    for script in $dependents; do
        tries=150
        while [ -e "$services.stopping" ] && [ $tries -gt 0 ]; do
            look "$script"
            case $state in
            waiting | starting | ready | restarting | stopping) sleep 0.2 ;;
            *) break ;;
            esac
            tries=$((tries - 1))
        done
    done
    : >"$mine/stop"
    note stopping
    read -r supervisor 2>/dev/null <"$mine/supervisor" && kill -TERM "$supervisor"
    end_it
    while [ -e "$mine/supervisor" ] && kill -0 "$supervisor" 2>/dev/null; do
        sleep 0.1
    done
    note stopped
    exit 0
    ;;
start)
    rm -f "$mine/stop"
    exit 0
    ;;
esac

mkdir -p "$mine"
echo "$0" >"$mine/script"
trap 'leave 0' TERM
while [ -e "$mine/stop" ]; do
    pause 1
done
read -r pid 2>/dev/null <"$mine/pid" && kill -KILL -- "-$pid" 2>/dev/null # of a supervisor that is no more
rm -f "$mine/pid"
note waiting
echo $$ >"$mine/supervisor"
failures=0
open_log
wait_for_others

if [ "$kind" != daemon ]; then
    launch
    if [ $code = 0 ]; then
        note 'done'
    else
        note failed
        say "failed with code $code"
        last_lines
    fi
    leave $code
fi

wait=$delay
while :; do
    began=$(now)
    launch
    if [ $(($(now) - began)) -ge "$settled_after" ]; then
        failures=0
        wait=$delay
    fi
    if [ "$restart" = never ] || { [ "$restart" = failure ] && [ $code = 0 ]; }; then
        if [ $code = 0 ]; then
            note 'done'
        else
            note failed
            say "failed with code $code and is not started again"
            last_lines
        fi
        pause 2147483647
    fi
    failures=$((failures + 1))
    keep failures $failures
    if [ $failures -lt "$told_after" ]; then
        note restarting
    else
        note failed
    fi
    if [ $((failures % told_after)) = 0 ]; then
        say "has failed $failures times in a row; last: code $code"
        last_lines
    fi
    pause "$wait"
    wait=$((wait * 2 + (wait == 0)))
    [ $wait -le "$longest" ] || wait=$longest
done
