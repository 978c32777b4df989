"""Throw mutated files at the certificate reader: `python tests/fuzz_certificates.py [INPUTS]`.

With `src` on PYTHONPATH, unless spip is installed; a second number repeats an earlier run.

Each input is a real file (PEM, DER, PKCS#7, TRUSTED CERTIFICATE, a bundle) that was cut, joined,
flipped or sprinkled with what means something to a parser. What has to hold: an answer, soon, with
bounded memory, and never a root that the file doesn't hold or that may be none.
"""

from __future__ import annotations

import contextlib
import random
import resource
import sys
import time
from pathlib import Path

from spip.certificates import formats, openssl_facts, purposes, root_rules
from spip.stores.contents import Part
from support import root_kinds as kinds

LONGEST = 2.0  # seconds that one input may take
MOST_MEMORY = 400 << 20  # bytes, of the whole process
NOW = 1_795_000_000  # any fixed day
CERTIFICATES = [
    kinds.certificate(),
    kinds.certificate("index.corp.example", ca=False),
    kinds.certificate("Example Mail CA", purposes=[kinds.MAIL]),
    kinds.certificate("Example Server CA", purposes=[kinds.SERVERS], organisation="\u4f8b"),
]
PIECES = [
    b"-----BEGIN CERTIFICATE-----",
    b"-----END CERTIFICATE-----",
    b"-----BEGIN TRUSTED CERTIFICATE-----",
    b"-----BEGIN PKCS7-----",
    b"-----BEGIN PRIVATE KEY-----",
    b"-----",
    b"\n",
    b"\r",
    b"\x00",
    b"\x30\x80",
    b"\x30\x84\xff\xff\xff\xff",
    b"\xa0\x80",
    b"\x06\x03\x55\x1d\x25",
    b"\x55\x1d\x25",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"=",
    b"\x80" * 9,
]


def seeds() -> list[bytes]:
    """Return the files that the mutations start from."""
    one, leaf, mail, server = CERTIFICATES
    return [
        kinds.pem(one),
        kinds.pem(*CERTIFICATES),
        kinds.der(one),
        kinds.der(mail),
        kinds.der(one) + kinds.der(server),
        kinds.bag(*CERTIFICATES),
        kinds.bag(one, as_text=True),
        kinds.trusted(one, trust=[kinds.SERVERS], reject=[kinds.MAIL]),
        kinds.trusted(server, reject=[kinds.SERVERS]) + kinds.pem(leaf),
        kinds.pem(one).replace(b"\n", b"\r\n") + kinds.key_pem(),
        b"\xef\xbb\xbf# text\n" + kinds.pem(mail, server),
        kinds.pem(one).decode().encode("utf-16"),
        b"\x30\x80" + kinds.bag(one)[4:] + b"\x00\x00",
    ]


def mutated(data: bytes, chance: random.Random, all_seeds: list[bytes]) -> bytes:
    """Return `data` after one to six changes."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(changed) + 1)
        upto = min(len(changed), at + chance.choice([1, 1, 2, 8, 64, 500]))
        kind = chance.randrange(7)
        if kind == 0 and at < len(changed):
            changed[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            del changed[at:upto]
        elif kind == 2:
            changed[at:at] = chance.choice(PIECES)
        elif kind == 3:
            changed[at:upto] = chance.choice(PIECES)
        elif kind == 4:
            changed[at:at] = changed[at:upto] * chance.randint(1, 20)
        elif kind == 5:
            changed[at:at] = chance.choice(all_seeds)
        else:
            changed[at:upto] = chance.randbytes(upto - at)
    return bytes(changed)


def inside_pem(der: bytes, chance: random.Random, all_seeds: list[bytes]) -> bytes:
    """Return a sound PEM block around spoilt DER, which else the armour would hide."""
    label = chance.choice(["CERTIFICATE", "TRUSTED CERTIFICATE", "PKCS7"])
    return kinds.block(label, mutated(der, chance, all_seeds))


def check(data: bytes) -> tuple[int, int]:
    """Read one input as a source is read; return how many certificates and roots came of it."""
    found = formats.read(data)
    judged = openssl_facts.judge([block.der for block in found.blocks])
    rules = root_rules.Rules(judged, frozenset(), frozenset(), NOW)
    roots = 0
    for block in found.blocks:
        if not rules.against(Part(block, ""), as_it_is=False):
            roots += 1
            assert rules.facts(block.der).subject.isascii()
            assert purposes.trusted_for_servers(block.aux)
            if purposes.may_limit_purposes(block.der):
                assert purposes.serves(purposes.details(block.der).purposes)
    return len(found.blocks), roots


def fuzz(inputs: int, seed: int) -> dict[str, float]:
    """Check so many inputs; return what there is to tell. Raises on the first that fails."""
    chance = random.Random(seed)  # noqa: S311  # repeatable, not secret
    all_seeds = seeds()
    ders = [kinds.der(one) for one in CERTIFICATES]
    told = {"inputs": 0.0, "certificates": 0.0, "roots": 0.0, "slowest": 0.0}
    for _ in range(inputs):
        if chance.random() < 0.5:
            data = mutated(chance.choice(all_seeds), chance, all_seeds)
        else:
            data = inside_pem(chance.choice(ders), chance, all_seeds)
        began = time.process_time()
        try:
            certificates, roots = check(data)
        except BaseException:
            Path("fuzz-failed.bin").write_bytes(data)
            raise
        took = time.process_time() - began
        assert took < LONGEST, f"{took:.1f} s for {data[:200]!r}"
        told["inputs"] += 1
        told["certificates"] += certificates
        told["roots"] += roots
        told["slowest"] = max(told["slowest"], took)
    told["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return told


if __name__ == "__main__":
    with contextlib.suppress(ValueError):  # macOS knows the limit and takes no value
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    chosen = random.SystemRandom().randrange(1 << 32) if len(sys.argv) < 3 else int(sys.argv[2])
    print(f"seed {chosen}")
    for name, value in fuzz(number, chosen).items():
        print(f"{name:13}{value:12.3f}")
