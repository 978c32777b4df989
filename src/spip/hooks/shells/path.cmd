@rem pip by spip; without spip, the next pip on PATH.
@setlocal
@if not exist @FILE@ goto next
@@SPIP@ %*
@exit /b
:next
@for /f "delims=" %%i in ('where %~n0.exe') do @"%%i" %* & exit /b
@exit /b 9009
