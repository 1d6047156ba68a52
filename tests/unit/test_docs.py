"""What README, docs and the pages for contributors name is there: targets, paths, commands, routes, links."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import resolve

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
PAGES = [README, ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]
TEXT = "\n".join(page.read_text() for page in PAGES)
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("target", sorted(set(re.findall(r"(?:`|^ +)make ([a-z-]+)", TEXT, re.MULTILINE))))
def test_named_target_is_in_the_makefile(target: str) -> None:
    assert target in TARGETS


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:[\w.-]+/)+[\w.-]*)`", TEXT))))
def test_named_path_exists(path: str) -> None:
    inside_tests = ROOT / "tests" / path
    assert (ROOT / path).exists() or inside_tests.exists()


COMMANDS = re.findall(r"manage\.py ([a-z_]+)", TEXT) + re.findall(r'make manage STAGE=\w+ RUN="([a-z_]+)', TEXT)


@pytest.mark.parametrize("command", sorted(set(COMMANDS)))
def test_named_command_is_known(command: str) -> None:
    assert command in get_commands()


@pytest.mark.parametrize(
    "route", sorted(set(re.findall(r"(?:`|\$API_ENDPOINT)(/[a-z/0-9.]+)", TEXT.replace("$TASK", "1"))))
)
def test_named_route_resolves(route: str) -> None:
    assert resolve(route).func is not None


LINKS = [(page, link) for page in PAGES for link in re.findall(r"\]\((?!https?:)([^)]+)\)", page.read_text())]
PICTURES = re.findall(r'(?:src|srcset)="([^"]+)"', README.read_text())


@pytest.mark.parametrize(("page", "link"), LINKS, ids=lambda part: str(part).removeprefix(f"{ROOT}/"))
def test_link_leads_to_a_page_and_a_heading_of_it(page: Path, link: str) -> None:
    path, _, anchor = link.partition("#")
    target = page.parent / path if path else page
    assert target.exists()
    if anchor:
        assert anchor in [anchor_of(heading) for heading in re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE)]


def anchor_of(heading: str) -> str:
    """As GitHub makes it."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("picture", PICTURES)
def test_picture_of_readme_is_there(picture: str) -> None:
    assert (ROOT / picture).exists()


@pytest.mark.parametrize("page", [page for page in PAGES if page.parent != ROOT], ids=lambda page: str(page.name))
def test_page_can_be_reached_from_readme(page: Path) -> None:
    reached, coming = {README}, [README]
    while coming:
        here = coming.pop()
        linked = {(here.parent / link.partition("#")[0]).resolve() for by, link in LINKS if by == here}
        new = {found for found in linked if found.suffix == ".md"} - reached
        reached |= new
        coming += new
    assert page in reached


def test_readme_is_short() -> None:
    assert len(README.read_text().splitlines()) < 125
