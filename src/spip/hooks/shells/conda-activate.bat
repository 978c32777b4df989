@rem spip: pip of this conda environment, unless a macro answers to pip already.
@%SystemRoot%\System32\doskey.exe /macros 2>nul | %SystemRoot%\System32\findstr.exe /b /i /l "pip= pip3=" >nul && exit /b 0
@%SystemRoot%\System32\doskey.exe pip="%CONDA_PREFIX%\spip\bin\pip.cmd" $*
@%SystemRoot%\System32\doskey.exe pip3="%CONDA_PREFIX%\spip\bin\pip3.cmd" $*
@set "__spip_conda=1"
@exit /b 0
