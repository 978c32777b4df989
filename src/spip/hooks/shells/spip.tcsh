# pip, pip3 and pip3.X mean spip in this shell; `\pip` is pip itself. Starts no process.
# Aliases have no conditions, so a shell decides when one is used: SPIP_PYTHON as the user set it,
# else the first Python on PATH, which is the active environment's.
if ( -f @FILE@ ) then
    set __spip = ( @SPIP@ )
    set __spip_file = @FILE@
    set __spip_run = 'name=$1; python=$2; shift 2; if [ -f "$FILE" ] && command -v "$python" >/dev/null; then SPIP_PYTHON="${SPIP_PYTHON:-$python}"; export SPIP_PYTHON; unset FILE; exec "$@"; fi; shift "$WORDS"; exec "$name" "$@"'
    set __spip_offer = 'set -f; count() { n=$#; }; count $COMMAND_LINE; case "$COMMAND_LINE" in *" ") ;; *) n=$((n - 1));; esac; COMP_CWORD=$n COMP_WORDS="$COMMAND_LINE" PIP_AUTO_COMPLETE=1'
    alias pip 'env FILE=$__spip_file:q WORDS=$#__spip /bin/sh -c $__spip_run:q sh pip python3 $__spip:q'
    alias pip3 'env FILE=$__spip_file:q WORDS=$#__spip /bin/sh -c $__spip_run:q sh pip3 python3 $__spip:q'
    foreach __spip_minor ( @MINORS@ )
        alias pip3.$__spip_minor 'env FILE=$__spip_file:q WORDS=$#__spip /bin/sh -c $__spip_run:q sh pip3.'$__spip_minor' python3.'$__spip_minor' $__spip:q'
    end
    unset __spip_minor
    foreach __spip_name ( pip pip3 @NAME@ )
        complete $__spip_name 'p@*@`env WORDS= /bin/sh -c $__spip_offer:q\ \"\$@\" sh $__spip:q`@'
    end
    unset __spip_name
endif
