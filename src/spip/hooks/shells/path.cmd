@rem pip by spip; without spip, the next pip on PATH, and none of the current folder.
@setlocal
@if not exist @FILE@ goto next
@@SPIP@ %*
@exit /b
:next
@for /f "delims=" %%i in ('%SystemRoot%\System32\where.exe $PATH:%~n0.exe') do @"%%i" %* & exit /b
@exit /b 9009
