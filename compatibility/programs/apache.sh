#!/bin/sh
# Apache httpd with the multi-processing module $2 (prefork, worker, event)
mkdir -p "$1" && cd "$1" || exit 1
modules=/usr/lib/apache2/modules
mkdir -p pages && echo hello > pages/index.html
cat > apache.conf <<END
ServerRoot $PWD
ServerName localhost
Listen 127.0.0.1:$1
PidFile $PWD/apache.pid
ErrorLog /dev/stderr
DefaultRuntimeDir $PWD
LoadModule mpm_$2_module $modules/mod_mpm_$2.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule dir_module $modules/mod_dir.so
User www-data
Group www-data
DocumentRoot $PWD/pages
KeepAlive On
MaxKeepAliveRequests 0
END
chmod 755 "$PWD" pages
exec /usr/sbin/apache2 -f "$PWD/apache.conf" -DFOREGROUND
