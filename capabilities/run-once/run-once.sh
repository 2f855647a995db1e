#!/bin/sh
# Runs what is to run once in the life of this machine. What fails is said, and tried again at the next start.
stamps=/var/lib/strata/run-once
mkdir -p $stamps
for command in /etc/strata/run-once/*; do
    [ -x "$command" ] || continue
    name=${command##*/}
    name=${name#*-} # before it stands its place in the order
    [ -e "$stamps/$name" ] && continue
    if "$command" </dev/null >>/var/log/run-once.log 2>&1; then
        : >"$stamps/$name"
    else
        echo "machine: run-once '$name' ended with $?; /var/log/run-once.log has what it wrote" >/dev/console
    fi
done
