"""The page in a real browser: filters filter, a failure opens, nothing is executed or fetched, axe is content.

It needs Chromium with its driver, Selenium and axe; `tox -e browser` brings the last two.
"""

import importlib.resources
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_reports import HOSTILE, MANY

from spec_tests.harness.report.html import as_html

webdriver = pytest.importorskip("selenium.webdriver")
pytest.importorskip("axe_core_python")
if not shutil.which("chromedriver"):
    pytest.skip("chromedriver is not installed", allow_module_level=True)

SHADES = ("light", "dark")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium without a window."""
    options = webdriver.ChromeOptions()
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1200,900"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = webdriver.chrome.service.Service(shutil.which("chromedriver"))
    made = webdriver.Chrome(options=options, service=service)
    yield made
    made.quit()


@pytest.fixture
def page(browser: Any, tmp_path: Path) -> Any:
    """The page of a server whose every text is markup."""
    return opened(browser, tmp_path, as_html(HOSTILE))


def opened(browser: Any, folder: Path, text: str) -> Any:
    """Show a page, and forget what came before."""
    file = folder / "page.html"
    file.write_text(text, encoding="utf-8")
    browser.get("about:blank")
    browser.get_log("performance")
    browser.get(file.as_uri())
    return browser


def visible(page: Any) -> list[str]:
    """The verdicts of the rows that are shown."""
    found = page.execute_script(
        "return [...document.querySelectorAll('[data-row]')]"
        ".filter(one => one.offsetParent).map(one => one.className)"
    )
    return list(found)


def test_filters_filter(page: Any) -> None:
    every = visible(page)
    page.find_element("id", "wrong").click()

    assert 112 == len(every)
    assert {"failed", "advised", "expected", "blocked", "inconclusive"} == set(visible(page))
    page.find_element("css selector", "[value=failed]").click()
    assert "failed" not in visible(page)
    page.find_element("id", "all").click()
    page.find_element("css selector", "[value=SHOULD]").click()
    assert len(every) > len(visible(page)) == int(page.find_element("id", "shown").text.split()[0])


def test_a_failure_opens_by_keyboard_and_shows_its_timeline(page: Any) -> None:
    summary = page.find_element("css selector", "li.failed > details > summary")
    assert not page.find_element("css selector", "li.failed svg").is_displayed()

    summary.send_keys("\n")

    assert page.find_element("css selector", "li.failed svg").is_displayed()
    assert "accepted" in page.find_element("css selector", "li.failed dl").text


def test_nothing_is_executed_and_nothing_fetched(page: Any) -> None:
    events = [json.loads(one["message"])["message"] for one in page.get_log("performance")]
    asked = [one["params"]["request"]["url"] for one in events if one["method"] == "Network.requestWillBeSent"]

    assert [page.current_url] == asked
    assert not [one for one in page.get_log("browser") if one["level"] == "SEVERE"]
    assert 1 == len(page.find_elements("tag name", "script"))


@pytest.mark.parametrize("shade", SHADES)
@pytest.mark.parametrize("width", [360, 1200])
def test_axe_finds_no_violation(page: Any, shade: str, width: int) -> None:
    features = [{"name": "prefers-color-scheme", "value": shade}]
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    page.set_window_size(width, 900)
    page.execute_script("for (const one of document.querySelectorAll('.failed details')) one.open = true")
    page.execute_script("[...document.querySelectorAll('section li')].slice(12).map(one => one.remove())")
    page.execute_script(importlib.resources.files("axe_core_python").joinpath("axe.min.js").read_text())

    found = page.execute_async_script("axe.run().then(arguments[arguments.length - 1])")

    told = [f"{one['id']}: {one['help']}: {one['nodes'][0]['html']}" for one in found["violations"]]
    assert not told, "\n".join(told)
    assert page.execute_script("return document.documentElement.scrollWidth <= innerWidth")


def test_without_javascript_everything_is_there(browser: Any, tmp_path: Path) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        page = opened(browser, tmp_path, as_html(HOSTILE))
        rows = page.find_elements("css selector", "[data-row]")
        assert 112 == len(rows)
        assert not page.find_element("id", "filters").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_a_cell_of_the_matrix_leads_to_its_chapter(browser: Any, tmp_path: Path) -> None:
    page = opened(browser, tmp_path, as_html(MANY))
    page.find_element("css selector", "tbody tr:nth-child(3) td.bad a").click()

    assert page.current_url.endswith("#s3-exchanging")
    assert page.find_element("css selector", "#s3-exchanging details svg").is_displayed()
