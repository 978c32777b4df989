"""Situations in which nothing may be installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from _gauntlet.scene import CURRENT, OLD, Group, Scene, Wanted, situation
from support.authority import Authority, Sent, self_signed
from support.certificates import EXPIRED
from support.index import Index, standard_artifacts
from support.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from _gauntlet.scene import World
    from support.authority import Identity

_REFUSES = Wanted.REFUSES


def _served(title: str, identity: Callable[[World], Identity], *targets: tuple[str, str]) -> None:
    @situation(Group.NOTHING, title, *targets, wanted=_REFUSES)
    def make(world: World) -> Iterator[Scene]:
        with world.index(identity(world)) as index:
            yield Scene(index.url("/simple/"), world.knowing.wrap, _root(world))


_served("nobody knows the index's root", lambda w: w.stranger.issue(), CURRENT, OLD)
_served("the certificate signed itself", lambda _: self_signed())
_served("the certificate has expired", lambda w: w.company.issue(validity=EXPIRED))
_served("the certificate is another host's", lambda w: w.company.issue("other.corp.example"))
_served(
    "the server forgets its intermediate",
    lambda w: w.company.intermediate().issue(sent=Sent.LEAF),
)


@situation(Group.NOTHING, "the root in the store has expired", wanted=_REFUSES)
def expired_root(world: World) -> Iterator[Scene]:
    root = Authority("Example Expired CA", validity=EXPIRED)
    with world.index(root.issue()) as index:
        store = world.stores.trusting(root)
        yield Scene(index.url("/simple/"), store.wrap, root.write(_root(world).parent))


@situation(Group.NOTHING, "a proxy re-signs with a root that nobody knows", wanted=_REFUSES)
def strange_proxy(world: World) -> Iterator[Scene]:
    with world.index() as index, Proxy(world.stranger) as proxy:
        env = {"HTTPS_PROXY": proxy.url}
        yield Scene(index.url("/simple/"), world.knowing.wrap, _root(world), env)


@situation(
    Group.NOTHING,
    "what an isolated build needs comes from an index that nobody knows",
    CURRENT,
    OLD,
    wanted=_REFUSES,
)
def strange_build(world: World) -> Iterator[Scene]:
    with world.index() as index, world.index(world.stranger.issue()) as strange:
        index.site = Index([a for a in standard_artifacts() if a.project != "minibackend"])
        env = {
            "PIP_EXTRA_INDEX_URL": strange.url("/simple/"),
            "UV_INDEX": strange.url("/simple/"),
        }
        url, wrap = index.url("/simple/"), world.knowing.wrap
        yield Scene(url, wrap, _root(world), env, what="needsbuild", module="needsbuild.py")


@situation(
    Group.NOTHING,
    "`PIP_CERT` is meant to be the only root, and the index's is in the store",
    CURRENT,
    OLD,
    wanted=_REFUSES,
)
def restricted(world: World) -> Iterator[Scene]:
    other = str(world.stranger.write(_root(world).parent))
    uvs = {"SSL_CERT_FILE": other}
    own = {"uv": uvs, "uv --system-certs": uvs}
    with world.index() as index:
        env = {"PIP_CERT": other}
        yield Scene(index.url("/simple/"), world.knowing.wrap, _root(world), env, own)


def _root(world: World) -> Path:
    folder = world.folder / "refusals"
    folder.mkdir(exist_ok=True)
    return world.company.write(folder)
