"""The variables by which other tools are told what to trust, and what the user had put into them.

Data for `children` and for `spip env`; all the tools' own words.
"""

import os
import subprocess

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, List, Mapping, MutableMapping, Optional, Sequence

    from spip.bridge.context import Context

# What pip and its build backends in Python read. `--cert` on the command line has to win over the
# first two, and no pip lets it (requests reads them later than pip reads its options).
BEAT_CERT = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
PIP_READS = (*BEAT_CERT, "SSL_CERT_FILE")
# What replaces (Node, Deno: extends) the roots of other tools, by the tool.
OTHER_TOOLS = {
    "GIT_SSL_CAINFO": "git",
    "CARGO_HTTP_CAINFO": "cargo",
    "NODE_EXTRA_CA_CERTS": "Node and what runs in it: npm, yarn, pnpm",
    "DENO_CERT": "Deno",
    "AWS_CA_BUNDLE": "AWS",
    "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE": "Google Cloud",
    "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": "gRPC",
    "HTTPLIB2_CA_CERTS": "httplib2",
    "WEBSOCKET_CLIENT_CA_BUNDLE": "websocket-client",
    "BUNDLE_SSL_CA_CERT": "Ruby's bundler",
    "PERL_LWP_SSL_CA_FILE": "Perl",
    "HEX_CACERTS_PATH": "Elixir's hex",
}
# These are completed where the user set them, and otherwise left to the tool's own settings: they
# would beat those.
ONLY_COMPLETED = (
    "NPM_CONFIG_CAFILE",
    "npm_config_cafile",
    "YARN_HTTPS_CA_FILE_PATH",
    "CONDA_SSL_VERIFY",
    "MAMBA_SSL_VERIFY",
    "NIX_SSL_CERT_FILE",
)
# Whom a program asks before the one on the left: that may be set only where it gives no less.
_ASKED_BEFORE = {
    "CURL_CA_BUNDLE": ("REQUESTS_CA_BUNDLE",),  # requests
    "PIP_CERT": BEAT_CERT,
    "pip's setting cert": (*BEAT_CERT, "PIP_CERT"),
    "SSL_CERT_FILE": ("CURL_CA_BUNDLE",),  # curl
    "SSL_CERT_DIR": ("CURL_CA_BUNDLE",),
}
_SECONDS = 5  # for git to print three lines


def own_files(environ: "Mapping[str, str]") -> "Dict[str, str]":
    """The absolute path of each file or folder that was named to another tool alone, by variable.

    It may be a bundle of spip's (`spip env`), which stands for the user's file in it.
    """
    named = {name: environ.get(name, "") for name in (*OTHER_TOOLS, *ONLY_COMPLETED)}
    return {name: os.path.abspath(path) for name, path in named.items() if os.path.exists(path)}


def of_other_tools(
    environ: "Mapping[str, str]", bundle: str, folded: "Mapping[str, str]"
) -> "Dict[str, str]":
    """What other tools are to be told: `bundle`, or the one that holds the user's file as well.

    `folded` maps variables of `own_files` to such bundles; one that is missing there stays as the
    user set it. A value that names no file is replaced, since its tool would only fail.
    """
    own = own_files(environ)
    told = {name: bundle for name in OTHER_TOOLS if name not in own}
    told.update((name, folded[name]) for name in own if name in folded)
    if "GIT_SSL_CAINFO" not in own:
        del told["GIT_SSL_CAINFO"]
        told.update(for_git(environ, bundle, own_settings_of_git(environ)))
    return told


def kept(environ: "Mapping[str, str]", lacking: "Sequence[str]") -> "List[str]":
    """The variables that stay as they are, set or not, lest a program has less than alone.

    `lacking`: the settings that name something which the bundle lacks.
    """
    values = {environ[label] for label in lacking if label in environ}
    # A file that several name is a source once, by the first of them.
    named = [name for name in ("PIP_CERT", *PIP_READS) if environ.get(name) in values]
    names = list(dict.fromkeys([*lacking, *named]))
    for label in tuple(names):
        before = _ASKED_BEFORE.get(label, ())
        names += [name for name in before if name not in names and not environ.get(name)]
    return names


def for_git(
    environ: "Mapping[str, str]", bundle: str, settings: "Optional[Dict[str, str]]"
) -> "Dict[str, str]":
    """What git is to be told; `settings` are its own about roots, None where there is no git.

    GIT_SSL_CAINFO beats every setting, also `http.<url>.sslCAInfo`, which pins a host to a CA. A
    setting by environment (git 2.31, and nothing to older ones) beats only those that are for no
    URL; where the user has one of these, git is left alone.
    """
    if not settings:
        return {"GIT_SSL_CAINFO": bundle}
    if "http.sslcainfo" in settings:
        return {}
    count = environ.get("GIT_CONFIG_COUNT", "") or "0"
    if not count.isdigit():
        return {}  # git stops at that, whatever we add
    return {
        "GIT_CONFIG_COUNT": str(int(count) + 1),
        "GIT_CONFIG_KEY_" + count: "http.sslCAInfo",
        "GIT_CONFIG_VALUE_" + count: bundle,
    }


def own_settings_of_git(environ: "Mapping[str, str]") -> "Optional[Dict[str, str]]":
    """git's own settings that name roots, as git finds them; None where there is no git."""
    said = _ask_git(environ, "--get-regexp", r"^http\.(.*\.)?sslcainfo$")
    return None if said is None else dict(_pairs(said))


def git_switch_off(url: str, environ: "Mapping[str, str]") -> str:
    """What makes git verify nothing at an https address, "" where it verifies.

    The variable does so by being set, whatever to (git's http.c).
    """
    if "GIT_SSL_NO_VERIFY" in environ:
        return "GIT_SSL_NO_VERIFY is set"
    said = _ask_git(environ, "--bool", "--get-urlmatch", "http.sslVerify", url)
    return "git's setting http.sslVerify" if (said or "").strip() == "false" else ""


def _ask_git(environ: "Mapping[str, str]", *words: str) -> "Optional[str]":
    """What `git config` answers; None where there is no git."""
    git = _on_path("git.exe" if os.name == "nt" else "git", environ)
    if git is None:
        return None
    try:
        process = subprocess.Popen(
            [git, "config", *words],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        said = process.communicate(timeout=_SECONDS)[0]
    except (OSError, subprocess.SubprocessError):
        return None
    return str(said.decode("utf-8", "replace"))


def _on_path(name: str, environ: "Mapping[str, str]") -> "Optional[str]":
    """Not by the system's own search, which on Windows begins with the current folder."""
    for folder in environ.get("PATH", "").split(os.pathsep):
        path = os.path.join(folder, name)
        if os.path.isabs(folder) and os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return None


def _pairs(said: str) -> "Iterator[tuple[str, str]]":
    for line in said.splitlines():
        name, _, value = line.partition(" ")
        if name:
            yield name, value


def drop(environ: "MutableMapping[str, str]") -> None:
    """Take those that are empty away."""
    for name in BEAT_CERT:
        if environ.get(name) == "":
            del environ[name]


def pass_over(context: "Context") -> None:
    """Before a session is built: this process's own are as if they weren't set."""
    if switch_off():
        context.say(
            "CURL_CA_BUNDLE is empty, which switches verification off in this pip: passed over"
        )
    drop(os.environ)


def switch_off() -> bool:
    """Whether they do, as this pip's own requests says."""
    if all(os.environ.get(name) != "" for name in BEAT_CERT):
        return False
    from pip._vendor import requests

    asked = requests.Session().merge_environment_settings("https://localhost", {}, None, None, None)
    return not asked["verify"] and asked["verify"] is not None
