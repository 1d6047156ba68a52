"""`python -m tests.browser.picture`: draws docs/dashboard.png and docs/dashboard-dark.png, the pictures of README.

The real page in Chromium, with made-up figures of half a year, on the day of the figures.
"""

import base64
import io
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from PIL import Image

from tests.support.environment import prepare

DOCS = Path(__file__).resolve().parents[2] / "docs"
FILES = {"light": DOCS / "dashboard.png", "dark": DOCS / "dashboard-dark.png"}
LAST_CARD = "#card-cumulative-flow"
# Less than there is between two cards.
MARGIN = 12
WIDTH = 1200
# Pixels of the picture for one of the page: sharp on dense screens.
DENSITY = 1.5
COLOURS = 128
TASKS = ("Renew the passport", "Write to the landlord about the balcony", "Sort the tax receipts")

STOPPED_CLOCK = """
const Running = Date;
const now = %d;
globalThis.Date = class extends Running {
  constructor(...given) { super(...(given.length ? given : [now])); }
  static now() { return now; }
};
"""
END_OF_CARD = "return document.querySelector(arguments[0]).getBoundingClientRect().bottom + window.scrollY"


def main() -> int:
    prepare().close()
    # Django's settings want the environment first.
    import_module("django").setup()
    chromium, missing = (getattr(import_module("tests.support.chromium"), name) for name in ("chromium", "MISSING"))
    with tempfile.TemporaryDirectory() as profile, chromium(Path(profile)) as driver:
        if driver is None:
            print(missing, file=sys.stderr)
            return 1
        for scheme, file in FILES.items():
            file.write_bytes(small(photograph(driver, scheme)))
            print(f"Written: {file.relative_to(DOCS.parent)}, {file.stat().st_size / 1000:.0f} KB")
    return 0


def photograph(driver: Any, scheme: str) -> bytes:
    """The dashboard's upper part, down to the end of a card, as a PNG."""
    answers, standin = (import_module(f"tests.browser.{name}") for name in ("answers", "standin"))
    page_module = import_module("tests.support.page")
    with standin.standing_in() as server, stopped_clock(driver, datetime.fromisoformat(answers.AS_OF)):
        server.answers = answers.published() | {"/api/v1/tasks": named(answers.oldest_tasks())}
        page = page_module.Page(driver, server.address)
        page.emulate(scheme=scheme, motion="reduce")
        screen = {"width": WIDTH, "height": 1000, "deviceScaleFactor": DENSITY, "mobile": False}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        page.open("/dashboard", until=LAST_CARD)
        height = page.run(END_OF_CARD, LAST_CARD) + MARGIN
        clip = {"x": 0, "y": 0, "width": WIDTH, "height": height, "scale": 1}
        shot = driver.execute_cdp_cmd("Page.captureScreenshot", {"clip": clip, "captureBeyondViewport": True})
        page.emulate()
    return base64.b64decode(shot["data"])


@contextmanager
def stopped_clock(driver: Any, as_of: datetime) -> Iterator[None]:
    """For the pages, it is a minute later than the figures."""
    source = STOPPED_CLOCK % ((as_of.timestamp() + 60) * 1000)
    script = driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": source})
    try:
        yield
    finally:
        driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)


def named(tasks: list[dict[str, str]]) -> list[dict[str, str]]:
    """The tests' titles hold markup; these read like somebody's."""
    return [{**task, "title": title} for task, title in zip(tasks, TASKS, strict=True)]


def small(png: bytes) -> bytes:
    """With as many colours as a page of charts needs."""
    picture = Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    target = io.BytesIO()
    picture.save(target, "PNG", optimize=True)
    return target.getvalue()


if __name__ == "__main__":
    sys.exit(main())
