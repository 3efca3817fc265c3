"""`loss help`: pages that are found by looking into their folder."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import losscli
from losscli.cli.catalogue import TOOLS
from losscli.commands.help import topics
from losscli.commands.help.topics import find_topic, other_words, topic_names
from losscli.losses import declaration
from losscli.losses.index import INDEX
from tests.conftest import Loss
from tests.examples import Session, output


def test_the_list_has_each_page_with_its_summary(loss: Loss) -> None:
    ran = loss("help")
    assert (ran.status, ran.err) == (0, "")
    for name in topic_names():
        assert any(
            line.startswith(name) and line.endswith(find_topic(name).summary)
            for line in ran.out.splitlines()
        )


def test_a_new_page_is_a_file(loss: Loss, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "toy.md").write_text("# Toy\n\nHow to play.\n\nMore.\n")
    monkeypatch.setattr(topics, "FOLDER", tmp_path)
    assert "toy  How to play." in loss("help").out.splitlines()
    assert loss("help", "toy").out == "# Toy\n\nHow to play.\n\nMore.\n"
    assert "where TOPIC is toy." in loss("--help").out


@pytest.mark.parametrize("name", topic_names())
def test_a_page_begins_with_its_title_and_a_summary(loss: Loss, name: str) -> None:
    title, summary, *_ = find_topic(name).text.split("\n\n")
    assert title.startswith("# ")
    assert summary.endswith(".")
    assert len(summary) <= 100
    shown = loss("help", name)
    assert (shown.status, shown.out) == (0, find_topic(name).text)
    assert "<!--" not in shown.out


@pytest.mark.parametrize(
    ("word", "page"),
    [("checks", "ci"), ("gates", "ci"), ("JSON", "output"), ("completion", "scripts")],
)
def test_other_words_lead_to_a_page(loss: Loss, word: str, page: str) -> None:
    assert loss("help", word) == loss("help", page)


def test_a_word_leads_to_one_page_and_is_no_command() -> None:
    words = [word for name in topic_names() for word in other_words(name)]
    assert len(words) == len(set(words))
    aliases = {alias for entry in INDEX.values() for alias in entry.aliases}
    assert not {*topic_names(), *TOOLS, *INDEX, *aliases} & {*words}


def test_help_as_an_option_takes_the_same_words(loss: Loss) -> None:
    assert loss("--help", "ce") == loss("-h", "ce") == loss("ce", "--help")
    assert loss("-h", "list") == loss("list", "--help")
    assert loss("--help", "checks") == loss("help", "ci")
    assert "there is no topic or command 'nonsens'" in loss("--help", "nonsens").err


def test_the_word_may_be_a_command(loss: Loss) -> None:
    assert loss("help", "ce") == loss("ce", "--help")
    assert loss("help", "entropy") == loss("entropy", "--help")
    assert loss("help", "explain", "ce") == loss("explain", "ce", "--help")
    assert loss("help", "explain").out.startswith("# ")


def test_an_unknown_word_is_refused_with_the_nearest(loss: Loss) -> None:
    for words, near in ((["sorces"], "sources"), (["entrpy"], "entropy"), (["hubr"], "huber")):
        ran = loss("help", *words)
        assert (ran.status, ran.out) == (2, "")
        assert f"did you mean {near}?" in ran.err
    assert loss("help", "--", "../topics/sources").status == 2
    assert loss("help", "explain", "nothing").status == 2


def test_no_page_has_the_name_of_a_loss() -> None:
    taken = {*INDEX, *(alias for entry in INDEX.values() for alias in entry.aliases)}
    assert not taken & set(topic_names())


@pytest.mark.parametrize("name", topic_names())
def test_a_terminal_shows_all_words_and_no_markdown(name: str) -> None:
    prose = re.sub(r"```.*?```", "", find_topic(name).text, flags=re.DOTALL)
    shown = output(Session(f"loss help {name}", "", 400))
    words = re.findall(r"[\w,.]+", re.sub(r"[`*]|^\|-.*$", "", prose, flags=re.MULTILINE))
    assert set(words) <= set(re.findall(r"[\w,.]+", shown))
    assert not re.search(r"^#|^\||\*\*\w[^*]*\*\*|```", shown, re.MULTILINE)


def test_the_options_that_pages_name_exist() -> None:
    package = Path(losscli.__file__).parent
    code = "\n".join(path.read_text("utf-8") for path in package.rglob("*.py"))
    named = {
        flag
        for name in topic_names()
        for flag in re.findall(r"--([a-z][a-z0-9-]+)", find_topic(name).text)
    }
    unknown = {
        flag
        for flag in named - {"peers", "install-completion", "log-input"}
        if not re.search(rf"--{flag}\b|\b{flag.replace('-', '_')}_?\b", code)
    }
    assert unknown == set()


def test_the_options_of_all_commands_are_on_a_page(loss: Loss) -> None:
    pages = "\n".join(find_topic(name).text for name in topic_names())
    own = {f"--{option.flag}" for option in declaration("ce").options} | {"--help"}
    missing = []
    for command in ("ce", "explain ce", "diagnose ce", "reconcile ce", "compare", "entropy"):
        rows = re.findall(r"^  (-.*)$", loss(*command.split(), "--help").out, re.MULTILINE)
        assert rows
        for row in rows:
            flags = re.findall(r"--[a-z][a-z0-9-]*", row.partition("   ")[0])
            if not own & set(flags) and not any(
                f"{flag}`" in pages or f"{flag} " in pages for flag in flags
            ):
                missing.append((command, flags))
    assert missing == []
