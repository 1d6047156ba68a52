"""What axe-core finds on every page, in every state: nothing. Chromium computes the colours and names it judges."""

from importlib.resources import files

import pytest

from tests.browser import answers
from tests.browser.standin import StandIn
from tests.support.page import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
AXE = """
const [tags, done] = arguments;
axe.run(document, { runOnly: tags, resultTypes: ["violations", "incomplete"] }).then(({ violations }) =>
  done(violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target} ${node.failureSummary}`))));
"""


@pytest.fixture
def shown(page: Page, stand_in: StandIn) -> Page:
    stand_in.answers = answers.published()
    return page


def findings(page: Page) -> list[str]:
    page.run("for (const details of document.querySelectorAll('details')) details.open = true")
    page.run((files("axe_core_python") / "axe.min.js").read_text())
    found = page.driver.execute_async_script(AXE, RULES)
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_dashboard_has_no_findings(shown: Page, scheme: str, width: int) -> None:
    shown.emulate(scheme=scheme, motion="reduce", width=width)
    shown.open("/dashboard?from=2026-09-01&to=2026-10-03", until="#card-mix")
    assert findings(shown) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_organizations_figures_have_no_findings(shown: Page, stand_in: StandIn, scheme: str) -> None:
    stand_in.answers |= answers.of_organization()
    stand_in.context = {"analyst": True}
    shown.emulate(scheme=scheme, motion="reduce")
    shown.open("/dashboard?of=organization", until="#card-retention")
    shown.wait_for("#of")
    assert findings(shown) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("until", ["#empty", "#problem"])
def test_states_have_no_findings(page: Page, stand_in: StandIn, scheme: str, until: str) -> None:
    stand_in.answers = answers.unpublished()
    stand_in.status = 503 if until == "#problem" else None
    page.emulate(scheme=scheme, motion="reduce")
    page.open("/dashboard", until=until)
    assert findings(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/login", "/logout"])
def test_ways_in_and_out_have_no_findings(page: Page, stand_in: StandIn, scheme: str, path: str) -> None:
    stand_in.context = {"error": "E-mail or password is wrong."}
    page.emulate(scheme=scheme, motion="reduce")
    page.open(path, until="form.form")
    assert findings(page) == []
