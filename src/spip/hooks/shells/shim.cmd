@rem pip of this environment by spip; once spip is gone, this environment's own.
@setlocal
@if not exist @FILE@ goto own
@set "SPIP_PYTHON=%~dp0..\..\Scripts\python.exe"
@if not exist "%SPIP_PYTHON%" set "SPIP_PYTHON=%~dp0..\..\python.exe"
@@SPIP@ %*
@exit /b
:own
@"%~dp0..\..\Scripts\%~n0.exe" %*
