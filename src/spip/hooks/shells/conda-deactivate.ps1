if ($global:__SpipConda) {
    Remove-Item -Path function:pip, function:pip3 -ErrorAction Ignore
    Remove-Variable -Name __SpipConda -Scope Global
}
