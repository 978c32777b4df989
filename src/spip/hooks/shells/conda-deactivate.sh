if [ -n "${__spip_conda-}" ]; then
    unset -f pip pip3
    unset __spip_conda
fi
