"""Which extra sources are looked at, decided from folders, variables and platform names alone."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from spip.bridge import env_vars
from spip.commands import env
from spip.commands.env import ToolSettings, shell_syntax
from spip.commands.trust import parse
from spip.commands.trust.remove import matching, normalize
from spip.errors import SpipError
from spip.policy import in_force
from spip.policy.policy_file import Policy
from spip.stores import bundle_cache, distrust, platform
from spip.trust import resolve, root_locations, sources_in_force, user_roots
from support.authority import Authority

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="decided here for Linux; paths differ elsewhere"
)
NONE = dict.fromkeys(("linux", "macos", "windows"), ())


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A system without any of the places."""
    monkeypatch.setattr(root_locations, "ANCHORS", NONE)
    monkeypatch.setattr(root_locations, "VENDORS", NONE)
    monkeypatch.setattr(root_locations, "ADMIN", dict.fromkeys(NONE, str(tmp_path / "ca.d")))
    monkeypatch.setattr(distrust, "DESELECTED", str(tmp_path / "ca-certificates.conf"))
    monkeypatch.setattr(distrust, "OFFERED", str(tmp_path / "offered"))
    monkeypatch.setattr(distrust, "BLOCKED", (str(tmp_path / "blocklist"),))
    return tmp_path


