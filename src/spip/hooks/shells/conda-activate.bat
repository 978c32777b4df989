@doskey pip="%CONDA_PREFIX%\spip\bin\pip.cmd" $*
@doskey pip3="%CONDA_PREFIX%\spip\bin\pip3.cmd" $*
