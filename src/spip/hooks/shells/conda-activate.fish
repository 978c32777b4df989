# spip: pip of this conda environment, unless something else answers to pip already.
if not functions -q pip; and not functions -q pip3
    function pip
        "$CONDA_PREFIX/spip/bin/pip" $argv
    end
    function pip3
        "$CONDA_PREFIX/spip/bin/pip3" $argv
    end
    set -g __spip_conda 1
end
