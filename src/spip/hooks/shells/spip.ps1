# pip, pip3 and pip3.X mean spip in this shell; (Get-Command pip -CommandType Application) is pip
# itself. Starts no process.
function global:__SpipPip {
    param([string] $Python, [string] $Name, [object[]] $Rest, $Piped, [bool] $IsPiped)
    $words = @(@SPIP@)
    $onWindows = [Environment]::OSVersion.Platform -eq 'Win32NT'
    $has = $onWindows -or (Get-Command $Python -CommandType Application -ErrorAction Ignore)
    if (-not (Test-Path -LiteralPath @FILE@) -or -not $has) {
        $pip = Get-Command $Name -CommandType Application -ErrorAction Stop | Select-Object -First 1
        $words = @($pip.Path)
        $has = $false
    }
    $program, $first = $words
    $all = @($first) + @($Rest) | Where-Object { $null -ne $_ }
    $before = $env:SPIP_PYTHON
    try {
        # The first Python on PATH is the active environment's, whichever tool activated it.
        if ($has -and -not $onWindows -and -not $before) { $env:SPIP_PYTHON = $Python }
        if ($IsPiped) { $Piped | & $program @all } else { & $program @all }
    } finally {
        $env:SPIP_PYTHON = $before
    }
}

foreach ($__spip in @('3') + ('@MINORS@'.Split(' ') | ForEach-Object { "3.$_" })) {
    Remove-Item -Path "Alias:pip$__spip" -Force -ErrorAction Ignore
    Set-Item -Path "function:global:pip$__spip" -Value ([scriptblock]::Create(
        "__SpipPip 'python$__spip' 'pip$__spip' `$args `$input `$MyInvocation.ExpectingInput"))
}
Remove-Item -Path Alias:pip -Force -ErrorAction Ignore
function global:pip { __SpipPip 'python3' 'pip' $args $input $MyInvocation.ExpectingInput }
Remove-Variable -Name __spip

Register-ArgumentCompleter -Native -CommandName pip, pip3, @NAME@ -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @(@SPIP@)
    if (-not (Test-Path -LiteralPath @FILE@)) { return }
    $typed = "$commandAst"
    $count = $commandAst.CommandElements.Count
    $env:COMP_WORDS = $typed
    $env:COMP_CWORD = if ($wordToComplete) { $count - 1 } else { $count }
    $env:PIP_AUTO_COMPLETE = '1'
    try {
        $program, $first = $words
        (& $program @($first | Where-Object { $null -ne $_ }) 2>$null) -split '\s+' | Where-Object { $_ } |
            ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
    } finally {
        $env:COMP_WORDS = $env:COMP_CWORD = $env:PIP_AUTO_COMPLETE = $null
    }
}
