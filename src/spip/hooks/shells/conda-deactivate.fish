if set -q __spip_conda
    functions -e pip pip3
    set -e __spip_conda
end
