doskey pip=@SPIP@ $*
doskey pip3=@SPIP@ $*
