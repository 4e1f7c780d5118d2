#!/bin/sh
# Ask the specification of a server, in any CI: ./check.sh './server --port {port}' [more options of acceptspec]
# What comes out is in the folder reports; the exit status is 1 if a MUST failed, but for what expected.toml lists.
set -eu
launch=$1
shift
mkdir -p reports
[ ! -e expected.toml ] || set -- --expect expected.toml "$@"
acceptspec --launch "$launch" \
    --report-html reports/acceptspec.html \
    --report-json reports/acceptspec.json \
    --report-markdown reports/acceptspec.md \
    --badge reports/acceptspec.svg \
    --junitxml reports/junit.xml \
    "$@"
