"""Name, log, keep out of caches or forbid what pip itself lets go without verification.

`--trusted-host` in any spelling, and plain HTTP as an index, a file or the end of a redirect. They
work, because spip is pip; an administrator's policy may forbid them.
"""

import re

from spip import redact
from spip.bridge import caches, setting_origin, stop_run
from spip.bridge.patches import quietly
from spip.bridge.unencrypted import http_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Tuple

    from spip.bridge.audit_client import AuditClient
    from spip.bridge.context import Context
    from spip.bridge.download_log import DownloadLog
    from spip.bridge.patches import Patches


_REQUIREMENTS_LINE = re.compile(r"line (\d+) of (.*)", re.DOTALL)
_SWITCH_OFF = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # empty, for requests before 2.28
# Letters that the host of a URL can't have, or that make something else of what stands there.
_ODD = re.compile("[/\\s\"'`*,;<>()\\\\^{}|]|[^\\x20-\\x7e]")
_SETTINGS = {
    "index_url": setting_origin.INDEX_URL,
    "extra_index_urls": setting_origin.EXTRA_INDEX_URL,
    "find_links": setting_origin.FIND_LINKS,
}


class NativeRelaxations:
    """What this run meets of them; each is named once."""

    def __init__(
        self,
        context: "Context",
        patches: "Patches",
        audit: "AuditClient",
        downloads: "DownloadLog",
    ) -> None:
        self.context = context
        self.patches = patches
        self.audit = audit
        self.downloads = downloads
        self.odd = []  # type: List[Tuple[str, Any]]  # what was trusted and is no host's name
        self.met = {}  # type: Dict[Any, Any]  # host or origin, by what it was told as
        self.lines = {}  # type: Dict[Any, str]  # requirements files' http lines, by origin
        # A build's pip is told in words of its own what the one that started it has told already.
        build = context.plan.get("build") or {"named": (), "lines": ()}
        self.named = {tuple(each) for each in build["named"]}
        self.lines.update((tuple(origin), place) for origin, place in build["lines"])

    def begin_session(self, options: "Any") -> None:
        """Before a session is built: what its options show needs no caches from the start."""
        if options.trusted_hosts or any(http_options(options)):
            caches.switch_off(self.context)

    def trust_host(self, host: str, source: "Any" = None) -> None:
        """A host is about to be trusted; `source` is pip's own word for a requirements line.

        What is no host's name is met only where pip does go there (`meet_odd`): pip compares it
        letter by letter, so that quotes of an env file leave verification on. Raises pip's
        CommandError where it is forbidden.
        """
        if _ODD.search(host):
            self.odd.append((host, source))
        else:
            self._trusted(host, source)

    def meet_odd(self, adapter: "Any", request: "Any") -> None:
        """Before a request is sent: what was held back, if this one goes without verification."""
        if self.odd and request.url[:6].lower() == "https:" and _is_insecure(adapter):
            odd, self.odd = self.odd, []
            for host, source in odd:
                self._trusted(host, source)

    def _trusted(self, host: str, source: "Any") -> None:
        line = _REQUIREMENTS_LINE.match(source or "")
        if line:
            place = "%s (line %s)" % (redact.cleaned(line.group(2)), line.group(1))
            self._meet("requirements", host, place, "--trusted-host in " + place)
            return
        found = self._place(setting_origin.TRUSTED_HOST, host)
        what = {"variable": found.shown, "file": "config"}.get(found.kind, "--trusted-host")
        place = found.shown if found.kind == "file" else ""
        self._meet(what, host, place, "trusted-host in " + place if place else found.shown)

    def plain(self, request: "Any", redirected_from: str = "") -> None:
        """A request is about to leave without TLS. Raises pip's CommandError if that may not be."""
        if redirected_from[:6].lower() == "https:":
            came = "%s redirects there" % redact.without_page(redirected_from)
            self._meet("http redirect", request.url, came, came)
        elif "html" in str(request.headers.get("Accept", "")):  # what pip asks for as an index
            self._index(request.url)
        else:
            self._meet("http file", request.url, "", "a file's address")

    def empty_variable(self, name: str) -> None:
        """A variable that is empty is about to switch verification off, for every host."""
        self._meet("empty variable", "every host", name, "%s is empty" % name)

    def in_effect(self, url: str, *, pinned: bool = False) -> None:
        """A request is about to leave that nobody verifies, whatever made pip send it so.

        `pinned`: by a grant's adapter, to another certificate. Raises CommandError if it may not.
        """
        place = redact.origin(url) or ("", "", 0)
        plain = url[:5].lower() == "http:"
        if (plain and (place in self.met or place in self.named)) or self._is_named(place):
            return
        if pinned or self.patches.is_strict():
            self.unforeseen(redact.without_page(url))
        shown = "pip's own doing" if plain else self._cause()
        what = "http request" if plain else "no verification"
        self._meet(what, url if plain else redact.shown(place[1], place[2]), "", shown)

    def unforeseen(self, host: str) -> None:
        """What no guard has let pass is about to go there."""
        self._forbid_or_stop(redact.host(host))

    def checkout(self, url: str) -> None:
        """A repository is about to be fetched unencrypted. Raises CommandError if it may not be."""
        self._meet("http checkout", url, "", "a repository's address")

    def unverified_checkout(self, host: str, reason: str) -> None:
        """A repository is about to be fetched by a git that verifies nothing at this host."""
        self._meet("git", host, "", reason)

    def follow(self, adapter: "Any", answer: "Any") -> None:
        """Have what comes without verification hashed."""
        if answer.url[:5].lower() == "http:" or _is_insecure(adapter):
            self.downloads.follow(answer)

    def note_line(self, line: "Any", filename: str, number: "Any") -> None:
        """A requirements file's options: remember where plain HTTP came from."""
        for _, url in http_options(line):
            place = "%s (line %s)" % (redact.cleaned(filename), number)
            self.lines[redact.origin(url)] = place
            caches.switch_off(self.context)

    def known(self) -> "Dict[str, Any]":
        """The same for a build's pip, as plain values."""
        named = [each for each in self.named | set(self.met.values()) if each]
        lines = [(origin, place) for origin, place in self.lines.items() if origin]
        return {"named": named, "lines": lines}

    def _is_named(self, place: "Any") -> bool:
        """Whether that host is a trusted one, by itself or with its port."""
        host, port = place[1], place[2]
        bare = "[%s]" % host if ":" in host else host
        spelt = {host, bare, "%s:%d" % (bare, port), "every host"}
        return any(
            each and each[0] == "" and each[1] in spelt
            for each in self.named | set(self.met.values())
        )

    def _cause(self) -> str:
        """What made pip verify nothing, as far as that can be told."""
        empty = [name for name in _SWITCH_OFF if self.context.environ.get(name) == ""]
        return "%s is empty" % empty[0] if empty else "pip's own doing"

    def _forbid_or_stop(self, named: str) -> None:
        if not self.context.plan["consent"]["own_ways"]:
            self._forbid(named, self._cause())
        stop_run.stop(
            self.context,
            ["stopped: %s without verification, where spip can't see what allowed it" % named],
        )

    def _named(self, value: str, *, plain: bool) -> "Any":
        return redact.origin(value) if plain else ("", redact.host(value).lower(), 0)

    def _index(self, url: str) -> None:
        place = self._place_of_index(redact.origin(url))
        self._meet("http index", url, place, place or "an index")

    def _meet(self, what: str, value: str, place: str, shown: str) -> None:
        plain = what.startswith("http ")
        # An index's own files come along with it.
        key = redact.origin(value) if plain else (what, value.lower(), place)  # type: Any
        if key in self.met or self._named(value, plain=plain) in self.named:
            return
        consent = self.context.plan["consent"]
        named = redact.without_page(value) if plain else redact.host(value)
        if not consent["own_ways"]:
            self._forbid(named, shown)
        self.met[key] = self._named(value, plain=plain)
        caches.switch_off(self.context)
        answer = self.audit.log(
            "own_way", what=what, value=redact.cleaned(value) if plain else named, where=place
        )
        if not answer["ok"]:
            stop_run.stop(self.context, [answer.get("why") or "it can't be logged"])
        if answer.get("why"):
            self.context.say(answer["why"])
        if answer.get("say", True):
            self._name(named, shown, plain=plain)

    def _name(self, named: str, shown: str, *, plain: bool) -> None:
        fact = "%s is not encrypted" if plain else "VERIFICATION IS OFF for %s"
        self.context.say(
            "%s (%s): anyone on the way can change what is installed from it"
            % (fact % named, shown)
        )
        remedy = "" if plain else "; better: %s allow-insecure %s --reason TEXT"
        self.context.say(
            "  pip's caches are not used in this run"
            + ((remedy and " " not in named and remedy % (self.context.plan["spip"], named)) or "")
        )

    def _forbid(self, named: str, shown: str) -> None:
        consent = self.context.plan["consent"]
        broken = ", which can't be obeyed: %s" % consent["broken"] if consent["broken"] else ""
        stop_run.stop(
            self.context,
            [
                "forbidden by policy: %s without verification (%s)" % (named, shown),
                "  the policy: %s%s" % (consent["policy"], broken),
            ],
        )

    def _place(self, names: "Any", value: str) -> "setting_origin.SettingOrigin":
        return quietly(
            self.context, "where it was set", self._found_in, names, value
        ) or setting_origin.SettingOrigin("command line", "--" + names[0])

    def _found_in(self, names: "Any", value: str) -> "setting_origin.SettingOrigin":
        isolated = "--isolated" in self.context.arguments  # as pip itself looks for it
        files = setting_origin.configuration_files(isolated=isolated)
        environ = {} if isolated else self.context.environ
        return setting_origin.setting_origin_of(
            names, value, self.context.arguments, environ, files
        )

    def _place_of_index(self, origin: "Any") -> str:
        if origin in self.lines:
            return self.lines[origin]
        for options in self.context.options:
            for dest, url in http_options(options):
                if redact.origin(url) == origin:
                    return self._place(_SETTINGS[dest], url).shown
        return ""


def _is_insecure(adapter: "Any") -> bool:
    """Whether pip uses it for hosts that it trusts without verification."""
    return type(adapter).__name__.startswith("Insecure")
