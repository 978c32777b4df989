"""Situations in which the root is in the store, and a variable or a proxy stands in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from _gauntlet.scene import CURRENT, OLD, Group, Scene, situation
from support.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from _gauntlet.scene import World

_MISSING = "/nowhere/missing.pem"


def _variable(title: str, *targets: tuple[str, str], **env: str) -> None:
    @situation(Group.VARIABLES, title, *targets)
    def make(world: World) -> Iterator[Scene]:
        folder = _folder(world)
        empty = folder / "empty"
        empty.mkdir(exist_ok=True)
        stale = str(world.stranger.write(folder))
        held = {name: value.format(stale=stale, empty=empty) for name, value in env.items()}
        with world.index() as index:
            root = world.company.write(folder)
            yield Scene(index.url("/simple/"), world.knowing.wrap, root, held)


_variable("`PIP_CERT` names an old bundle without it", CURRENT, OLD, PIP_CERT="{stale}")
_variable("`REQUESTS_CA_BUNDLE` names an old bundle", CURRENT, OLD, REQUESTS_CA_BUNDLE="{stale}")
_variable("`REQUESTS_CA_BUNDLE` names a file that is gone", REQUESTS_CA_BUNDLE=_MISSING)
_variable("`SSL_CERT_FILE` names an old bundle", SSL_CERT_FILE="{stale}")
_variable("`SSL_CERT_FILE` names a file that is gone", SSL_CERT_FILE=_MISSING)
_variable(
    "`SSL_CERT_FILE` and `SSL_CERT_DIR` are conda's, without it",
    SSL_CERT_FILE="{stale}",
    SSL_CERT_DIR="{empty}",
)
_variable("`SSLKEYLOGFILE` can't be written (an antivirus left it)", SSLKEYLOGFILE="/nowhere/keys")


@situation(Group.VARIABLES, "`PIP_CERT` names the only copy, `REQUESTS_CA_BUNDLE` an old bundle")
def mixed(world: World) -> Iterator[Scene]:
    folder = _folder(world)
    root = world.company.write(folder)
    env = {"PIP_CERT": str(root), "REQUESTS_CA_BUNDLE": str(world.stranger.write(folder))}
    with world.index() as index:
        yield Scene(index.url("/simple/"), world.pristine.wrap, root, env)


@situation(Group.PROXIES, "it re-signs what passes, `HTTPS_PROXY` names it", CURRENT, OLD)
def inspecting(world: World) -> Iterator[Scene]:
    root = world.company.write(_folder(world))
    with world.index(world.stranger.issue()) as index, Proxy(world.company) as proxy:
        env = {"HTTPS_PROXY": proxy.url}
        yield Scene(index.url("/simple/"), world.knowing.wrap, root, env)


@situation(Group.PROXIES, "the same, and an sdist is built in isolation", CURRENT, OLD)
def inspected_build(world: World) -> Iterator[Scene]:
    root = world.company.write(_folder(world))
    with world.index(world.stranger.issue()) as index, Proxy(world.company) as proxy:
        env = {"HTTPS_PROXY": proxy.url}
        url, wrap = index.url("/simple/"), world.knowing.wrap
        yield Scene(url, wrap, root, env, what="needsbuild", module="needsbuild.py")


@situation(Group.PROXIES, "it is itself spoken to over TLS (`https://` proxy)", CURRENT, OLD)
def secure_proxy(world: World) -> Iterator[Scene]:
    root = world.company.write(_folder(world))
    identity = world.company.issue()
    with world.index() as index, Proxy(world.company, identity=identity) as proxy:
        env = {"HTTPS_PROXY": proxy.url}
        yield Scene(index.url("/simple/"), world.knowing.wrap, root, env)


@situation(Group.PROXIES, "it is named by `--proxy` (uv: by variable), with `--isolated`", OLD)
def by_option(world: World) -> Iterator[Scene]:
    root = world.company.write(_folder(world))
    with world.index(world.stranger.issue()) as index, Proxy(world.company) as proxy:
        uvs = {"HTTPS_PROXY": proxy.url}
        own = {"uv": uvs, "uv --system-certs": uvs}
        options = ("--isolated", "--proxy", proxy.url)
        yield Scene(index.url("/simple/"), world.knowing.wrap, root, own=own, pip_options=options)


def _folder(world: World) -> Path:
    folder = world.folder / "settings"
    folder.mkdir(exist_ok=True)
    return folder
