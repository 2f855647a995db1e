#!/bin/sh
# Runs the tests of one project and tells what failed in it; ./test starts it, some at a time.
set -eu
: "${results:?./test sets it}"
name=$(basename "$1")
told=$results/$name.told
dotnet test "$1" --no-build --nologo -v q --logger "trx;LogFileName=$name.trx" --logger 'console;verbosity=normal' \
    --results-directory "$results" ${filter:+--filter "$filter"} >"$results/$name.log" 2>&1 || touch "$results/failed/$name"
{
    awk '/^  (Passed|Skipped) / { shown = 0 } /^  Failed / { shown = 25 } shown-- > 0' "$results/$name.log"
    grep -q '^Total tests:' "$results/$name.log" || { echo "$name did not come to its end:" && tail -n 15 "$results/$name.log"; }
    grep -E '^(Total tests:| +(Passed|Failed|Skipped): )' "$results/$name.log" | xargs echo "$name: "
} >"$told"
cat "$told" # in one go, so that lines of two projects do not mix
