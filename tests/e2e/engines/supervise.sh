#!/bin/sh
# Runs a WebDriver server and leaves nothing behind, however the test run ends. To be started in a session of its own.
#
#   supervise.sh DIRECTORY COMMAND [ARGUMENT...]
#
# The caller holds the other end of this script's standard input. When it closes the pipe, or is killed and the
# kernel closes it, or COMMAND ends by itself, every process that came from COMMAND is killed and DIRECTORY (profile,
# caches, sockets) removed. What came from COMMAND is told by this script's session (Chromium's children overwrite
# their environment) or by a mark in the environment (D-Bus and bubblewrap start sessions of their own).
directory=$1
shift
mark="STRONGROOM_TEST_BROWSER=$directory"

clean_up() {
  trap '' USR1
  while find_processes && [ -n "$found" ]; do
    # shellcheck disable=SC2086 # one argument per process
    kill -KILL $found 2>/dev/null
  done
  rm -rf -- "$directory"
  exit
}

# Sets $found to the processes that are still alive.
find_processes() {
  # macOS has no /proc. safaridriver stays in this script's process group, and pgrep leaves its own ancestors out there.
  if [ ! -d /proc/self ]; then
    found=$(pgrep -g $$)
    return 0
  fi
  found=$(grep --files-with-matches --no-messages --null-data --fixed-strings --line-regexp \
    "$mark" /proc/[0-9]*/environ | cut -d / -f 3)
  for process in /proc/[0-9]*; do
    read -r stat 2>/dev/null <"$process/stat" || continue
    # After the command's name in parentheses: state, parent, process group, session.
    # shellcheck disable=SC2086 # split into fields
    set -- ${stat##*) }
    if [ "$4" = $$ ] && [ "$1" != Z ] && [ "$process" != /proc/$$ ]; then
      found="$found ${process#/proc/}"
    fi
  done
}

trap clean_up USR1
(
  env "$mark" "$@" </dev/null
  kill -USR1 $$
) &

# An interrupt at the terminal is the caller's business; the pipe alone decides when this script is done.
trap '' INT TERM HUP
read -r _
clean_up
