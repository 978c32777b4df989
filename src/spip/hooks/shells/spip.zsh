# pip, pip3 and pip3.X mean spip in this shell; `command pip` is pip itself. Starts no process.
unalias pip pip3 2>/dev/null || :

function __spip_pip { # INTERPRETER NAME ARGUMENTS...
    emulate -L zsh
    local __spip_python=$1 __spip_name=$2
    shift 2
    if ! [[ -f @FILE@ ]] || ! whence -p -- "$__spip_python" >/dev/null; then
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
    case "$(whence -p -- "$1")" in
        "${PYENV_ROOT:-${HOME-}/.pyenv}"/shims/*) command pyenv rehash ;;
        "${ASDF_DATA_DIR:-${HOME-}/.asdf}"/shims/*) command asdf reshim python ;;
    esac
}

function pip { __spip_pip python3 pip "$@" }
function pip3 { __spip_pip python3 pip3 "$@" }

# For compsys, and for the older compctl where compinit was not run.
function __spip_complete {
    [[ -f @FILE@ ]] || return 0
    compadd -- $(COMP_WORDS="$words[*]" COMP_CWORD=$((CURRENT - 1)) PIP_AUTO_COMPLETE=1 @SPIP@ 2>/dev/null)
}

function __spip_compctl {
    local words cword
    [[ -f @FILE@ ]] || return 0
    read -Ac words
    read -cn cword
    reply=($(COMP_WORDS="$words[*]" COMP_CWORD=$((cword - 1)) PIP_AUTO_COMPLETE=1 @SPIP@ 2>/dev/null))
}

function __spip_offer {
    if (( $+functions[compdef] )); then
        compdef __spip_complete "$@"
    elif [[ -o interactive ]]; then
        compctl -K __spip_compctl "$@"
    fi
}

for __spip_minor in @MINORS@; do
    unalias "pip3.$__spip_minor" 2>/dev/null || :
    eval "function pip3.$__spip_minor { __spip_pip python3.$__spip_minor pip3.$__spip_minor \"\$@\" }"
    __spip_offer "pip3.$__spip_minor" || :
done
unset __spip_minor
__spip_offer pip pip3 @NAME@ || :
