"""Versions are numbers, never text."""

from __future__ import annotations

import itertools
import types

import pytest

from spip import versions
from spip.trust import sources_in_force

IN_ORDER = ("1.9", "1.10.1", "1.25.11", "1.26", "1.100", "2", "2.6.3", "10.0", "19.3.1", "100.1")


@pytest.mark.parametrize(("older", "newer"), [*itertools.combinations(IN_ORDER, 2)])
def test_they_are_compared_as_numbers(older: str, newer: str) -> None:
    assert versions.numbers(older) < versions.numbers(newer)


@pytest.mark.parametrize(
    ("version", "numbers"),
    [
        ("26.3", (26, 3)),
        ("24.1rc1", (24, 1)),
        ("26.4.dev0", (26, 4)),
        ("2.6.3.post1", (2, 6, 3)),
        ("2026.01.05", (2026, 1, 5)),
        ("1.0+local.7", (1, 0)),
        ("\u0663.1", ()),  # a digit, and none of ASCII
        ("", ()),
        ("x", ()),
        (".", ()),
    ],
)
def test_of_any_spelling(version: str, numbers: tuple[int, ...]) -> None:
    assert versions.numbers(version) == numbers


@pytest.mark.parametrize(
    ("ours", "of_pip", "newest"),
    [
        ("2026.1.5", "2025.12.31", "ours"),
        ("2026.10.5", "2026.9.5", "ours"),
        ("2026.9.5", "2026.10.5", "pip"),
        ("2026.01.05", "2026.1.4", "ours"),
        ("2026.1.4", "2026.01.04", "pip"),
        ("", "2026.1.4", "pip"),
        ("2026.1.4", "", "ours"),
    ],
)
def test_the_newest_certifi_counts(
    ours: str, of_pip: str, newest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources_in_force, "own_certifi", lambda: "ours")
    monkeypatch.setattr(sources_in_force, "certifi_version", {"ours": ours, "pip": of_pip}.get)
    assert sources_in_force.newest_certifi("pip") == newest


@pytest.mark.parametrize(("version", "knows"), [("1.25.11", False), ("1.26", True), ("10.1", True)])
def test_which_urllib3_speaks_tls_to_a_proxy(
    *, version: str, knows: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from spip.bridge import tls_context

    vendor = types.ModuleType("pip._vendor")
    vendor.urllib3 = types.SimpleNamespace(__version__=version)  # type: ignore[attr-defined]
    monkeypatch.setitem(__import__("sys").modules, "pip._vendor", vendor)
    asked: dict[str, object] = {}
    adapter = types.SimpleNamespace(
        _pool_connections=1,
        _pool_maxsize=1,
        _pool_block=False,
        init_poolmanager=lambda *_, **__: None,
        proxy_manager_for=lambda _, **options: asked.update(options),
    )
    tls_context.use(adapter, "context")
    adapter.proxy_manager_for("https://proxy.corp.example")
    assert ("proxy_ssl_context" in asked) is knows
