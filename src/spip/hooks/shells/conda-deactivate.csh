if ( $?__spip_conda ) then
    unalias pip
    unalias pip3
    unset __spip_conda
endif
