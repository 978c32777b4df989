"""pip's options by the names that users type; under which names it keeps them is its own affair."""

import optparse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Optional

# How an option is typed, by the name that pip has kept it under until now.
_TYPED = {
    "cache_dir": "--cache-dir",
    "cert": "--cert",
    "client_cert": "--client-cert",
    "deprecated_features_enabled": "--use-deprecated",
    "disable_pip_version_check": "--disable-pip-version-check",
    "extra_index_urls": "--extra-index-url",
    "features_enabled": "--use-feature",
    "find_links": "--find-links",
    "index_url": "--index-url",
    "require_hashes": "--require-hashes",
    "timeout": "--timeout",
    "trusted_hosts": "--trusted-host",
}
_OWN = ("values", "parser")


class Options:
    """Stands for the options that pip parsed; what it doesn't have is None."""

    def __init__(self, values: "Any", parser: "Any") -> None:
        self.values = values
        self.parser = parser

    @classmethod
    def among(cls, args: "Any", kwargs: "Dict[str, Any]") -> "Optional[Options]":
        """From what a function of pip's command was given, in whatever order."""
        given = [*args, *kwargs.values()]
        values = [each for each in given if isinstance(each, optparse.Values)]
        if not values:
            return None
        held = list(getattr(given[0], "__dict__", {}).values())
        parsers = [each for each in held if isinstance(each, optparse.OptionParser)]
        return cls(values[0], parsers[0] if parsers else None)

    def __getattr__(self, name: str) -> "Any":
        return getattr(self.values, self._kept_as(name), None)

    def __setattr__(self, name: str, value: "Any") -> None:
        if name in _OWN:
            object.__setattr__(self, name, value)
        else:
            setattr(self.values, self._kept_as(name), value)

    def without_cache(self) -> None:
        """Do what `--no-cache-dir` does."""
        self.cache_dir = False
        option = self.parser and self.parser.get_option("--no-cache-dir")
        if option:
            self.parser.values = self.values
            option.process("--no-cache-dir", None, self.values, self.parser)

    def _kept_as(self, name: str) -> str:
        typed = _TYPED.get(name)
        option = typed and self.parser and self.parser.get_option(typed)
        return str(option.dest) if option and option.dest else name
