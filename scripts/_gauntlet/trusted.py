"""Situations in which the machine knows the root: in its store, or somewhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from _gauntlet.scene import CURRENT, OLD, Group, Scene, situation
from support.certificates import Flaw
from trust_machine import Machine, missing
from trust_tools import Everything

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from _gauntlet.scene import World

_SEVERAL = (CURRENT, OLD, ("3.9", "25.3"), ("3.6", "21.3.1"))
_ODD = (("3.13", "none"), ("3.8", "none"), ("2.7", "20.3.4"), ("distribution", "its own"))


@situation(Group.STORE, "a wheel", *_SEVERAL, *_ODD, ("3.13", "no ssl"))
def store(world: World) -> Iterator[Scene]:
    with world.index() as index:
        yield Scene(index.url("/simple/"), world.knowing.wrap, _root(world))


@situation(Group.STORE, "an sdist that is built in isolation", CURRENT, OLD)
def isolated_build(world: World) -> Iterator[Scene]:
    with world.index() as index:
        yield Scene(
            index.url("/simple/"),
            world.knowing.wrap,
            _root(world),
            what="needsbuild",
            module="needsbuild.py",
        )


@situation(Group.STORE, "`PIP_USE_DEPRECATED=legacy-certs` was left behind")
def legacy(world: World) -> Iterator[Scene]:
    env = {"PIP_USE_DEPRECATED": "legacy-certs"}
    with world.index() as index:
        yield Scene(index.url("/simple/"), world.knowing.wrap, _root(world), env)


@situation(Group.STORE, "`--isolated`", OLD)
def isolated(world: World) -> Iterator[Scene]:
    options = ("--isolated",)
    with world.index() as index:
        yield Scene(index.url("/simple/"), world.knowing.wrap, _root(world), pip_options=options)


@situation(Group.STORE, "the index asks for a client certificate", CURRENT, OLD)
def client_certificate(world: World) -> Iterator[Scene]:
    folder = _root(world).parent
    file = str(world.company.issue_client().write(folder))
    pips, uvs = {"PIP_CLIENT_CERT": file}, {"SSL_CLIENT_CERT": file}
    own = {"uv": uvs, "uv --system-certs": uvs}
    with world.index(clients=world.company) as index:
        yield Scene(index.url("/simple/"), world.knowing.wrap, _root(world), pips, own)


@situation(Group.ELSEWHERE, "in the anchors' folder, and the store was never rebuilt", CURRENT, OLD)
def anchors(world: World) -> Iterator[Scene]:
    with world.index() as index:
        unfinished = world.stores.not_updated(world.company)
        yield Scene(index.url("/simple/"), unfinished.wrap, _root(world))


@situation(Group.ELSEWHERE, "in the file that an inspection agent left", CURRENT, OLD)
def agent(world: World) -> Iterator[Scene]:
    if missing():
        raise LookupError(missing())
    folder = world.folder / "agent"
    folder.mkdir(exist_ok=True)
    machine = Machine(folder, world.pristine, world.folder)
    machine.put("/opt/netskope/stagent/data/nscacert.pem", world.company.pem)
    with world.index() as index:
        yield Scene(index.url("/simple/"), machine.wrap, _root(world))


@situation(Group.ELSEWHERE, "in a file that each tool is told of in its own way", CURRENT, OLD)
def told(world: World) -> Iterator[Scene]:
    root = str(_root(world))
    uvs = {"SSL_CERT_FILE": root}
    own = {
        "pip": {"PIP_CERT": root},
        "pip-system-certs": {"PIP_CERT": root},
        "uv": uvs,
        "uv --system-certs": uvs,
        "spip": {"SPIP_CA_BUNDLE": root},
    }
    with world.index() as index:
        yield Scene(index.url("/simple/"), world.pristine.wrap, _root(world), own=own)


@situation(Group.ELSEWHERE, "in `cert =` of pip's configuration")
def configured(world: World) -> Iterator[Scene]:
    config = world.folder / "pip.conf"
    config.write_text(f"[global]\ncert = {_root(world)}\n", "utf-8")
    env = {"PIP_CONFIG_FILE": str(config)}
    with world.index() as index:
        yield Scene(index.url("/simple/"), world.pristine.wrap, _root(world), env)


@situation(Group.ELSEWHERE, "in `SSL_CERT_FILE` alone", CURRENT, OLD)
def openssl_variable(world: World) -> Iterator[Scene]:
    env = {"SSL_CERT_FILE": str(_root(world))}
    with world.index() as index:
        yield Scene(index.url("/simple/"), world.pristine.wrap, _root(world), env)


@situation(Group.ELSEWHERE, "in `REQUESTS_CA_BUNDLE`, and the store is empty (a slim container)")
def slim(world: World) -> Iterator[Scene]:
    env = {"REQUESTS_CA_BUNDLE": str(_root(world))}
    with world.index() as index:
        yield Scene(index.url("/simple/"), world.stores.empty().wrap, _root(world), env)


@situation(Group.ELSEWHERE, "in `PIP_CERT`, and the requirement is a git repository")
def git(world: World) -> Iterator[Scene]:
    folder = world.folder / "repository"
    env = {"PIP_CERT": str(_root(world))}
    with world.index() as index:
        index.site = Everything(folder)
        yield Scene(
            index.url("/simple/"),
            world.pristine.wrap,
            _root(world),
            env,
            what=f"git+{index.url('/git/repository.git')}",
            module="fromgit.py",
        )


def _flawed(title: str, flaw: Flaw) -> None:
    @situation(Group.DEFECTS, title)
    def make(world: World) -> Iterator[Scene]:
        root = type(world.company)(f"Example {flaw.name.title()} CA", flaws=[flaw])
        folder = world.folder / flaw.name
        folder.mkdir(exist_ok=True)
        with world.index(root.issue(flaws=[flaw])) as index:
            store = world.stores.trusting(root)
            yield Scene(index.url("/simple/"), store.wrap, root.write(folder))


_flawed("basicConstraints is not marked critical", Flaw.BASIC_CONSTRAINTS_NOT_CRITICAL)
_flawed("no keyUsage", Flaw.NO_KEY_USAGE)
_flawed("no subjectKeyIdentifier", Flaw.NO_SUBJECT_KEY_IDENTIFIER)
_flawed("no authorityKeyIdentifier in what it signed", Flaw.NO_AUTHORITY_KEY_IDENTIFIER)
_flawed("X.509 version 1, no extensions at all", Flaw.VERSION_1)


def _root(world: World) -> Path:
    folder = world.folder / "root"
    folder.mkdir(exist_ok=True)
    return world.company.write(folder)
