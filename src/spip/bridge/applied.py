"""Meet pip's own ways without verification where pip applies them, before they have an effect.

They come by options, settings and requirements files, which may be nested or fetched; all of them
pass through here.
"""

import sys

from spip.bridge import checkouts, imports

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator, Tuple

    from spip.bridge.run import Run


def consider(run: "Run", options: "Any") -> None:
    """What may go without verification in this session, before it is built."""
    consent = run.plan["consent"]
    run.options.append(options)
    for notice in consent["notices"]:
        run.say(notice)
    _watch_pip(run)
    if consent["grants"] or options.trusted_hosts or any(plain_urls(options)):
        run.without_verification().begin(options)


def _watch_pip(run: "Run") -> None:
    """Hook what switches verification off for a host, and a requirements file's own indexes."""
    from pip._internal.network.session import PipSession

    if run.watches_hosts:
        return
    run.watches_hosts = True
    original = PipSession.add_trusted_host

    def add_trusted_host(
        session: "Any", host: str, source: "Any" = None, *args: "Any", **options: "Any"
    ) -> None:
        run.without_verification().own_ways.trusted(host, source)
        original(session, host, source, *args, **options)

    PipSession.add_trusted_host = add_trusted_host
    _watch_lines(run, sys.modules.get("pip._internal.req.req_file"))
    imports.after("pip._internal.cache", _keep_from_plain)
    imports.after("pip._internal.vcs.versioncontrol", lambda module: checkouts.watch(module, run))


def _watch_lines(run: "Run", module: "Any") -> None:
    original = getattr(module, "handle_option_line", None)  # type: Any
    if original is None:
        return  # 19.3; its http indexes are met when they are asked

    def handle_option_line(
        line: "Any", filename: str, number: "Any", *args: "Any", **options: "Any"
    ) -> None:
        if any(plain_urls(line)):
            run.without_verification().own_ways.note_line(line, filename, number)
        original(line, filename, number, *args, **options)

    module.handle_option_line = handle_option_line


def _keep_from_plain(module: "Any") -> None:
    """Find no wheel that was built from what came unencrypted: pip alone would have kept it."""
    original = module.Cache._get_candidates

    def _get_candidates(cache: "Any", link: "Any", *args: "Any", **options: "Any") -> "Any":
        if link and checkouts.is_plain(link.url):
            return []
        return original(cache, link, *args, **options)

    module.Cache._get_candidates = _get_candidates


def plain_urls(options: "Any") -> "Iterator[Tuple[str, str]]":
    """The http:// addresses among pip's options, each with the name that pip keeps it under."""
    for name in ("index_url", "extra_index_urls", "find_links"):
        value = getattr(options, name, None) or ()
        for url in (value,) if isinstance(value, str) else value:
            if str(url)[:5].lower() == "http:":
                yield name, url
