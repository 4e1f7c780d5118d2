#!/bin/sh
# OpenSSH's server, with a key of its own
mkdir -p "$1" && cd "$1" || exit 1
[ "$(id -u)" = 0 ] && mkdir -p /run/sshd
ssh-keygen -q -t ed25519 -N '' -f key
printf 'Port %s\nListenAddress 127.0.0.1\nHostKey %s/key\nPidFile none\nUsePAM no\n' "$1" "$PWD" > sshd.conf
exec /usr/sbin/sshd -D -e -f "$PWD/sshd.conf"
