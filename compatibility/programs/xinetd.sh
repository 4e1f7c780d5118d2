#!/bin/sh
# xinetd, with its own echo service
mkdir -p "$1" && cd "$1" || exit 1
cat > xinetd.conf <<END
service echo
{
    type = INTERNAL UNLISTED
    id = echo-here
    socket_type = stream
    protocol = tcp
    user = root
    wait = no
    port = $1
    bind = 127.0.0.1
    cps = 100000 1
    instances = UNLIMITED
    per_source = UNLIMITED
}
END
exec /usr/sbin/xinetd -dontfork -f "$PWD/xinetd.conf" -pidfile "$PWD/xinetd.pid"
