#!/bin/sh
# WebKitGTK has no headless mode: an X server of its own (the server picks a free display) and a private D-Bus.
#
#   under-xvfb.sh DIRECTORY COMMAND [ARGUMENT...]
directory=$1
shift
mkfifo "$directory/display"
Xvfb -displayfd 3 -screen 0 1600x1200x24 -nolisten tcp -noreset 3>"$directory/display" &
read -r display <"$directory/display"
[ -n "$display" ] || exit 1
DISPLAY=":$display" exec dbus-run-session -- "$@"
