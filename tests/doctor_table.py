"""Run each situation with plain pip and with spip, and write docs/doctor-causes.md.

As a command: `python tests/doctor_table.py`. It takes some minutes, most of them plain pip's. With
names of situations behind it, only their rows are made anew.
"""

from __future__ import annotations

import re
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from doctor_situations import SITUATIONS
from doctor_steps import FOLLOWED, follow, outcome, surroundings
from doctor_world import report
from support.environments import environment, with_spip
from support.run import Result, run
from support.wheelhouse import CHECKOUT

PYTHON, PIP = "3.13", "26.3"
TABLE = CHECKOUT / "docs" / "doctor-causes.md"
HEAD = f"""# What pip says, and what spip says

Made by `python tests/doctor_table.py`: each situation for real on loopback, `pip download demo`
with pip {PIP} on Python {PYTHON}, then the same command with spip in the same environment, then
`spip doctor` for that host. The seconds are those of the whole command; three run at a time. A
refused certificate isn't asked for again; what may pass is retried by spip as by pip, and the
doctor doesn't wait for that. The last column: what happened when the doctor's next step was pasted
into a shell, what it leaves open (FILE, USER:PASSWORD) filled in (tests/doctor_steps.py).

| situation | cause | pip's last line | s | spip's first line | s | doctor, s | its next step |
|---|---|---|---|---|---|---|---|
"""


def main(names: list[str]) -> int:
    """Write the table, the rows of `names` anew (none: every row); the exit code."""
    with_spip(environment(PYTHON, PIP))  # made before several want it
    rows = _kept() if names else {}
    with ThreadPoolExecutor(3) as pool:
        wanted = names or list(SITUATIONS)
        rows |= dict(zip(wanted, pool.map(_row, wanted), strict=True))
    TABLE.write_text(HEAD + "".join(rows[name] for name in SITUATIONS if name in rows), "utf-8")
    return 0


def _kept() -> dict[str, str]:
    lines = TABLE.read_text("utf-8").splitlines(keepends=True)[HEAD.count("\n") :]
    return {line.split(" ")[1]: line for line in lines}


def _row(name: str) -> str:
    where = with_spip(environment(PYTHON, PIP))
    cause, made = SITUATIONS[name]
    with tempfile.TemporaryDirectory() as folder, made(Path(folder)) as way:
        words = ["download", "--no-deps", "--no-cache-dir", "-d", folder, "demo"]
        env = way.env | {"PIP_INDEX_URL": way.index}
        plain = run(where.pip(*words), env=env, timeout=300)
        ours = run(where.spip(*words), env=env, timeout=300)
        doctor = run(where.spip("doctor", way.index), env=way.env, timeout=300)
    step = _step(name)
    cells = [name, f"[{cause}](causes/{cause}.md)", _last(plain), _seconds(plain), _first(ours)]
    print(name, _seconds(plain), _seconds(ours), file=sys.stderr)
    return f"| {' | '.join(cells)} | {_seconds(ours)} | {_seconds(doctor)} | {step} |\n"


def _step(name: str) -> str:
    """What came of the next step, in a world of its own: it changes what the others see."""
    cause, made = SITUATIONS[name]
    if name not in FOLLOWED:
        return _cell(outcome(name, cause, None))
    with tempfile.TemporaryDirectory() as folder, made(Path(folder)) as way:
        said = report(way.index, env=surroundings(way, Path(folder)), timeout=300)
        followed = follow(name, said["findings"][0]["next"], way, Path(folder))
    return _cell(outcome(name, cause, followed))


def _last(result: Result) -> str:
    lines = result.output.strip().splitlines()
    return _cell(lines[-1]) if lines else "nothing"


def _first(result: Result) -> str:
    """What a finding begins with; the waits of a flaky network are told before it."""
    said = [line for line in result.stderr.splitlines() if re.match(r"spip: \S", line)]
    said = [line for line in said if "more times" not in line]
    return _cell(said[-1].removeprefix("spip: ")) if said else "(nothing: the way is in order)"


def _cell(text: str) -> str:
    text = re.sub(r"localhost:\d+", "localhost:PORT", text)
    text = re.sub(r"port \d+", "port PORT", text)
    return re.sub(r"(?<![\w:/])/\S*/(\S+)", r"FOLDER/\1", text).replace("|", "\\|")


def _seconds(result: Result) -> str:
    return f"{result.seconds:.1f}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
