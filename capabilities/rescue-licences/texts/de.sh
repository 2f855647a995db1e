# shellcheck shell=sh disable=SC2034
# Texte der Lizenzen, deutsch.
T_licences_which='Welche? (ein Teil des Namens; Enter: alle)'
