"""What other tools on this machine were told to trust is found in their own files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from spip import data
from spip.certificates import x509
from spip.commands.trust import other_tools_roots as trusted
from spip.doctor import unused_roots
from spip.environment.other_tools import ToolSetting, expand_home, paths_in_file, tool_settings
from support.authority import Authority

# How each tool writes the path in its file, by the setting's name in data/places.toml.
WRITTEN = {
    "cafile in ~/.npmrc": "registry=https://index.corp.example\ncafile = {}\n",
    "cafile in npm's npmrc for all users": 'cafile="{}"\n',
    "cafile in /etc/npmrc": "cafile={}\n",
    "http.sslCAInfo in ~/.gitconfig": "[http]\n\tsslCAInfo = {}\n",
    "http.sslCAInfo in ~/.config/git/config": '[http "https://x/"]\n\tsslcainfo = "{}"\n',
    "http.sslCAInfo in /etc/gitconfig": "[http]\nsslCAInfo={}\n",
    "ssl_verify in ~/.condarc": "channels: [x]\nssl_verify: {}\n",
    "cacert in ~/.curlrc": '--cacert "{}"\n',
    "ca_certificate in ~/.wgetrc": "ca_certificate = {}\n",
    "http.cainfo in ~/.cargo/config.toml": '[http]\ncainfo = "{}"\n',
    "httpsCaFilePath in ~/.yarnrc.yml": 'httpsCaFilePath: "{}"\n',
    **{
        f"certificates in ~/{folder}/pypoetry/{name}.toml": '[certificates.ours]\ncert = "{}"\n'
        for folder in (".config", "Library/Application Support", "AppData/Roaming")
        for name in ("config", "auth")
    },
    "ca_bundle in ~/.aws/config": "[default]\nca_bundle = {}\n",
    "core/custom_ca_certs_file of gcloud": "[core]\ncustom_ca_certs_file = {}\n",
}


@pytest.mark.parametrize("entry", data.table("places")["file"], ids=lambda e: str(e["setting"]))
def test_a_path_is_read_as_the_tool_writes_it(entry: dict[str, str], tmp_path: Path) -> None:
    root = str(tmp_path / "root of ours.pem")
    file = tmp_path / "file"
    file.write_text(WRITTEN[entry["setting"]].format(root), "utf-8")
    assert list(paths_in_file(str(file), entry["pattern"], {})) == [root]


@pytest.mark.parametrize("text", ["", "ssl_verify: false\n", "# cafile=/x.pem\n", "cafile=\n"])
def test_a_switch_and_a_comment_are_no_path(text: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text(text, "utf-8")
    for entry in data.table("places")["file"]:
        assert list(paths_in_file(str(tmp_path / "file"), entry["pattern"], {})) == []


def test_a_home_stands_in_a_path(tmp_path: Path) -> None:
    (tmp_path / ".npmrc").write_text("cafile=~/root.pem\n", "utf-8")
    home = {"HOME": str(tmp_path)}
    assert list(paths_in_file(expand_home("~/.npmrc", home), r"cafile=(.+)", home)) == [
        f"{tmp_path}/root.pem"
    ]


def test_of_a_bundle_of_spips_own_the_file_in_it_is_proposed(tmp_path: Path) -> None:
    """After `spip env`, a finding advised to add the bundle, which `spip trust add` refuses."""
    own, theirs = str(tmp_path / "spip-bundle-0123456789abcdef.pem"), str(tmp_path / "theirs.pem")
    environ = {"HOME": str(tmp_path), "PATH": "", "NODE_EXTRA_CA_CERTS": own, "DENO_CERT": own}
    (tmp_path / ".npmrc").write_text(f"cafile={own}\n", "utf-8")
    assert not [one for one in tool_settings(environ) if one.path.startswith(str(tmp_path))]
    listed = [("os", "OS store", None), ("explicit", "NODE_EXTRA_CA_CERTS", theirs)]
    Path(own + ".stamp").write_text(f"spip stamp\n{listed}\n\n")
    found = [one for one in tool_settings(environ) if one.path.startswith(str(tmp_path))]
    assert found == [ToolSetting("Node", "NODE_EXTRA_CA_CERTS", theirs)]


@pytest.mark.parametrize("name", ["ours.pem", "3b2716e5.0"])
def test_of_a_folder_each_file_is_proposed(name: str, tmp_path: Path, authority: Authority) -> None:
    """`spip trust` never showed one, and `spip trust add` takes a file."""
    file = tmp_path / "certs" / name
    file.parent.mkdir()
    file.write_bytes(authority.pem)
    environ = {"HOME": str(tmp_path), "PATH": "", "GIT_SSL_CAPATH": str(file.parent)}
    (shown,) = [each for each in trusted.files(environ, frozenset()) if each.tool == "git"]
    assert (shown.path, [each.der for each in shown.roots]) == (str(file), [authority.der])
    top = x509.read(authority.der)
    found = unused_roots.candidates(top, "linux", environ, lambda: b"")
    assert [each.path for each in found if each.setting == "GIT_SSL_CAPATH"] == [str(file)]


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps it in %APPDATA%")
def test_npms_file_for_all_users_is_where_npm_looks(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    node = tmp_path / "bin" / "node"
    node.touch(mode=0o755)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "node").symlink_to(node)
    of_node = {"PATH": str(tmp_path / "elsewhere")}
    assert expand_home("{npmrc}", of_node) == str(tmp_path / "etc" / "npmrc")
    prefix = {**of_node, "npm_config_prefix": "/opt/ours"}
    assert expand_home("{npmrc}", prefix) == "/opt/ours/etc/npmrc"
    assert expand_home("{npmrc}", {**prefix, "NPM_CONFIG_GLOBALCONFIG": "/x/npmrc"}) == "/x/npmrc"
    assert expand_home("{npmrc}", {"PATH": str(tmp_path)}) == ""
