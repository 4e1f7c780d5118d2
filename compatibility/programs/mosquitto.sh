#!/bin/sh
# Mosquitto, for anybody
mkdir -p "$1" && cd "$1" || exit 1
printf 'listener %s 127.0.0.1\nallow_anonymous true\npersistence false\nuser %s\n' "$1" "$(id -un)" > mosquitto.conf
exec mosquitto -c "$PWD/mosquitto.conf"
