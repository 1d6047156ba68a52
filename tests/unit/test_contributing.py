"""CONTRIBUTING's steps, walked with something that exists: they name every place that it needed, and no other."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text()
EXAMPLES = {"Add an insight": "rework", "Add a field": "category"}
# Outside of these, which other tests and people look after, each mention has its step.
LEFT_OUT = ("tests/", "docs/", "CONTRIBUTING.md", "CHANGELOG.md", "README.md", "SECURITY.md")
# Here the word means something else.
OTHERWISE = {
    "rework": set[str](),
    "category": {
        "tasks/static/tasks/dashboard/charts/streak.js",
        "tasks/static/tasks/dashboard/dom.js",
        "tasks/static/tasks/vendor/chart-4.6.1.umd.min.js",
    },
}


def steps(heading: str) -> list[str]:
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.split(r"^\d+\. ", section, flags=re.MULTILINE)[1:]


def places(step: str) -> list[str]:
    return re.findall(r"`((?:[\w.-]+/)+[\w.-]*)`", step)


def mentioning(word: str) -> set[str]:
    """The files of the project that have the word, or its past: not as a part of a longer one, but for snake case."""
    found = subprocess.run(
        ["git", "grep", "--files-with-matches", "--extended-regexp", f"(^|[^a-zA-Z]){word}(ed)?([^a-zA-Z]|$)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(found.stdout.splitlines())


def covers(place: str, file: str) -> bool:
    return file.startswith(place) if place.endswith("/") else file == place


STEPS = [(EXAMPLES[heading], step) for heading in EXAMPLES for step in steps(heading)]


@pytest.mark.parametrize("heading", EXAMPLES)
def test_steps_follow_the_example_that_they_say(heading: str) -> None:
    assert f"The list follows `{EXAMPLES[heading]}`" in PAGE.partition(f"\n## {heading}\n")[2].partition("1. ")[0]
    assert len(steps(heading)) > 5


@pytest.mark.parametrize(("example", "step"), STEPS)
def test_each_place_of_a_step_is_where_the_example_is(example: str, step: str) -> None:
    assert places(step)
    files = mentioning(example)
    unknown = [place for place in places(step) if not any(covers(place, file) for file in files)]
    assert [place for place in unknown if place != "tasks/static/tasks/dashboard/charts/"] == []


@pytest.mark.parametrize(("heading", "example"), EXAMPLES.items())
def test_each_mention_of_the_example_has_its_step(heading: str, example: str) -> None:
    named = [place for step in steps(heading) for place in places(step)]
    product = {file for file in mentioning(example) if not file.startswith(LEFT_OUT)}
    assert OTHERWISE[example] <= product
    assert {file for file in product - OTHERWISE[example] if not any(covers(place, file) for place in named)} == set()
