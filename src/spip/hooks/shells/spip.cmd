%SystemRoot%\System32\doskey.exe pip=@SPIP@ $*
%SystemRoot%\System32\doskey.exe pip3=@SPIP@ $*
