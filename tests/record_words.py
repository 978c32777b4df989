"""Record what pips say in each situation, and write it into the pages of docs/causes.

As a command: `python tests/record_words.py`. It takes some minutes. What was recorded lies in
tests/recorded_words.json; a test holds that each page has the words recorded for its cause.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from doctor_situations import SITUATIONS
from support.environments import environment
from support.run import run
from support.wheelhouse import CHECKOUT

RECORDED = Path(__file__).with_name("recorded_words.json")
PAGES = CHECKOUT / "docs" / "causes"
BEGIN, END = "<!-- recorded words -->", "<!-- /recorded words -->"
CELLS = (
    ("3.6", "21.3.1"),
    ("3.8", "23.0.1"),
    ("3.10", "20.3.4"),
    ("3.10", "23.0.1"),
    ("3.12", "24.2"),
    ("3.9", "25.3"),
    ("3.13", "26.3"),
)
# Words that every failure ends with say nothing about its cause.
_EVERYWHERE = re.compile(
    r"Looking in indexes|No matching distribution|Could not find a version|^ERROR: Exception:$"
    r"|^WARNING: Skipping page"  # the situations' own servers have little to say
)
_TELLING = re.compile(r"(?i)^(WARNING|ERROR|OSError|Could not fetch|.*\[SSL|error|  ╰|  │|hint)")
_CHANGING = (
    (re.compile(r"https://(localhost|127\.0\.0\.1):\d+"), "https://index.corp.example"),
    (re.compile(r"(?:localhost|127\.0\.0\.1)('?, port=|:)\d+"), r"index.corp.example\g<1>443"),
    (re.compile(r"localhost|127\.0\.0\.1"), "index.corp.example"),
    (re.compile(r"_ssl\.c:\d+"), "_ssl.c:N"),
    (re.compile(r"0x[0-9a-f]{6,}"), "0x..."),
    (re.compile(r"Retry\(total=0"), "Retry(total=4"),  # as the first of them says by default
    (re.compile(r"timeout=2\.0"), "timeout=15.0"),
    (re.compile(r"port \d+"), "port 443"),
    (re.compile(r"(?<![\w:/.])/(?!simple)[^\s'\"`]*/([^\s/'\"`]+)"), r".../\1"),
)
Said = dict[str, dict[str, list[str]]]  # cause -> words -> "pip X, Python Y" that said them


def main() -> int:
    """Run, record, write the pages; the exit code."""
    for python, pip in CELLS:
        environment(python, pip)  # made before several want it
    said: Said = {}
    with ThreadPoolExecutor(2) as pool:
        for cause, words, who in (x for found in pool.map(_record, SITUATIONS) for x in found):
            speakers = said.setdefault(cause, {}).setdefault(words, [])
            if who not in speakers:
                speakers.append(who)
    text = json.dumps(said, indent=1, sort_keys=True, ensure_ascii=False)
    RECORDED.write_text(f"{text}\n", "utf-8")
    _write_pages(said)
    return 0


def _write_pages(said: Said) -> None:
    for page in PAGES.glob("*.md"):
        page.write_text(with_words(page.read_text("utf-8"), said.get(page.stem, {})), "utf-8")


def with_words(page: str, said: dict[str, list[str]]) -> str:
    """Return a page with the recorded words in their place: above "How to see it", or last."""
    if not said:
        before, begin, rest = page.partition(BEGIN)
        return before + rest.partition(END)[2].lstrip("\n") if begin else page
    lines = [BEGIN, "## In the words of each pip", ""]
    for words in sorted(said, key=lambda each: (len(said[each]) * -1, each)):
        lines += [f"- {_listed(said[words])}:", "", f"      {words}", ""]
    block = "\n".join([*lines, END])
    if BEGIN in page:
        before, _, rest = page.partition(BEGIN)
        return before + block + rest.partition(END)[2]
    place = page.find("## How to see it")
    place = place if place >= 0 else page.find("\nNear it:") + 1 or len(page)
    return f"{page[:place]}{block}\n\n{page[place:]}"


def _listed(speakers: list[str]) -> str:
    return "every pip that was tried" if len(speakers) == len(CELLS) else "; ".join(speakers)


def _record(name: str) -> list[tuple[str, str, str]]:
    cause, made = SITUATIONS[name]
    with tempfile.TemporaryDirectory() as folder, made(Path(folder)) as way:
        env = {**way.env, "PIP_INDEX_URL": way.index}
        if root := env.pop("SPIP_CA_BUNDLE", ""):  # what pip reads instead
            env["PIP_CERT"] = root
        found = []
        for python, pip in CELLS:
            words = ["download", "--no-deps", "--no-cache-dir", "--retries=1", "--timeout=2"]
            argv = environment(python, pip).pip(*words, "-d", folder, "demo")
            said = run(argv, env=env, timeout=100)
            who = f"pip {pip}, Python {python}"
            found += [(cause, line, who) for line in _words(said.output)]
    print(name, file=sys.stderr)
    return found


def _words(output: str) -> Iterator[str]:
    """Yield each telling line once, without what differs from run to run."""
    seen = set()
    lines = output.strip().splitlines()
    if "Traceback (most recent call last):" in output:
        lines = [f"ERROR: Exception: ... {lines[-1]}"]
    for line in lines:
        if _EVERYWHERE.search(line) or not _TELLING.match(line):
            continue
        plain = line.rstrip()
        for pattern, words in _CHANGING:
            plain = pattern.sub(words, plain)
        if plain not in seen:
            seen.add(plain)
            yield plain


if __name__ == "__main__":
    sys.exit(main())
