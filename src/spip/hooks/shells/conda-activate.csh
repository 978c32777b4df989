# spip: pip of this conda environment, unless something else answers to pip already.
if ( "`alias pip`" == "" && "`alias pip3`" == "" ) then
    alias pip '"$CONDA_PREFIX/spip/bin/pip"'
    alias pip3 '"$CONDA_PREFIX/spip/bin/pip3"'
    set __spip_conda = 1
endif
