"""Error texts, pasted as people have them: the right page is among the first three.

Both `spip explain` and the site's own search are asked.
The texts were collected from public threads before either search was made to find them.
"""

from __future__ import annotations

import functools
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from _setup import environment as set_up
from _site import desk
from spip.commands.explain import find
from spip.data.pages import causes, pages
from support.cache import cached
from support.lacking import lacking
from support.project import digest
from support.run import run
from support.wheelhouse import CHECKOUT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TEXTS: list[dict[str, str]] = tomllib.loads(
    Path(__file__).with_name("error_texts.toml").read_text("utf-8")
)["text"]
_LEAST = 48  # of fifty
_FIRST = 3
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
# In the page's own frame: paste each text into the search field, take what the search lists.
_DRIVER = """\
<!doctype html><meta charset="utf-8"><iframe src="/index.html" width="1200" height="800"></iframe>
<script>
const texts = %s;
const frame = document.querySelector("iframe");
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
frame.onload = async () => {
  const there = frame.contentDocument;
  const field = there.querySelector("input.md-search__input");
  const results = () => [...there.querySelectorAll(
    ".md-search-result__list > li > a.md-search-result__link, "
    + ".md-search-result__list > li > details > a, .md-search-result__item > a:first-child")]
    .map((link) => new URL(link.href).pathname.replace(/^\\//, ""));
  field.focus();
  const meta = () => there.querySelector(".md-search-result__meta").textContent;
  for (let turn = 0; turn < 200 && !/\\w/.test(meta()); turn++) await wait(50);
  const typed = async (text) => {
    field.value = text;
    field.dispatchEvent(new frame.contentWindow.KeyboardEvent("keyup", {bubbles: true}));
    await wait(25);
  };
  const found = [];
  for (const text of texts) {
    await typed("");
    for (let turn = 0; turn < 60 && results().length; turn++) await wait(25);
    const clip = new frame.contentWindow.DataTransfer();
    clip.setData("text", text);
    const paste = new frame.contentWindow.ClipboardEvent(
      "paste", {clipboardData: clip, bubbles: true, cancelable: true});
    // Where nobody takes it: what a browser does by itself.
    if (field.dispatchEvent(paste)) await typed(text.replace(/\\n/g, " "));
    for (let turn = 0; turn < 60 && !results().length; turn++) await wait(25);
    await wait(50);
    found.push([...new Set(results())].slice(0, 3));
  }
  await fetch("/done", {method: "POST", body: JSON.stringify(found)});
};
</script>
"""


def test_there_are_fifty_and_each_names_a_page_that_there_is() -> None:
    assert len(TEXTS) == 50
    assert len({text["said"] for text in TEXTS}) == 50
    for text in TEXTS:
        assert text["page"] in pages()
        assert text["seen"].count("/") == 3
    # Every program that people asked about.
    programs = " ".join(text["by"] for text in TEXTS)
    for name in ("uv", "npm", "Node", "curl", "git", "conda", "poetry", "requests", "Go", "cargo"):
        assert name in programs


def test_the_terminal_finds_the_page_among_the_first_three() -> None:
    known = causes()
    missed = [
        (text["page"], found, text["said"][:80])
        for text in TEXTS
        if text["page"].removeprefix("causes/")
        not in (found := find.rank(text["said"], known)[:_FIRST])
    ]
    assert len(TEXTS) - len(missed) >= _LEAST, missed


@pytest.mark.parametrize("number", [0, 2, 10, 17])
def test_the_command_names_it_too(number: int) -> None:
    text = TEXTS[number]
    said = run([sys.executable, "-m", "spip", "explain", text["said"]]).passed()
    head = said.stdout.partition("\n\n")[0]
    assert text["page"].removeprefix("causes/") in head
    assert head.count("\n") < 3 * 3


def test_words_about_something_else_find_nothing() -> None:
    for text in ("hello world", "the weather is fine", "", "3.14 42"):
        assert find.rank(text, causes()) == [], text


@pytest.fixture(scope="module")
def site() -> Path:
    """The site of this checkout's pages."""
    if not set_up.is_ready(desk.ENVIRONMENT):
        lacking("scripts/site was never run here, which fetches its generator", installable=False)

    def make(folder: Path) -> None:
        words = [str(CHECKOUT / "scripts" / "site"), "--site-dir", str(folder)]
        run([sys.executable, *words], env={"HOME": str(folder.parent)}, timeout=300).passed()

    return cached(f"site-{digest('scripts')}", make)


def test_the_site_finds_the_page_among_the_first_three(site: Path, tmp_path: Path) -> None:
    found = _searched(site, [text["said"] for text in TEXTS], tmp_path)
    missed = [
        (text["page"], pasted, text["said"][:80])
        for text, pasted in zip(TEXTS, found, strict=True)
        if f"{text['page']}.html" not in pasted
    ]
    assert len(TEXTS) - len(missed) >= _LEAST, missed


def test_the_site_finds_nothing_for_words_about_something_else(site: Path, tmp_path: Path) -> None:
    assert _searched(site, ["zxqv wvutq"], tmp_path) == [[]]


def _searched(site: Path, texts: list[str], folder: Path) -> list[list[str]]:
    """Paste texts into the site's own search, in a browser; the pages that it lists first."""
    browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if browser is None:
        lacking(f"no browser on PATH ({', '.join(_BROWSERS)})", installable=False)
    driver = _DRIVER % json.dumps(texts).replace("<", "\\u003c")
    with _serving(site, driver) as (address, answer):
        argv = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
        argv += [f"--user-data-dir={folder / 'profile'}", "--disable-dev-shm-usage", address]
        env = {"PATH": os.defpath, "HOME": str(folder)}
        with subprocess.Popen(argv, env=env, stderr=subprocess.DEVNULL) as process:
            try:
                assert answer.ready.wait(120), "the browser found no end"
            finally:
                process.terminate()
    return answer.found


class _Answer:
    def __init__(self) -> None:
        self.ready = threading.Event()
        self.found: list[list[str]] = []


class _serving:  # noqa: N801  # used as a function is
    def __init__(self, site: Path, driver: str) -> None:
        self.answer = _Answer()
        handler = functools.partial(_Handler, site, driver, self.answer)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True

    def __enter__(self) -> tuple[str, _Answer]:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_address[1]}/driver", self.answer

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


class _Handler(http.server.SimpleHTTPRequestHandler):
    def __init__(self, site: Path, driver: str, answer: _Answer, *more: Any) -> None:
        self._driver, self._answer = driver, answer
        super().__init__(*more, directory=str(site))

    def do_GET(self) -> None:  # the name that http.server calls
        if self.path != "/driver":
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(self._driver.encode())

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self._answer.found = json.loads(self.rfile.read(length))
        self.send_response(204)
        self.end_headers()
        self._answer.ready.set()

    def log_message(self, *_: object) -> None:
        pass
