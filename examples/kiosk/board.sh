#!/bin/sh
# What the kiosk shows: the time, large enough for a waiting room. Nobody can leave it.
trap '' INT QUIT TSTP
stty -echo -isig -icanon
printf '\033[?25l'
while :; do
    printf '\033[H\033[2J\n\n   %s\n\n   %s\n' "$(date +%H:%M)" "Please take a seat."
    sleep 10
done
