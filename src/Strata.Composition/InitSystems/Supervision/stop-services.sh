#!/bin/sh
# Stops every supervised service before the rest of the machine goes down, those that need others first.
services=${STRATA_SERVICES:-/run/strata/services}
: >"$services.stopping"
for file in "$services"/*/script; do
    read -r script 2>/dev/null <"$file" && "$script" stop &
done
wait
