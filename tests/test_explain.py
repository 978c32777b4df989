"""`spip explain`: the pages of the site in a terminal, offline, in the user's language."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path

import pytest

from spip.commands.explain import find, language, show
from spip.data import pages, table
from support import single_file
from support.project import project_wheel
from support.run import Result, run
from support.wheelhouse import CHECKOUT

TITLES = {"en": "What it means", "ko": "무슨 뜻인가", "zh": "含义", "ru": "Что это значит"}


def explain(*words: str, **env: str) -> Result:
    argv = [sys.executable, "-m", "spip", "explain", *words]
    return run(argv, env={"PYTHONUTF8": "1", "COLUMNS": "80", **env})


def test_the_page_of_a_cause_says_what_it_means_and_what_to_do() -> None:
    said = explain("expired").passed().stdout
    page = (CHECKOUT / "docs" / "causes" / "expired.md").read_text("utf-8")
    assert "What it means" in said
    assert "A certificate is valid until a date. Somebody has to renew it before." in said
    command = re.findall(r"^openssl .*$", page, re.MULTILINE)[0]
    assert f"\n    {command}\n" in said  # on one line, however long: it is to be pasted
    prose = [line for line in said.splitlines() if not line.startswith("    ")]
    assert max(map(len, prose)) <= 80
    assert not re.search(r"<!--|\]\(|^#|```", said, re.MULTILINE)
    assert "In the words of each pip" not in said


@pytest.mark.parametrize(
    ("env", "spoken"),
    [
        ({}, "en"),
        ({"LANG": "ko_KR.UTF-8"}, "ko"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_TW"}, "zh"),
        ({"LANG": "ru_RU.UTF-8@x"}, "ru"),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
        ({"LANG": "ko_KR.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "ko_KR.UTF-8", "LC_MESSAGES": "ru_RU.UTF-8"}, "ru"),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "fr:ru:en"}, "ru"),
        ({"LANG": "C", "LANGUAGE": "ru"}, "en"),
        ({"LANG": "kok_IN.UTF-8"}, "en"),  # Konkani begins with ko and is not Korean
        ({"LANG": ""}, "en"),
    ],
)
def test_the_language_is_the_users(env: dict[str, str], spoken: str) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    assert language.choose({"LANG": "C.UTF-8", **env}, stream) == spoken


@pytest.mark.parametrize(
    ("encoding", "spoken"),
    [("utf-8", "ko"), ("cp949", "ko"), ("ascii", "en"), ("cp1252", "en"), ("cp1251", "en")],
)
def test_a_terminal_that_lacks_the_letters_gets_english(encoding: str, spoken: str) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    assert language.choose({"LANG": "ko_KR.EUC-KR"}, stream) == spoken


@pytest.mark.parametrize("spoken", language.LANGUAGES)
def test_the_common_causes_are_in_each_language(spoken: str) -> None:
    assert explain("--lang", spoken, "dns").passed().stdout.count(TITLES[spoken]) == 1
    for cause in find.COMMON:
        assert TITLES[spoken] in (show.named(cause, spoken) or "")


def test_the_others_are_in_english_in_every_language() -> None:
    others = set(table("causes")) - set(find.COMMON)
    assert len(others) > 40
    for cause in others:
        assert TITLES["en"] in (show.named(cause, "ru") or ""), cause


def test_the_list_has_each_cause_the_common_first() -> None:
    said = explain().passed().stdout
    assert re.findall(r"^  ([\w-]+) ", said, re.MULTILINE)[:20] == list(find.COMMON)
    for cause in table("causes"):
        assert re.search(rf"^  {cause} ", said, re.MULTILINE), cause
    korean = explain(LANG="ko_KR.UTF-8").passed().stdout
    assert re.search(r"^  dns +\S*[\uac00-\ud7a3]", korean, re.MULTILINE)


def test_any_code_page_gets_a_page_without_a_traceback() -> None:
    for encoding in ("ascii", "cp936", "cp1251", "latin-1"):
        said = explain("strict-rules", PYTHONUTF8="0", PYTHONIOENCODING=encoding).passed()
        assert "\\u" not in said.stdout, encoding  # no mark of rich's is shown as an escape
        assert "What to do" in said.stdout


def test_an_error_is_read_from_standard_input_and_may_begin_with_a_dash() -> None:
    argv = [sys.executable, "-m", "spip", "explain", "-"]
    said = run(argv, stdin="npm ERR! code SELF_SIGNED_CERT_IN_CHAIN\n").passed().stdout
    assert "untrusted-interceptor" in said.partition("\n\n")[0]
    assert "verification-off" in explain("--trusted-host").passed().stdout


def test_what_no_page_has_is_one_sentence() -> None:
    said = explain("zxqv").failed()
    assert (said.code, said.stdout) == (1, "")
    assert said.stderr.splitlines()[0] == "spip: no page has these words"
    assert explain("--langg", "ko").failed().code == 2
    assert explain("--lang", "xx", "dns").failed().code == 2


def test_what_help_json_and_errors_name_can_be_read() -> None:
    """Help says (docs/trust.md); whoever has the single file alone has no docs/."""
    sources = [*(CHECKOUT / "src").rglob("*.py"), *(CHECKOUT / "src").rglob("*.toml")]
    named = {
        name
        for path in sources
        for name in re.findall(r"\bdocs/[\w/.-]+?\.(?:md|schema\.json)\b", path.read_text("utf-8"))
    }
    assert len(named) >= 3
    for name in named - {"docs/causes/NAME.md"}:
        assert show.named(name, "en") is not None, name
    for cause in table("causes"):
        assert show.named(cause, "en") is not None, cause


def test_the_single_file_and_the_wheel_have_every_page(tmp_path: Path) -> None:
    pyz = single_file.built() / "spip.pyz"
    for name, words in (("docs/doctor-json.md", "schema"), ("guides/ci", "GitLab"), ("dns", "DNS")):
        said = run([sys.executable, str(pyz), "explain", name], cwd=tmp_path).passed()
        assert words in said.stdout
    said = run([sys.executable, str(pyz), "explain", "--lang", "zh", "dns"], cwd=tmp_path).passed()
    assert "含义" in said.stdout
    run([sys.executable, "-m", "zipfile", "-e", str(project_wheel()), str(tmp_path)]).passed()
    packed = tmp_path / "spip" / "data" / pages.FILE
    assert set(pages.read(str(CHECKOUT / "docs"))) == set(json.loads(packed.read_text("utf-8")))


def test_a_page_names_commands_as_this_run_was_started() -> None:
    said = " ".join(explain("unknown-authority").passed().stdout.split())
    assert f"{sys.executable} -m spip trust add FILE" in said


def test_it_is_off_the_hot_path() -> None:
    argv = [sys.executable, "-X", "importtime", "-m", "spip", "--version"]
    said = run(argv).passed().stderr
    assert re.search(r"\| +spip\.run$", said, re.MULTILINE)
    assert not re.search(r"\| +(rich|spip\.commands|spip\.data\.pages)\b", said)
