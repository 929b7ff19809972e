"""What is said of scale: the page has the tables that the formulas give, and they agree with the estimate of costs."""

from pathlib import Path

import pytest

from bench import scale_paper
from bench.popularity import busiest
from bench.tables import Table
from firstsight.aws.cost import Deployment, Traffic, function
from firstsight.settings import Front, Topology

PAGE = Path(__file__).parents[2] / "docs" / "scale.md"


@pytest.mark.parametrize("table", scale_paper.tables(), ids=lambda table: table.title)
def test_the_page_has_what_the_formulas_give(table: Table) -> None:
    assert table.markdown() in PAGE.read_text("utf-8"), 'run `make bench ARGS="scale --markdown"`'


def test_a_site_asks_s3_for_as_much_as_the_estimate_of_costs_counts() -> None:
    """The gets of the busiest second, brought back to a month, are those of the bill."""
    site = scale_paper.Site(100_000_000)
    [row] = [row for row in scale_paper.tables()[0].rows if row[0] == "100,000,000"]
    traffic = Traffic(site.requests, 1 - site.misses, scale_paper.CACHED)
    bill = function(Deployment(Topology.CDN, Front.FUNCTION_URL, "arm64", 1536, alarms=5), traffic)
    [gets] = [cost.amount for cost in bill.costs if cost.what == "S3, gets"]
    thousands = float(gets.split()[0].replace(",", ""))
    a_second = float(str(row[6]).replace(",", ""))
    assert a_second / busiest() * scale_paper.MONTH / 1000 == pytest.approx(thousands, rel=0.01)


def test_what_is_made_and_what_is_stored_go_together() -> None:
    """Each thing that is stored stays for a life, so a life's makings are what is there: Little's law once more."""
    site = scale_paper.Site(1_000_000)
    makings = site.requests * site.misses
    assert makings * scale_paper.LIFE == pytest.approx(site.stored, rel=1e-6)
