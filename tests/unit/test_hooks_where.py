"""Where each shell's block goes, for one user and for all, on each system."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from spip.hooks.shell_hooks import World, rc_files

if sys.platform == "win32":
    pytest.skip("paths are written as POSIX has them", allow_module_level=True)


def world(home: Path, platform: str = "linux", **environ: str) -> World:
    return World(environ, str(home), platform)


def test_each_shell_has_its_own_place(tmp_path: Path) -> None:
    expected = {
        "bash": ".bashrc",
        "zsh": ".zshrc",
        "fish": ".config/fish/conf.d/spip.fish",
        "tcsh": ".tcshrc",
        "xonsh": ".config/xonsh/rc.d/spip.xsh",
        "nu": ".config/nushell/autoload/spip.nu",
    }
    for shell, path in expected.items():
        assert rc_files(shell, world(tmp_path)) == [str(tmp_path / path)]


def test_variables_move_them(tmp_path: Path) -> None:
    moved = world(tmp_path, XDG_CONFIG_HOME="/conf", ZDOTDIR="/z", ENV="/env.sh")
    assert rc_files("fish", moved) == ["/conf/fish/conf.d/spip.fish"]
    assert rc_files("zsh", moved) == ["/z/.zshrc"]
    assert rc_files("sh", moved) == ["/env.sh"]
    relative = world(tmp_path, XDG_CONFIG_HOME="conf", ENV="env.sh")
    assert rc_files("fish", relative) == [str(tmp_path / ".config/fish/conf.d/spip.fish")]
    assert rc_files("sh", relative) == []


def test_tcsh_reads_cshrc_where_it_has_no_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / ".cshrc").touch()
    assert rc_files("tcsh", world(tmp_path)) == [str(tmp_path / ".cshrc")]
    (tmp_path / ".tcshrc").touch()
    assert rc_files("tcsh", world(tmp_path)) == [str(tmp_path / ".tcshrc")]


def test_on_macos_a_window_is_a_login_shell(tmp_path: Path) -> None:
    both = [str(tmp_path / ".bashrc"), str(tmp_path / ".bash_profile")]
    assert rc_files("bash", world(tmp_path, "darwin")) == both
    assert rc_files("bash", world(tmp_path, "linux")) == both[:1]
    support = tmp_path / "Library" / "Application Support" / "nushell"
    assert rc_files("nu", world(tmp_path, "darwin")) == [str(support / "autoload" / "spip.nu")]


def test_for_all_users_it_is_the_distributions_file(tmp_path: Path) -> None:
    everybody = World({}, "", "linux", system=True, root=str(tmp_path))
    assert rc_files("bash", everybody) == [str(tmp_path / "etc" / "bash.bashrc")]
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "bashrc").touch()  # Fedora's name for it
    assert rc_files("bash", everybody) == [str(tmp_path / "etc" / "bashrc")]
    assert rc_files("nu", everybody) == []
    assert everybody.folder == str(tmp_path / "etc" / "spip" / "hook")
