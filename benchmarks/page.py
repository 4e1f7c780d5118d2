"""How large the page of a report is, and how soon it opens: `python benchmarks/page.py REPORT.json`.

The servers of a report of `--report-json` are repeated until there are forty; then the page of all of them is
written and opened in a headless Chromium (with its driver and Selenium), by turns with that of the first
server alone. Prints sizes, times and their ratio, of one run on one machine; judges nothing.
"""

import argparse
import itertools
import shutil
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from selenium import webdriver

from spec_tests.harness.reading.reports import read_reports
from spec_tests.harness.report.html import as_html
from spec_tests.harness.report.results import Results, ServerResult

SERVERS = 40
ROUNDS = 5
OPENED = "const [one] = performance.getEntriesByType('navigation'); return one.loadEventEnd - one.startTime"


def pages(reports: list[dict[str, Any]]) -> dict[str, str]:
    """The page of forty servers, and of one."""
    again = itertools.cycle(reports)
    many = [ServerResult(next(again) | {"name": f"server-{number}"}) for number in range(SERVERS)]
    return {
        f"{SERVERS} servers": as_html(Results(many, is_catalogue=True)),
        "1 server": as_html(Results(many[:1])),
    }


def milliseconds(browser: Any, file: Path) -> float:
    """How long the browser took until the page was loaded and laid out."""
    browser.get("about:blank")
    browser.get(file.as_uri())
    return float(browser.execute_script(OPENED))


def main() -> None:
    """Print what each page weighs, and how long it took to open."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report", type=Path)
    reports = read_reports(parser.parse_args().report)
    options = webdriver.ChromeOptions()
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu"):
        options.add_argument(word)
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    browser = webdriver.Chrome(options=options, service=service)
    try:
        with tempfile.TemporaryDirectory() as folder:
            files = {}
            for name, text in pages(reports).items():
                files[name] = Path(folder) / f"{name}.html"
                files[name].write_text(text, encoding="utf-8")
            taken: dict[str, list[float]] = {name: [] for name in files}
            for name, file in list(files.items()) * ROUNDS:
                taken[name].append(milliseconds(browser, file))
            for name, file in files.items():
                size = file.stat().st_size / 2**20
                print(f"{name}: {size:.2f} MiB, opened in {median(taken[name]):.0f} ms")
            many, one = (median(each) for each in taken.values())
            print(f"forty to one: {many / one:.1f}")
    finally:
        browser.quit()


if __name__ == "__main__":
    main()
