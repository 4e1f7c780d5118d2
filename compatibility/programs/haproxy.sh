#!/bin/sh
# HAProxy, which answers by itself
mkdir -p "$1" && cd "$1" || exit 1
cat > haproxy.cfg <<END
defaults
    mode http
    timeout client 60s
    timeout server 60s
    timeout connect 5s
frontend front
    bind 127.0.0.1:$1
    http-request return status 200 content-type text/plain string "hello"
END
exec /usr/sbin/haproxy -db -f haproxy.cfg
