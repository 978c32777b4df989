@if not defined __spip_conda exit /b 0
@%SystemRoot%\System32\doskey.exe pip=
@%SystemRoot%\System32\doskey.exe pip3=
@set "__spip_conda="
