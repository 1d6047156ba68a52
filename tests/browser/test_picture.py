"""README's pictures of the dashboard can be made again."""

import io

import pytest
from PIL import Image
from selenium import webdriver

from tests.browser.picture import DENSITY, FILES, WIDTH, photograph, small


@pytest.mark.parametrize(("scheme", "brightness"), [("light", range(200, 256)), ("dark", range(50))])
def test_picture_shows_the_page_in_its_scheme(driver: webdriver.Chrome, scheme: str, brightness: range) -> None:
    png = small(photograph(driver, scheme))
    picture = Image.open(io.BytesIO(png)).convert("L")
    assert len(png) < 200_000
    assert picture.width == WIDTH * DENSITY
    assert picture.height > 1000 * DENSITY
    assert picture.getpixel((10, picture.height - 10)) in brightness


@pytest.mark.parametrize("scheme", FILES)
def test_picture_of_readme_is_small(scheme: str) -> None:
    assert FILES[scheme].stat().st_size < 200_000
