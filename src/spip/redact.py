"""Take passwords, tokens and logins out of whatever is logged or shown.

What is left of a URL is scheme, host and port, and the name of a file that pip could install: some
indexes take a token as a part of the path. Rather too much is cut than too little. Read by Python
3.6, where pip runs.
"""

import re
from urllib.parse import urlsplit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Optional, Tuple

    Origin = Tuple[str, str, int]

_LONGEST = 2000
_MOST_WORDS = 500
# The schemes that pip and its proxies know; anything else before "://" may be a part of a password.
# One may follow short options in the same word, as in -qqihttps://...
_URL = re.compile(
    r"(?i)(?P<scheme>(?:(?:git|hg|svn|bzr)\+)?"
    r"(?:(?:static-)?https?|ssh|git|hg|svn|bzr|lp|ftp|sftp|file|socks[45]h?)://)(?P<rest>\S*)"
)
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.%]+\]|[\w.-]+)(?::[0-9]{1,5})?")
_FILE = re.compile(r"[\w.+!-]+\.(?:whl|zip|tgz|tar\.(?:gz|bz2|xz|Z)|tbz|egg|txt|toml)")
_SPLIT_LOGIN = re.compile(r"(:/{1,3})[^/?#]*\s[^/?#]*@")  # a password with a blank in it
# "user:password@host" without a scheme, as in --proxy.
_LOGIN = re.compile(r"[^\s=@/\\]*:\S*@")
# Any scheme; with one slash, where a URL was made an absolute path. It ends where text goes on.
_WITH_LOGIN = re.compile(r"(?i)\b[a-z][a-z0-9+.-]{1,30}:/{1,3}[^\s\"'<>]*@[^\s\"'<>),;]*")
# What a reader is told to write stands for a login and is none.
_TO_FILL_IN = re.compile(r"https?://USER:PASSWORD@[\w.:\[\]-]+")
_BARE_LOGIN = re.compile(r"\A[^/\\@:]+:[^/\\@]*@")
_NAMED = re.compile(
    r"(?i)([\w.-]*(?:token|passw|secret|api-?_?key|credential|auth|cookie)[\w.-]*['\"]?\s*[=:]\s*)\S+"
)
# A header with several secrets, each behind a blank; quoted where a table of headers is shown.
_WHOLE = re.compile(r"(?i)\b((?:(?:set-)?cookie2?|(?:proxy-)?authorization)['\"]?\s*[=:]\s*).+")
# OpenSSL speaks of "Basic Constraints".
_HEADER = re.compile(r"(?i)\b((?:basic|bearer)\s+)(?!constraints\b)\S+")
_PATH = re.compile(r"(with url: )\S+")  # urllib3's word for a path
# pip's options whose value is passed on to something that may take a secret.
_OPAQUE = ("-C", "--config-setting", "--global-option", "--build-option", "--install-option")
# Those whose value is a host: whatever stands before an @ in it is a login.
_HOSTS = ("--proxy", "--trusted-host")


def text(said: object) -> str:
    """Return a sentence, an error or a setting without secrets, on one line."""
    line = " ".join(str(said)[: 4 * _LONGEST].split())
    line = _URL.sub(lambda found: url(found.group()), line)
    for pattern, kept in (
        (_PATH, r"\1..."),
        (_WHOLE, r"\1..."),
        (_HEADER, r"\1..."),
        (_NAMED, r"\1..."),
        (_LOGIN, "...@"),
    ):
        line = pattern.sub(kept, line)
    return line[:_LONGEST]


def logins(said: str) -> str:
    """Return text, of any number of lines, with no login left in a URL: where a path belongs."""
    if ":/" not in said or "@" not in said:
        return said
    return _WITH_LOGIN.sub(lambda found: _without_login(found.group()), said)


def sentence(said: str) -> str:
    """Return a sentence of one line the same, where a password may have blanks in it."""
    return logins(_SPLIT_LOGIN.sub(r"\1", said) if "@" in said else said)


def path(said: str) -> str:
    """Return what should be a path; of a URL, or of what begins with a login, what may be shown."""
    if "://" in said:
        return url(_SPLIT_LOGIN.sub(r"\1", said)) if "@" in said or _URL.match(said) else said
    return _BARE_LOGIN.sub("...@", said)


