"""pip's own ways to go without verification: named, logged, kept out of its caches, or forbidden.

`--trusted-host` in any spelling, and plain HTTP as an index, a file or the end of a redirect. They
work, because spip is pip; an administrator's policy may forbid them.
"""

import optparse
import re

from spip import redact
from spip.bridge import patches, setting_origin, subprocesses

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, List, Tuple

    from spip.bridge.run import Run
    from spip.bridge.unverified import Unverified


def consider(run: "Run", options: "Any") -> None:
    """What may go without verification in this session, before it is built."""
    consent = run.plan["consent"]
    if "trusted host" not in run.patches.used:  # pip builds a second session for its self-check
        watch(run)
    run.options.append(options)
    for notice in consent["notices"]:
        run.say(notice)
    run.patches.hold()
    if consent["grants"] or options.trusted_hosts or any(plain_urls(options)):
        run.without_verification().begin(options)


def watch(run: "Run") -> None:
    """Hook what switches verification off for a host, and what comes unencrypted."""

    def add_trusted_host(original: "Any") -> "Any":
        def call(*args: "Any", **options: "Any") -> None:
            if run.watches_connections():
                _trust_host(run, patches.arguments(original, args, options))
            original(*args, **options)
            if run.children.without_cache:
                from spip.bridge import subprocesses

                subprocesses.leave(run)

        return call

    def obtain(given: "Any", *_: "Any") -> None:
        url = given["url"]
        named = str(getattr(url, "secret", url))
        if subprocesses.is_plain(named) and run.watches_connections():
            run.without_verification().own_ways.checkout(named)

    def handle_option_line(given: "Any", *_: "Any") -> None:
        line = next(each for each in given.values() if isinstance(each, optparse.Values))
        if run.watches_connections() and any(plain_urls(line)):
            number = given.get("lineno", "?")
            run.without_verification().own_ways.note_line(line, given["filename"], number)

    def _get_candidates(given: "Any", found: "Any") -> "Any":
        """Find no wheel that was built from what came unencrypted: pip alone would have kept it."""
        link = given["link"]
        plain = link and run.watches_connections() and subprocesses.is_plain(link.url)
        return [] if plain else found

    use, nicety = run.patches.use, run.patches.nicety
    use("trusted host", add_trusted_host)
    use("checkout", run.patches.guard("checkout", before=obtain))
    use("wheel candidates", run.patches.guard("wheel candidates", after=_get_candidates))
    use("requirements line", nicety("requirements line", handle_option_line))


def _trust_host(run: "Run", given: "Any") -> None:
    host = given.get("host")
    if isinstance(host, str):
        run.without_verification().own_ways.trusted(host, given.get("source"))
    else:
        run.patches.fail("trusted host", TypeError("no host"))


def plain_urls(options: "Any") -> "Iterator[Tuple[str, str]]":
    """The http:// addresses among pip's options, each with the name that pip keeps it under."""
    for name in ("index_url", "extra_index_urls", "find_links"):
        value = getattr(options, name, None) or ()
        for url in (value,) if isinstance(value, str) else value:
            if str(url)[:5].lower() == "http:":
                yield name, url


_REQUIREMENTS_LINE = re.compile(r"line (\d+) of (.*)", re.DOTALL)
_SWITCH_OFF = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # empty, for requests before 2.28
# Letters that the host of a URL can't have, or that make something else of what stands there.
_ODD = re.compile("[/\\s\"'`*,;<>()\\\\^{}|]|[^\\x20-\\x7e]")
_SETTINGS = {
    "index_url": setting_origin.INDEX_URL,
    "extra_index_urls": setting_origin.EXTRA_INDEX_URL,
    "find_links": setting_origin.FIND_LINKS,
}