def anchors(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Path:
    folder.mkdir()
    monkeypatch.setattr(root_locations, "ANCHORS", {**NONE, "linux": ((str(folder), "update"),)})
    return folder


def may_count(bare: Path, store: Path | None = None) -> bool:
    return root_locations.may_count({"HOME": str(bare)}, str(store) if store else None)


def test_nothing_is_there(bare: Path) -> None:
    assert list(root_locations.present({"HOME": str(bare)})) == []
    assert not may_count(bare)


def test_each_kind_counts_once_something_lies_there(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = bare / "agent" / "7" / "root.pem"
    agent.parent.mkdir(parents=True)
    monkeypatch.setattr(
        root_locations, "VENDORS", {**NONE, "linux": (("Agent", f"{bare}/agent/*/root.pem"),)}
    )
    roots = bare / ".config" / "spip" / "roots"
    for file in (agent, roots / "a.pem", bare / "ca.d" / "b.pem"):
        assert str(file.parent) not in {
            p for _, _, p in root_locations.present({"HOME": str(bare)})
        }
        file.parent.mkdir(parents=True, exist_ok=True)
        assert file == agent or str(file.parent) not in str(
            list(root_locations.present({"HOME": str(bare)}))
        )
        file.write_text("x")
        assert may_count(bare)
    kinds = [kind for kind, _, _ in root_locations.present({"HOME": str(bare)}, "linux")]
    assert kinds == ["added", "admin", "vendor"]


def test_an_anchor_that_the_store_has_adds_nothing(
    bare: Path, monkeypatch: pytest.MonkeyPatch, authority: Authority, stranger: Authority
) -> None:
    folder, store = anchors(monkeypatch, bare / "anchors"), bare / "store.pem"
    store.write_bytes(stranger.pem + authority.pem)
    (folder / "root.crt").write_bytes(authority.pem)
    assert not may_count(bare, store)
    one_line = b"".join(authority.pem.splitlines()[1:-1])
    for content in (
        authority.pem + b"# more\n" + stranger.pem,
        authority.pem.replace(b"\n", b"\r\n"),
        b"-----BEGIN CERTIFICATE-----\n" + one_line + b"\n-----END CERTIFICATE-----",
        authority.der,
    ):
        (folder / "root.crt").write_bytes(content)
        assert not may_count(bare, store), content


@pytest.mark.parametrize(
    "how", ["not in it", "DER", "one of two", "TRUSTED", "empty", "no store", "many"]
)
def test_an_anchor_counts_wherever_that_is_not_sure(
    bare: Path,
    monkeypatch: pytest.MonkeyPatch,
    authority: Authority,
    stranger: Authority,
    how: str,
) -> None:
    folder, store = anchors(monkeypatch, bare / "anchors"), bare / "store.pem"
    store.write_bytes(stranger.pem if how == "not in it" else authority.pem)
    trusted = authority.pem.replace(b"CERTIFICATE", b"TRUSTED CERTIFICATE")
    content = {"DER": stranger.der, "one of two": authority.pem + stranger.pem, "empty": b""}
    (folder / "root.crt").write_bytes(
        trusted + authority.pem if how == "TRUSTED" else content.get(how, authority.pem)
    )
    for number in range(30 if how == "many" else 0):
        (folder / f"{number}.crt").write_bytes(authority.pem)
    assert may_count(bare, None if how == "no store" else store)


def test_an_anchors_folder_that_cannot_be_listed_counts(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was a PermissionError's traceback in each command; a loop is closed to root as well."""
    monkeypatch.setattr(
        root_locations, "ANCHORS", {**NONE, "linux": ((str(bare / "loop"), "update"),)}
    )
    (bare / "loop").symlink_to("loop")
    store = bare / "store.pem"
    store.write_bytes(Authority().pem)
    assert may_count(bare, store)
    merged = resolve.resolve_bundle(
        {"HOME": str(bare), "XDG_CACHE_HOME": str(bare)},
        {"cert": None, "whole": False, "pip_certifi": None},
    )
    assert not merged["failed"]


def test_a_root_that_was_taken_away_counts_while_it_is_still_offered(bare: Path) -> None:
    (bare / "ca-certificates.conf").write_text("# list\nmozilla/A.crt\n!mozilla/Gone.crt\n")
    assert not may_count(bare)
    (bare / "offered" / "mozilla").mkdir(parents=True)
    (bare / "offered" / "mozilla" / "Gone.crt").write_text("x")
    assert may_count(bare)


def test_a_blocked_root_counts(bare: Path) -> None:
    (bare / "blocklist").mkdir()
    assert not may_count(bare)
    (bare / "blocklist" / "root.pem").write_text("x")
    assert may_count(bare)


def test_windows_program_data_is_never_asked_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, bare: Path
) -> None:
    monkeypatch.setenv("ProgramData", str(bare))
    (bare / "spip" / "ca.d").mkdir(parents=True)
    (bare / "spip" / "ca.d" / "root.pem").write_text("x")
    monkeypatch.setattr(root_locations, "ADMIN", dict.fromkeys(NONE, "{ProgramData}/spip/ca.d"))
    assert (
        list(root_locations.present({"HOME": str(bare), "ProgramData": str(bare)}, "windows")) == []
    )


@pytest.mark.parametrize(
    ("platform", "environ", "expected"),
    [
        ("linux", {"HOME": "/home/ann"}, "/home/ann/.config/spip/roots"),
        ("linux", {"HOME": "/home/ann", "XDG_CONFIG_HOME": "/cfg"}, "/cfg/spip/roots"),
        ("linux", {"HOME": "/home/ann", "XDG_CONFIG_HOME": "rel"}, "/home/ann/.config/spip/roots"),
        ("linux", {"HOME": "rel"}, None),
        ("darwin", {"HOME": "/Users/ann"}, "/Users/ann/Library/Application Support/spip/roots"),
        ("win32", {"LOCALAPPDATA": "rel"}, None),
    ],
)
def test_where_added_roots_lie(
    platform: str, environ: dict[str, str], expected: str | None
) -> None:
    assert user_roots.folder(environ, platform) == expected


def test_platformdirs_has_the_same_folder(monkeypatch: pytest.MonkeyPatch, bare: Path) -> None:
    import platformdirs

    monkeypatch.setenv("HOME", str(bare))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    expected = platformdirs.user_config_dir("spip", appauthor=False)
    assert user_roots.folder(os.environ) == os.path.join(expected, "roots")


# --- other tools' variables


def test_a_bundle_of_spips_own_is_nobodys_file(tmp_path: Path) -> None:
    """By its whole name: what a company calls almost the same was passed over without a word."""
    ours, theirs = (
        Path(bundle_cache.bundle_path([], str(tmp_path))),
        tmp_path / "spip-bundle-corp.pem",
    )
    for file in (ours, theirs):
        file.write_text("x")
    named = {"PIP_CERT": str(ours), "SPIP_CA_BUNDLE": str(theirs)}
    assert [each.path for each in sources_in_force.explicit(named, None)] == [str(theirs)]
    assert [bundle_cache.is_bundle(file.name) for file in (ours, theirs)] == [True, False]


@pytest.mark.parametrize("value", ["true", "false", "<truststore>", "/nowhere/missing.pem"])
def test_a_switch_is_no_file_and_stays(value: str) -> None:
    told = env_vars.of_other_tools({"CONDA_SSL_VERIFY": value, "PATH": ""}, "/b.pem", {})
    assert "CONDA_SSL_VERIFY" not in told


def test_what_could_not_be_folded_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "theirs.pem"
    file.write_text("x")
    environ = {"AWS_CA_BUNDLE": str(file), "NODE_EXTRA_CA_CERTS": str(file), "PATH": ""}
    told = env_vars.of_other_tools(environ, "/b.pem", {"NODE_EXTRA_CA_CERTS": "/folded.pem"})
    assert "AWS_CA_BUNDLE" not in told
    assert told["NODE_EXTRA_CA_CERTS"] == "/folded.pem"
    assert told["CARGO_HTTP_CAINFO"] == "/b.pem"


@pytest.mark.parametrize(
    ("settings", "environ", "expected"),
    [
        (None, {}, {"GIT_SSL_CAINFO": "/b.pem"}),
        ({}, {}, {"GIT_SSL_CAINFO": "/b.pem"}),
        ({"http.sslcainfo": "/x"}, {}, {}),
        ({"http.https://h/.sslcainfo": "/x"}, {"GIT_CONFIG_COUNT": "nonsense"}, {}),
        (
            {"http.https://h/.sslcainfo": "/x"},
            {"GIT_CONFIG_COUNT": "2"},
            {
                "GIT_CONFIG_COUNT": "3",
                "GIT_CONFIG_KEY_2": "http.sslCAInfo",
                "GIT_CONFIG_VALUE_2": "/b.pem",
            },
        ),
    ],
)
def test_git_is_told_so_that_its_own_settings_keep_their_say(
    settings: dict[str, str] | None, environ: dict[str, str], expected: dict[str, str]
) -> None:
    assert env_vars.for_git(environ, "/b.pem", settings) == expected


# --- words


@pytest.mark.parametrize("text", ["SHA256:AB:CD", "sha-256 abcd", "ab cd", "AB:CD", "ab-cd"])
def test_a_fingerprint_may_be_written_as_people_do(text: str) -> None:
    assert normalize(text) == "abcd"


def test_a_part_is_chosen_only_if_it_is_the_only_one() -> None:
    assert matching("abcd", ["xabcdx", "efgh"]) == "xabcdx"
    for part, code in (("abc", 2), ("zzzz", 2), ("1234", 1)):
        with pytest.raises(SpipError) as error:
            matching(part, ["xabcdx"])
        assert error.value.exit_code == code
    with pytest.raises(SpipError, match="in 2 of them"):
        matching("abcd", ["xabcdx", "yabcdy"])


@pytest.mark.parametrize("words", [["nonsense"], ["add"], ["add", "F", "--from-windows"], ["--x"]])
def test_wrong_words_are_usage(words: list[str]) -> None:
    with pytest.raises(SpipError) as error:
        parse(words)
    assert error.value.exit_code == 2


def test_list_needs_no_word() -> None:
    for words in ([], ["list"]):
        wanted = parse(words)
        assert wanted is not None
        assert wanted.word == "listing"
    wanted = parse(["--json"])
    assert wanted is not None
    assert wanted.json


@pytest.mark.parametrize(
    ("environ", "system", "shell"),
    [
        ({"SHELL": "/bin/zsh"}, "posix", "zsh"),
        ({"SHELL": "/usr/bin/fish"}, "posix", "fish"),
        ({"SHELL": "/usr/bin/pwsh"}, "posix", "powershell"),
        ({"SHELL": "/bin/ksh"}, "posix", "sh"),
        ({}, "posix", "sh"),
    ],
)
def test_the_usual_shell(environ: dict[str, str], system: str, shell: str) -> None:
    assert env.default_shell(environ, system) == shell


def test_only_the_first_double_dash_is_spips() -> None:
    wanted = env.parse(["--", "a", "--", "--json"], {})
    assert wanted is not None
    assert wanted.command == ("a", "--", "--json")


@pytest.mark.parametrize("shell", [s for s in shell_syntax.SHELLS if s not in {"docker", "json"}])
def test_a_line_end_in_a_path_is_refused(shell: str) -> None:
    with pytest.raises(SpipError, match="line end"):
        shell_syntax.text(shell, ToolSettings("/a\nb", {"SSL_CERT_FILE": "/a\nb"}, "", ()))


# --- at the edges


@pytest.mark.parametrize(("files", "counts"), [(1, False), (20, False), (21, True)])
def test_a_folder_of_more_than_twenty_files_is_left_to_the_bundle(
    bare: Path, monkeypatch: pytest.MonkeyPatch, authority: Authority, files: int, *, counts: bool
) -> None:
    folder = anchors(monkeypatch, bare / "anchors")
    for number in range(files):
        (folder / f"{number}.pem").write_bytes(authority.pem)
    store = bare / "store.pem"
    store.write_bytes(authority.pem)
    assert may_count(bare, store) is counts


@pytest.mark.parametrize(("size", "counts"), [(1 << 16, False), ((1 << 16) + 1, True)])
def test_so_is_a_long_file(
    bare: Path, monkeypatch: pytest.MonkeyPatch, authority: Authority, size: int, *, counts: bool
) -> None:
    folder = anchors(monkeypatch, bare / "anchors")
    (folder / "a.pem").write_bytes(authority.pem.ljust(size, b"\n"))
    store = bare / "store.pem"
    store.write_bytes(authority.pem)
    assert may_count(bare, store) is counts


def test_one_of_two_files_or_folders_that_the_store_lacks_counts(
    bare: Path, monkeypatch: pytest.MonkeyPatch, authority: Authority, stranger: Authority
) -> None:
    store = bare / "store.pem"
    store.write_bytes(authority.pem)
    one, other = bare / "one", bare / "other"
    for folder in (one, other):
        folder.mkdir()
        (folder / "a.pem").write_bytes(authority.pem)
    places = ((str(one), ""), (str(other), ""), (str(bare / "missing"), ""))
    monkeypatch.setattr(root_locations, "ANCHORS", {**NONE, "linux": places})
    found = [path for _, _, path in root_locations.present({"HOME": str(bare)})]
    assert found == [str(one), str(other)]
    assert not may_count(bare, store)
    (other / "b.pem").write_bytes(stranger.pem)
    assert may_count(bare, store)
    (other / "a.pem").unlink()
    assert may_count(bare, store)


def test_what_is_no_anchor_counts_whatever_is_in_it(bare: Path, authority: Authority) -> None:
    """The store may have that root too; whoever added it wants to be told."""
    roots = bare / ".config" / "spip" / "roots"
    roots.mkdir(parents=True)
    store = bare / "store.pem"
    assert not may_count(bare, store)
    for file in (store, roots / "a.pem"):
        file.write_bytes(authority.pem)
    assert may_count(bare, store)


def test_the_policys_roots_are_an_administrators(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_force, "policy_or_none", lambda: Policy(roots=("/a.pem", "/b.pem")))
    assert list(root_locations.present({"HOME": str(bare)})) == [
        ("admin", "the policy's roots", "/a.pem"),
        ("admin", "the policy's roots", "/b.pem"),
    ]
    assert may_count(bare)


def test_a_vendor_whose_folder_the_system_does_not_tell_is_none(bare: Path) -> None:
    assert root_locations._matching(None) == []
    assert root_locations._matching(f"{bare}/missing/*/root.pem") == []
    assert not root_locations._holds_something(str(bare / "missing"))
    (bare / "file").touch()
    assert not root_locations._holds_something(str(bare / "file"))


def test_what_is_no_plain_file_is_not_waited_for(bare: Path) -> None:
    file = bare / "file"
    file.write_bytes(b"12345")
    assert (
        root_locations._content(str(file), -1) == root_locations._content(str(file), 5) == b"12345"
    )
    assert root_locations._content(str(file), 4) == root_locations._content(str(file), 0) == b""
    os.mkfifo(bare / "pipe")
    for name in ("pipe", "missing", ""):
        assert root_locations._content(str(bare / name), -1) == b""


@pytest.mark.parametrize("may", [True, False])
def test_a_system_that_knows_what_it_distrusts_is_asked(
    bare: Path, monkeypatch: pytest.MonkeyPatch, *, may: bool
) -> None:
    monkeypatch.setattr(platform, "may_distrust", lambda: may, raising=False)
    assert may_count(bare) is may


@pytest.mark.parametrize(
    ("line", "counts"),
    [
        ("!gone.crt", True),
        ("! gone.crt ", True),
        ("!gone.crt\r", True),
        ("gone.crt", False),
        ("!nowhere.crt", False),
        ("#!gone.crt", False),
    ],
)
def test_a_line_takes_away_what_is_offered(bare: Path, line: str, *, counts: bool) -> None:
    (bare / "offered").mkdir()
    (bare / "offered" / "gone.crt").write_text("x")
    (bare / "ca-certificates.conf").write_bytes(f"# first\n{line}\nlast.crt\n".encode())
    assert may_count(bare) is counts


@pytest.mark.parametrize(("size", "counts"), [(1 << 20, True), ((1 << 20) + 1, False)])
def test_a_list_has_its_bound(bare: Path, size: int, *, counts: bool) -> None:
    (bare / "offered").mkdir()
    (bare / "offered" / "gone.crt").write_text("x")
    (bare / "ca-certificates.conf").write_bytes(b"#\n!gone.crt\n".ljust(size, b"\n"))
    assert may_count(bare) is counts


def test_one_folder_of_blocked_roots_is_enough(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distrust, "BLOCKED", (str(bare / "one"), str(bare / "two")))
    assert not may_count(bare)
    (bare / "two").mkdir()
    (bare / "two" / "a.pem").touch()
    assert may_count(bare)
