# spip: pip of this conda environment, unless something else answers to pip already.
if (-not (Get-Command pip, pip3 -CommandType Function, Alias -ErrorAction Ignore)) {
    function global:pip { & "$Env:CONDA_PREFIX/spip/bin/pip" @args }
    function global:pip3 { & "$Env:CONDA_PREFIX/spip/bin/pip3" @args }
    $global:__SpipConda = $true
}
