#!/bin/sh
# What systemd runs when a service has ended (ExecStopPost): counts ends in a row, and tells on the console what nobody else would.
#   ended NAME always|failure|never|once
# systemd says how it ended: SERVICE_RESULT, EXIT_CODE (exited, killed, dumped), EXIT_STATUS (a number, or the name of a signal).
# What is found out lies in /run/strata/services/NAME: code (of its last end), failures (in a row), state (of what is not started again;
# systemctl knows that of all else).
name=$1
restart=$2
told_after=${told_after:-10}
settled_after=${settled_after:-300}
console=${console:-/dev/console}
mine=${services:-/run/strata/services}/$name
result=${SERVICE_RESULT:-success}
lines=5

say() { echo "strata: service '$name' $*" >"$console"; }

note() { echo "$1" >"$mine/state.new" && mv "$mine/state.new" "$mine/state"; }

last_lines() {
    journalctl --sync 2>/dev/null
    journalctl -q --no-pager -o cat -n $lines "_SYSTEMD_UNIT=$name.service" 2>/dev/null | sed 's/^/  /' >"$console"
}

# as a shell counts: 128 and the number of the signal
code=${EXIT_STATUS:-0}
number=128
for signal in HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM; do
    number=$((number + 1))
    [ "$code" = $signal ] && code=$number
done

mkdir -p "$mine"
echo "$code" >"$mine/code"

if [ "$restart" = once ] || [ "$restart" = never ] || { [ "$restart" = failure ] && [ "$result" = success ]; }; then
    if [ "$result" = success ]; then
        note stopped
    else
        note failed
        again=
        [ "$restart" = never ] && again=' and is not started again'
        say "failed with code $code$again"
        last_lines
    fi
    exit 0
fi

began=0 ended=0 job=0
while IFS='=' read -r key value; do
    case $key in
    Job) job=$value ;;
    ExecMainStartTimestampMonotonic) began=$((value / 1000000)) ;;
    ExecMainExitTimestampMonotonic) ended=$((value / 1000000)) ;;
    esac
done <<END
$(systemctl show -p Job,ExecMainStartTimestampMonotonic,ExecMainExitTimestampMonotonic "$name.service")
END
if [ "$result" = success ] && [ "${job:-0}" != 0 ]; then
    rm -f "$mine/failures" # somebody asked for it
    exit 0
fi

failures=0
read -r failures 2>/dev/null <"$mine/failures"
status=0
if [ "$began" -gt 0 ] && [ $((ended - began)) -ge "$settled_after" ]; then
    # the next delay is the first again; that this service failed is forgotten with it, so it is said anew by how this script ends
    failures=0
    systemctl reset-failed "$name.service" 2>/dev/null
    [ "$result" = success ] || status=1
fi
failures=$((${failures:-0} + 1))
echo $failures >"$mine/failures"
if [ $((failures % told_after)) = 0 ]; then
    say "has failed $failures times in a row; last: code $code"
    last_lines
fi
exit $status
