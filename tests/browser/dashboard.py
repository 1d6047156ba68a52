"""The dashboard in a reader's terms."""

from tests.support.page import Page, plain

INSIGHTS = "/api/v1/insights"
LAST_CARD = "#card-mix"

COLOURED_PIXELS = """
const { width, height } = arguments[0];
const pixels = arguments[0].getContext("2d").getImageData(0, 0, width, height).data;
const [red, green, blue] = arguments[1];
let found = 0;
for (let i = 0; i < pixels.length; i += 4) {
  if (pixels[i] === red && pixels[i + 1] === green && pixels[i + 2] === blue && pixels[i + 3] === 255) found += 1;
}
return found;
"""


def pixels_of(page: Page, card: str, colour: str) -> int:
    """How many pixels of a card's canvas are of a colour of the style sheet, written `#rrggbb`."""
    value = page.run(f"return getComputedStyle(document.documentElement).getPropertyValue('--{colour}').trim()")
    channels = [int(value[start : start + 2], 16) for start in (1, 3, 5)]
    found = page.run(COLOURED_PIXELS, page.one(f"{card} canvas"), channels)
    assert isinstance(found, int)
    return found


def table_rows(page: Page, card: str, details: str = ".numbers") -> list[str]:
    """The numbers below a chart, or what else its details hold, a line for each row."""
    page.run("for (const d of document.querySelectorAll(`${arguments[0]} details`)) d.open = true", card)
    return [plain(row.text) for row in page.all(f"{card} {details} .numbers-table tbody tr")]


def heard(page: Page, card: str) -> str:
    """What a screen reader was told last about a chart."""
    return plain(page.run("return document.querySelector(`${arguments[0]} [aria-live]`).textContent", card))


def labels_of(page: Page, card: str) -> list[str]:
    """What lies along the axis of the chart that is drawn."""
    drawn: list[str] = page.run(
        "return Chart.getChart(document.querySelector(`${arguments[0]} canvas`)).data.labels", card
    )
    return drawn


def points_of(page: Page, card: str) -> list[list[list[float]]]:
    """For each data set of a chart of points, what it was given: x and y of each."""
    drawn: list[list[list[float]]] = page.run(
        "return Chart.getChart(document.querySelector(`${arguments[0]} canvas`)).data.datasets"
        ".map(({ data }) => data.map(({ x, y }) => [x, y]))",
        card,
    )
    return drawn


def shown_cards(page: Page) -> list[str]:
    return [str(card.get_attribute("id")) for card in page.all(".card") if card.is_displayed()]


def look_again(page: Page) -> None:
    """What the page does every half minute, and when its tab is looked at again."""
    page.run("document.dispatchEvent(new Event('visibilitychange'))")
