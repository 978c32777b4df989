# pip, pip3 and pip3.X mean spip in this shell; `command pip` is pip itself. Starts no process.
unalias pip pip3 2>/dev/null || :

__spip_pip() { # INTERPRETER NAME ARGUMENTS...; POSIX has no local variables
    __spip_python=$1 __spip_name=$2
    shift 2
    if ! [ -f @FILE@ ] || ! command -v "$__spip_python" >/dev/null; then
        command "$__spip_name" "$@"
        return
    fi
    # The first Python on PATH is the active environment's, whichever tool activated it.
    SPIP_PYTHON="${SPIP_PYTHON:-$__spip_python}" @SPIP@ "$@" || return
    case " $* " in
        *" install "* | *" uninstall "*) __spip_shims "$__spip_python" || : ;;
    esac
}

__spip_shims() { # what a version manager does after its own pip
    case "$(command -v "$1")" in
        "${PYENV_ROOT:-${HOME-}/.pyenv}"/shims/*) command pyenv rehash ;;
        "${ASDF_DATA_DIR:-${HOME-}/.asdf}"/shims/*) command asdf reshim python ;;
    esac
}

pip() { __spip_pip python3 pip "$@"; }
pip3() { __spip_pip python3 pip3 "$@"; }

# Functions can't have a dot in their name here, aliases can.
for __spip_minor in @MINORS@; do
    alias "pip3.$__spip_minor=__spip_pip python3.$__spip_minor pip3.$__spip_minor" || :
done
unset __spip_minor