def _without_login(said: str) -> str:
    if _TO_FILL_IN.fullmatch(said):
        return said
    said = re.sub(":/+", "://", said, count=1)
    cleaned = url(said)
    return cleaned if cleaned != "..." else said.partition("://")[0] + "://..."


def words(arguments: "Iterable[object]") -> "list[str]":
    """Return a command's words without secrets."""
    return list(_words([str(word) for word in arguments][:_MOST_WORDS]))


def url(said: str) -> str:
    """Return a URL as scheme, host, port, and the name of an archive at its end."""
    found = _URL.match(said)
    if not found:
        return "..."
    scheme, rest = found.group("scheme"), found.group("rest")
    if scheme.lower().startswith("file:"):
        return f"{scheme}.../{_file(rest)}"
    authority, _, path = re.sub(r"[?#].*", "", rest).replace("\\", "/").partition("/")
    host = authority.rpartition("@")[2]
    # A password with a slash in it, perhaps: then what looks like a host is a part of the login.
    is_login = "@" not in authority and "@" in rest
    if is_login or not _HOST.fullmatch(host):
        return scheme + "..."
    return f"{scheme}{host}/{_file(path)}"


def _file(path: str) -> str:
    last = re.sub(r"[?#].*", "", path).rpartition("/")[2]
    return last if _FILE.fullmatch(last) else "..." if path else ""


def _words(arguments: "list[str]") -> "Iterator[str]":
    before = ""
    opaque = False
    for word in arguments:
        option, equals, value = word.partition("=")
        is_opaque = _is_opaque(option)
        if opaque:
            yield "..."
        elif is_opaque and (equals or (option.startswith("-C") and len(option) > 2)):
            yield f"{_OPAQUE[0] if option.startswith('-C') else option}=..."
        elif equals and _takes_a_host(option):
            yield f"{option}={_host(value)}"
        else:
            yield _host(word) if _takes_a_host(before) else text(_SPLIT_LOGIN.sub(r"\1", word))
        follows = not equals and (word == "-C" or word.startswith("--"))
        opaque = is_opaque and not opaque and follows
        before = word


def _is_opaque(option: str) -> bool:
    """Whether it is such an option, or may be one abbreviated (optparse takes any)."""
    if option.startswith("-C"):
        return True
    # Three letters of a name, so that no other option of pip's that is spelt out comes along.
    known = any(option.startswith(name) for name in _OPAQUE[1:])
    return known or (len(option) > 4 and any(name.startswith(option) for name in _OPAQUE[1:]))


def _takes_a_host(option: str) -> bool:
    """Whether it is such an option; optparse takes any abbreviation, so others' come along."""
    return len(option) > 3 and any(name.startswith(option) for name in _HOSTS)


def _host(value: str) -> str:
    if "://" in value:
        return text(_SPLIT_LOGIN.sub(r"\1", value))
    login, at, host = value.rpartition("@")
    return text("..." * bool(login) + at + host)


_PORTS = {"http": 80, "https": 443}


def origin(url: str) -> "Optional[Origin]":
    """The origin of a URL (RFC 6454, 4); None where it names none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname:
        return None
    port = port if port is not None else _PORTS.get(parts.scheme, 0)
    return parts.scheme, parts.hostname, port


def shown(host: str, port: int) -> str:
    """As in "index.corp.example:443"."""
    return "%s:%d" % ("[%s]" % host if ":" in host else host, port)


def cleaned(text: str) -> str:
    """What may be shown of a URL; printable. A path of a file as it is."""
    return printable(url(text) if "://" in text else text)


def host(text: str) -> str:
    """A host as `--trusted-host` takes it, which may have a login before it that is ignored."""
    return printable(text.rpartition("@")[2])


def without_page(url: str) -> str:
    """Scheme, host and port of a URL."""
    scheme, separator, rest = cleaned(url).partition("://")
    return scheme + separator + rest.partition("/")[0]


def printable(text: str) -> str:
    """Whatever a terminal may be shown of text that somebody else wrote."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
