#!/bin/sh
# pip of this environment by spip; once spip is gone, this environment's own.
case "$0" in
    /*) here=${0%/*} ;;
    */*) here=$PWD/${0%/*} ;;
    *) here=$PWD ;;
esac
environment=${here%/spip/bin}
if [ -f @FILE@ ]; then
    SPIP_PYTHON=$environment/bin/python
    [ -f "$SPIP_PYTHON" ] || SPIP_PYTHON=$environment/Scripts/python.exe
    export SPIP_PYTHON
    exec @SPIP@ "$@"
fi
exec "$environment/bin/${0##*/}" "$@"
