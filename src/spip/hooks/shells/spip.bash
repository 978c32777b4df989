# pip, pip3 and pip3.X mean spip in this shell; `command pip` is pip itself. Starts no process.
unalias pip pip3 2>/dev/null || :

function __spip_pip { # INTERPRETER NAME ARGUMENTS...
    local __spip_python=$1 __spip_name=$2
    shift 2
    case "${OSTYPE-}" in msys* | cygwin*) __spip_python= ;; esac
    if ! [ -f @FILE@ ] || { [ -n "$__spip_python" ] && ! type -P "$__spip_python" >/dev/null; }; then
        command "$__spip_name" "$@"
        return
    fi
    # The first Python on PATH is the active environment's, whichever tool activated it.
    SPIP_PYTHON="${SPIP_PYTHON:-$__spip_python}" @SPIP@ "$@" || return
    case " $* " in
        *" install "* | *" uninstall "*) __spip_shims "$__spip_python" || : ;;
    esac
}

function __spip_shims { # what a version manager does after its own pip
    case "$(type -P "${1:-python}")" in
        "${PYENV_ROOT:-${HOME-}/.pyenv}"/shims/*) command pyenv rehash ;;
        "${ASDF_DATA_DIR:-${HOME-}/.asdf}"/shims/*) command asdf reshim python ;;
    esac
}

function pip { __spip_pip python3 pip "$@"; }
function pip3 { __spip_pip python3 pip3 "$@"; }

function __spip_complete {
    [ -f @FILE@ ] || return 0
    COMPREPLY=($(COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD PIP_AUTO_COMPLETE=1 @SPIP@ 2>/dev/null))
}

complete -o default -F __spip_complete pip pip3 @NAME@ 2>/dev/null || :

# POSIX mode has no names with a dot.
case ":${SHELLOPTS-}:" in
    *:posix:*) ;;
    *)
        for __spip_minor in @MINORS@; do
            unalias "pip3.$__spip_minor" 2>/dev/null || :
            eval "function pip3.$__spip_minor { __spip_pip python3.$__spip_minor pip3.$__spip_minor \"\$@\"; }"
            complete -o default -F __spip_complete "pip3.$__spip_minor" 2>/dev/null || :
        done
        unset __spip_minor
        ;;
esac
