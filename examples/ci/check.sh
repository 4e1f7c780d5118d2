#!/bin/sh
# Ask the specification of a server, in any CI: ./check.sh './server --port {port}' [more options of socketspec]
# What comes out is in the folder reports; the exit status is 1 if a MUST failed, but for what expected.toml lists.
set -eu
launch=$1
shift
mkdir -p reports
[ ! -e expected.toml ] || set -- --expect expected.toml "$@"
socketspec --launch "$launch" \
    --report-html reports/socketspec.html \
    --report-json reports/socketspec.json \
    --report-markdown reports/socketspec.md \
    --badge reports/socketspec.svg \
    --junitxml reports/junit.xml \
    "$@"
