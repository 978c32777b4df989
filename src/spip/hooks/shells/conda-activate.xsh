# spip: pip of this conda environment, unless something else answers to pip already.
if 'pip' not in aliases and 'pip3' not in aliases:
    aliases['pip'] = [$CONDA_PREFIX + '/spip/bin/pip']
    aliases['pip3'] = [$CONDA_PREFIX + '/spip/bin/pip3']
    __spip_conda = True
