# spip: pip of this conda environment, unless something else answers to pip already.
if [ "$(command -v pip)" != pip ] && [ "$(command -v pip3)" != pip3 ] && ! alias pip >/dev/null 2>&1; then
    eval 'pip() { "$CONDA_PREFIX/spip/bin/pip" "$@"; }'
    eval 'pip3() { "$CONDA_PREFIX/spip/bin/pip3" "$@"; }'
    __spip_conda=1
fi
