# shellcheck shell=sh disable=SC2034
# Texts of the licences, English.
T_licences_which='Which? (a part of the name; Enter: all)'