class OwnWays:
    """What this run meets of them; each is told once."""

    def __init__(self, run: "Run", unverified: "Unverified") -> None:
        self.run = run
        self.unverified = unverified
        self.odd = []  # type: List[Tuple[str, Any]]  # what was trusted and is no host's name
        self.met = {}  # type: Dict[Any, Any]  # host or origin, by what it was told as
        self.lines = {}  # type: Dict[Any, str]  # requirements files' http lines, by origin
        # A build's pip is told in words of its own what the one that started it has told already.
        build = run.plan.get("build") or {"named": (), "lines": ()}
        self.named = {tuple(each) for each in build["named"]}
        self.lines.update((tuple(origin), place) for origin, place in build["lines"])

    def begin(self, options: "Any") -> None:
        """Before a session is built: what its options show needs no caches from the start."""
        if options.trusted_hosts or any(plain_urls(options)):
            subprocesses.switch_off(self.run)

    def trusted(self, host: str, source: "Any" = None) -> None:
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

        `pinned`: by a way of a grant, to another certificate. Raises CommandError if it may not.
        """
        place = redact.origin(url) or ("", "", 0)
        plain = url[:5].lower() == "http:"
        if (plain and (place in self.met or place in self.named)) or self._is_named(place):
            return
        if pinned or self.run.patches.strict():
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

    def follow(self, adapter: "Any", answer: "Any") -> None:
        """Have what comes without verification hashed."""
        if answer.url[:5].lower() == "http:" or _is_insecure(adapter):
            self.unverified.fetched.follow(answer)

    def note_line(self, line: "Any", filename: str, number: "Any") -> None:
        """A requirements file's options: remember where plain HTTP came from."""
        for _, url in plain_urls(line):
            place = "%s (line %s)" % (redact.cleaned(filename), number)
            self.lines[redact.origin(url)] = place
            subprocesses.switch_off(self.run)

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
        empty = [name for name in _SWITCH_OFF if self.run.environ.get(name) == ""]
        return "%s is empty" % empty[0] if empty else "pip's own doing"

    def _forbid_or_stop(self, named: str) -> None:
        if not self.run.plan["consent"]["own_ways"]:
            self._forbid(named, self._cause())
        self.unverified.stop(
            ["stopped: %s without verification, where spip can't see what allowed it" % named]
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
        consent = self.run.plan["consent"]
        named = redact.without_page(value) if plain else redact.host(value)
        if not consent["own_ways"]:
            self._forbid(named, shown)
        self.met[key] = self._named(value, plain=plain)
        subprocesses.switch_off(self.run)
        answer = self.unverified.record.tell(
            "own_way", what=what, value=redact.cleaned(value) if plain else named, where=place
        )
        if not answer["ok"]:
            self.unverified.stop([answer.get("why") or "it can't be logged"])
        if answer.get("why"):
            self.run.say(answer["why"])
        if answer.get("say", True):
            self._name(named, shown, plain=plain)

    def _name(self, named: str, shown: str, *, plain: bool) -> None:
        fact = "%s is not encrypted" if plain else "VERIFICATION IS OFF for %s"
        self.run.say(
            "%s (%s): anyone on the way can change what is installed from it"
            % (fact % named, shown)
        )
        remedy = "" if plain else "; better: %s allow-insecure %s --reason TEXT"
        self.run.say(
            "  pip's caches are not used in this run"
            + ((remedy and " " not in named and remedy % (self.run.plan["spip"], named)) or "")
        )

    def _forbid(self, named: str, shown: str) -> None:
        consent = self.run.plan["consent"]
        broken = ", which can't be obeyed: %s" % consent["broken"] if consent["broken"] else ""
        self.unverified.stop(
            [
                "forbidden by policy: %s without verification (%s)" % (named, shown),
                "  the policy: %s%s" % (consent["policy"], broken),
            ]
        )

    def _place(self, names: "Any", value: str) -> "setting_origin.SettingOrigin":
        return self.run.patches.quietly(
            "where it was set", self._found_in, names, value
        ) or setting_origin.SettingOrigin("command line", "--" + names[0])

    def _found_in(self, names: "Any", value: str) -> "setting_origin.SettingOrigin":
        isolated = "--isolated" in self.run.arguments  # as pip itself looks for it
        files = setting_origin.configuration_files(isolated=isolated)
        environ = {} if isolated else self.run.environ
        return setting_origin.setting_origin_of(names, value, self.run.arguments, environ, files)

    def _place_of_index(self, origin: "Any") -> str:
        if origin in self.lines:
            return self.lines[origin]
        for options in self.run.options:
            for dest, url in plain_urls(options):
                if redact.origin(url) == origin:
                    return self._place(_SETTINGS[dest], url).shown
        return ""


def _is_insecure(adapter: "Any") -> bool:
    """Whether pip uses it for hosts that it trusts without verification."""
    return type(adapter).__name__.startswith("Insecure")
