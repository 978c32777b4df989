"""Unpack the pip that the single file carries, and keep it compiled.

Compiled also where Python is told to write nothing: PYTHONDONTWRITEBYTECODE is for the user's
folders, this one is spip's cache, and compiling pip anew each time would double the time of a short
command. Read by Python 3.10 and newer, as that pip is.
"""

import atexit
import sys
from importlib.machinery import PathFinder, SourceFileLoader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any, Optional

    from spip.standalone.single_file import SingleFile


def pip(single: "SingleFile") -> str:
    """Folder of that pip, for this interpreter, which has none. Raises SpipError."""
    folder = single.folder("pip")
    if single.temporary is not None:
        atexit.register(single.remove_temporary)
    elif sys.dont_write_bytecode:
        sys.meta_path.insert(0, _Finder(folder))
    return folder


class _Loader(SourceFileLoader):
    def get_code(self, fullname: str) -> "Optional[CodeType]":
        """Only reads and compiles: no other module is loaded while this one may be written."""
        sys.dont_write_bytecode = False
        try:
            return super().get_code(fullname)
        finally:
            sys.dont_write_bytecode = True


class _Finder:
    def __init__(self, folder: str) -> None:
        self.folder = folder

    def find_spec(self, fullname: str, path: "Any" = None, target: "Any" = None) -> "Any":
        """What importlib asks for: where a module of pip's is, or None."""
        if fullname.partition(".")[0] != "pip":
            return None
        spec = PathFinder.find_spec(fullname, path or [self.folder], target)
        if spec is not None and type(spec.loader) is SourceFileLoader:
            spec.loader = _Loader(fullname, spec.loader.path)
        return spec
