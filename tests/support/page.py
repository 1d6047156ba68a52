"""What the tests do with a page, in a reader's terms."""

from collections.abc import Callable
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

PATIENCE_SECONDS = 10


def plain(text: str) -> str:
    """Typographic spaces and dashes as the keyboard's."""
    return text.replace("\u00a0", " ").replace("\u2009", " ").replace("\u2013", "-")


class Page:
    def __init__(self, driver: webdriver.Chrome, address: str) -> None:
        self.driver = driver
        self.address = address

    def open(self, path: str, *, until: str) -> None:
        """Opens a path and waits until something that matches the selector is to be seen."""
        self.driver.get(self.address + path)
        self.wait_for(until)

    def wait_for(self, selector: str) -> WebElement:
        def visible(_: object) -> list[WebElement]:
            return [node for node in self.all(selector) if node.is_displayed()]

        return self._patiently().until(visible)[0]

    def wait_until(self, holds: Callable[[], bool]) -> None:
        self._patiently().until(lambda _: holds())

    def _patiently(self) -> WebDriverWait[webdriver.Chrome]:
        """What the page took away between two looks is looked for again."""
        gone = [StaleElementReferenceException]
        return WebDriverWait(self.driver, PATIENCE_SECONDS, poll_frequency=0.05, ignored_exceptions=gone)

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector: str) -> str:
        """What is to be seen there, in plain characters."""
        return plain(self.one(selector).text)

    def run(self, script: str, *arguments: object) -> Any:
        return self.driver.execute_script(script, *arguments)

    def call(self, module: str, function: str, *arguments: object) -> Any:
        """What a function of one of the page's modules returns."""
        return self.driver.execute_async_script(
            "const [path, name, values, done] = arguments; import(path).then((m) => done(m[name](...values)));",
            f"/static/tasks/dashboard/{module}.js",
            function,
            list(arguments),
        )

    def emulate(self, *, scheme: str = "light", motion: str = "no-preference", width: int = 1280) -> None:
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": motion},
        ]
        metrics = {"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def console(self) -> list[str]:
        """Errors and warnings since the last call: scripts that failed, files that are missing, policy violations."""
        lines: list[dict[str, Any]] = self.driver.get_log("browser")  # type: ignore[no-untyped-call]
        return [line["message"] for line in lines if line["level"] in ("SEVERE", "WARNING")]
