#!/bin/sh
# nginx: two worker processes, each an event loop; its files stay in the current folder
mkdir -p "$1" && cd "$1" || exit 1
cat > nginx.conf <<END
daemon off;
worker_processes 2;
pid $PWD/nginx.pid;
error_log stderr;
events {}
http {
    access_log off;
    client_body_temp_path $PWD/body;
    proxy_temp_path $PWD/proxy;
    fastcgi_temp_path $PWD/fastcgi;
    uwsgi_temp_path $PWD/uwsgi;
    scgi_temp_path $PWD/scgi;
    server { listen 127.0.0.1:$1; location / { return 200 "hello\n"; } }
}
END
exec nginx -p "$PWD" -c "$PWD/nginx.conf" -e stderr
