"""A server that signed its own certificate: what helps depends on what it made itself."""

from __future__ import annotations

from pathlib import Path

from doctor_world import causes, doctor, report, the
from support.authority import Authority, Identity, self_signed
from support.environments import current_environment, with_spip
from support.index import Index, standard_artifacts
from support.run import run
from support.servers import TlsServer


def test_a_leaf_is_nobodys_root() -> None:
    with TlsServer(self_signed()) as server:
        found = the(report(server.url()), "self-signed")
    assert found["next"].endswith("for a certificate that an authority signed")
    assert found["who"] == "host"


def test_a_leaf_that_a_variable_names_is_told_to_count_for_nothing(tmp_path: Path) -> None:
    """And pip's own --cert, which the next step names, does take it."""
    leaf = self_signed()
    file = tmp_path / "leaf.pem"
    file.write_bytes(leaf.pem)
    named = {"REQUESTS_CA_BUNDLE": str(file)}
    spip = with_spip(current_environment())
    with TlsServer(leaf, Index(standard_artifacts())) as server:
        found = the(report(server.url(), env=named), "self-signed")
        words = [
            "download",
            "--no-deps",
            "-d",
            str(tmp_path),
            "--index-url",
            server.url("/simple/"),
        ]
        refused = run(spip.spip(*words, "demo"), env=named).failed()
        run(spip.spip(*words, "--cert", file, "demo")).passed()
    assert "REQUESTS_CA_BUNDLE names it, but it is no authority's" in found["sentence"]
    assert found["next"].endswith(f"--cert {file}")
    said = "holds a certificate that signed itself and is no CA's: passed over"
    assert f"spip: REQUESTS_CA_BUNDLE names {file}, which {said}" in refused.stderr
    assert found["sentence"] in refused.stderr


def test_an_authority_that_serves_itself_can_be_fetched_by_its_fingerprint(tmp_path: Path) -> None:
    root = Authority()
    with TlsServer(Identity(root.certificate, root.key)) as server:
        found = the(report(server.url()), "self-signed")
        place = f"localhost:{server.port}"
        assert found["next"].endswith(f"trust fetch {place}")
        spip = with_spip(current_environment())
        words = spip.spip("trust", "fetch", place, "--fingerprint", root.fingerprint)
        run(words, env={"HOME": str(tmp_path)}).passed()
        assert causes(report(server.url(), env={"HOME": str(tmp_path)})) == ["wrong-host-name"]
        assert doctor(server.url(), env={"HOME": str(tmp_path)}).stdout.endswith(
            "wrong-host-name\n"
        )
