"""Meet pip's own ways without verification where pip applies them, before they have an effect.

They come by options, settings and requirements files, which may be nested or fetched; all of them
pass through here.
"""

import optparse

from spip.bridge import checkouts, patches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator, Tuple

    from spip.bridge.run import Run


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
                from spip.bridge import caches

                caches.leave(run)

        return call

    def obtain(given: "Any", *_: "Any") -> None:
        url = given["url"]
        named = str(getattr(url, "secret", url))
        if checkouts.is_plain(named) and run.watches_connections():
            run.without_verification().own_ways.checkout(named)

    def handle_option_line(given: "Any", *_: "Any") -> None:
        line = next(each for each in given.values() if isinstance(each, optparse.Values))
        if run.watches_connections() and any(plain_urls(line)):
            number = given.get("lineno", "?")
            run.without_verification().own_ways.note_line(line, given["filename"], number)

    def _get_candidates(given: "Any", found: "Any") -> "Any":
        """Find no wheel that was built from what came unencrypted: pip alone would have kept it."""
        link = given["link"]
        plain = link and run.watches_connections() and checkouts.is_plain(link.url)
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
