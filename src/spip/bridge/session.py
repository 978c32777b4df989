"""Give pip's session its trust, after pip parsed its own options and before it connects.

`_build_session` is where every pip from 19.3 to 26.3 turns options into a session, so it is the one
place that knows what the user asked for and what will use the network.
"""

import atexit
import gc
import os
import sys

from spip.bridge import tls_context
from spip.bridge.env_vars import BEAT_CERT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Optional, Tuple

    from spip.bridge.run import Run

_USUAL = gc.get_threshold()[0]
# How many objects may come to be before it looks. pip's modules make fewer.
_RARELY = 100000


def collect_rarely() -> None:
    """Have it look rarely; and not at the end of a command that never has a session."""
    if hasattr(gc, "freeze"):  # Python 3.7
        gc.set_threshold(_RARELY)
        atexit.register(gc.freeze)


def collect_normally() -> None:
    """Have it look as ever, past all that exists now: pip's modules.

    Called when pip has its session, which leaves things to the collector: the temporary file of a
    download that Ctrl-C ended.
    """
    if gc.get_threshold()[0] == _RARELY:
        gc.freeze()
        gc.set_threshold(_USUAL)
        atexit.unregister(gc.freeze)


# Variables that requests and OpenSSL read while pip runs. Their certificates are in the bundle
# that the session gets, so pip itself must not see them: they would replace it.
_REPLACING = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")


def install(run: "Run", build: "Callable[[Any, Any], Any]") -> None:
    """Have `build(original, options)` make each session, and be asked for pip's own contexts."""

    def wrapper(original: "Any") -> "Any":
        def _build_session(*args: "Any", **kwargs: "Any") -> "Any":
            from spip.bridge.pip_options import Options

            if not run.pip:
                run.know_pip(None)
            options = Options.among(args, kwargs)
            if options is None:
                run.patches.fail("session", TypeError("no options"))
                return original(*args, **kwargs)
            return build(lambda: original(*args, **kwargs), options)

        return _build_session

    run.patches.use("session", wrapper)


def builder(run: "Run") -> "Callable[[Any, Any], Any]":
    """Who makes sessions with the trust that spip found."""
    from spip.bridge.tls_context import Given

    given = Given(run)
    run.patches.use("truststore context", given.wrapper)

    def build(original: "Any", options: "Any") -> "Any":
        from spip.bridge import env_vars, native_relaxations

        run.patches.quietly("an empty variable", env_vars.pass_over, run)
        guarded(run, native_relaxations.consider, run, options)
        given.context = None
        roots, given.context = guarded(run, _trust, run, options) or (None, None)
        session = original()
        guarded(run, give, run, session, roots, given.context)
        run.children.has_session = not run.patches.strict()
        collect_normally()
        run.patches.quietly("finding", run.watch.know, options)
        return session

    return build


def guarded(run: "Run", act: "Callable[..., Any]", *args: "Any") -> "Any":
    """What `act` returns. Where this pip isn't as `act` knows it, None, or the run stops."""
    if run.patches.strict():
        return None
    try:
        return act(*args)
    except Exception as error:  # noqa: BLE001  # whatever pip has become
        os.environ.update(run.taken)
        run.taken.clear()
        run.patches.fail("session", error)
        return None


def _trust(run: "Run", options: "Any") -> "Tuple[Optional[str], Optional[Any]]":
    """(bundle, context) for a session; None where pip's own is to stay."""
    if options.cert and run.cert_on_command_line:
        run.watch.obeyed = options.cert
        _pass_over_missing(run)
        return None, None  # `--cert` keeps this pip's own meaning, also where it restricts
    try:
        import ssl
    except ImportError:
        return None, None  # pip says that it is missing
    if options.cert:  # pip builds a second session from the same options for its self-check
        run.cert = options.cert
    truststore = tls_context.truststore(run, options)
    roots, failed = run.trust.beside(whole=truststore is None)
    shared = tls_context.shared(run, truststore, roots) if truststore else None
    if failed:  # what the user named is in no bundle, so it is left to pip
        _pass_over_missing(run)
        return None, shared
    options.cert = None
    for name in _REPLACING:
        if name in os.environ:
            run.taken[name] = os.environ.pop(name)
    return roots, shared


def _pass_over_missing(run: "Run") -> None:
    """A variable that names no file is a traceback in every pip, whatever `--cert` says."""
    for name in BEAT_CERT:
        if os.environ.get(name) and not os.path.exists(os.environ[name]):
            run.say("%s names %s, which does not exist: passed over" % (name, os.environ.pop(name)))


def give(run: "Run", session: "Any", roots: "Optional[str]", shared: "Any") -> None:
    """Its roots and its context; None where it has its own. No relaxed way shares a cache."""
    run.sessions.append(session)
    if roots is not None:
        session.verify = roots
    if hasattr(session, "_trusted_host_adapter"):  # 20.1: it shares the cache of verified hosts
        session._trusted_host_adapter = session.adapters["http://"]
    if shared is None:
        return
    used = run.patches.quietly(
        "truststore context", tls_context.use, session.adapters["https://"], shared
    )
    if not used and roots is not None and run.pip_version < (24, 2):
        session.verify = run.trust.beside(whole=True)[0]  # as a file, then
