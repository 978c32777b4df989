# pip, pip3 and pip3.X mean spip in this shell; `command pip` is pip itself. Starts no process.

function __spip_pip --description 'INTERPRETER NAME ARGUMENTS...'
    set -l python $argv[1]
    set -l name $argv[2]
    set -e argv[1..2]
    if not test -f @FILE@; or not command -sq $python
        command $name $argv
        return
    end
    # The first Python on PATH is the active environment's, whichever tool activated it.
    test -n "$SPIP_PYTHON"; or set -lx SPIP_PYTHON $python
    @SPIP@ $argv
    set -l code $status
    if test $code -eq 0; and contains -- install $argv; or contains -- uninstall $argv
        __spip_shims $python
    end
    return $code
end

function __spip_shims --description 'what a version manager does after its own pip'
    set -l pyenv "$HOME/.pyenv"
    set -q PYENV_ROOT; and set pyenv $PYENV_ROOT
    set -l asdf "$HOME/.asdf"
    set -q ASDF_DATA_DIR; and set asdf $ASDF_DATA_DIR
    switch (command -s $argv[1])
        case "$pyenv/shims/*"
            command pyenv rehash
        case "$asdf/shims/*"
            command asdf reshim python
    end
end

function __spip_complete
    test -f @FILE@; or return 0
    set -l words (commandline --current-process --tokenize --cut-at-cursor)
    set -lx COMP_CWORD (count $words)
    set -lx COMP_WORDS "$words "(commandline --current-token --cut-at-cursor)
    set -lx PIP_AUTO_COMPLETE 1
    @SPIP@ 2>/dev/null | string split -n ' '
end

function pip --description 'pip, with trust taken care of'
    __spip_pip python3 pip $argv
end

function pip3 --description 'pip, with trust taken care of'
    __spip_pip python3 pip3 $argv
end

for __spip_minor in @MINORS@
    eval "function pip3.$__spip_minor; __spip_pip python3.$__spip_minor pip3.$__spip_minor \$argv; end"
    complete -c pip3.$__spip_minor -f -a '(__spip_complete)'
end
set -e __spip_minor
for __spip_name in pip pip3 @NAME@
    complete -c $__spip_name -f -a '(__spip_complete)'
end
set -e __spip_name
