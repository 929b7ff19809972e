"""`firstsight cost`."""

import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from firstsight import cli
from firstsight.aws import reading
from firstsight.aws.cost import Traffic, container, deployment_of, function
from firstsight.aws.durations import MEASURED
from firstsight.aws.prices import DATE, PRICES
from firstsight.settings import Settings, Topology
from tests.aws.test_durations import LOG
from tests.cli.told import Command, sentence_and_remedy


def test_it_shows_a_month_of_the_function_beside_one_of_containers(command: Command) -> None:
    done = command("cost", "--requests", "1e6", "--hit-rate", "0.98", "--topology", "cdn", "--kilobytes", "50")
    text = done.stdout.decode()
    assert (done.returncode, done.stderr) == (0, b"")
    assert text.startswith("A month of 1,000,000 requests, 98 % of them there already: 20,000 images are made.\n")
    rows = {line[:28].strip(): line[28:] for line in text.splitlines() if re.search(r"\d\.\d\d( +-)?$", line)}
    # 1,000,000 x 50,000 / 2^30 = 46.57 GB at $0.085
    assert rows["CloudFront, transfer"].split() == ["46.57", "GB", "3.96", "3.96"]
    assert rows["Lambda, requests"].split() == ["0.04", "million", "0.01", "-"]
    assert rows["Load balancer"].split() == ["730", "hours", "-", "16.43"]
    right = max(map(len, rows.values()))
    both = [(line[: right - 10][-12:].strip(), line[right - 10 :].strip()) for line in rows.values()]
    for side in (0, 1):
        *parts, total = [dollars[side] for dollars in both]
        assert sum(float(part.replace("-", "0")) for part in parts) == pytest.approx(float(total), abs=0.05)
    assert f"lists of us-east-1, {DATE}" in text


def test_as_json_it_has_the_same_with_every_price_and_where_it_is_from(command: Command) -> None:
    data = json.loads(command("cost", "--requests", "1e6", "--json").stdout)
    assert data["traffic"]["requests"] == 1e6
    for side in ("function", "containers"):
        assert data[side]["dollars_a_month"] == pytest.approx(
            sum(row["dollars"] for row in data[side]["rows"]), abs=0.01
        )
    assert [price["what"] for price in data["prices"]] == [price.what for price in PRICES.values()]
    assert all(price["page"] and price["date"] for price in data["prices"])
    low, high = data["crossover"]
    assert 1e6 < low <= high


def test_the_settings_say_what_is_deployed_and_options_say_otherwise(command: Command) -> None:
    settings = 'source = "s3://photos"\n[aws]\ntopology = "website"\nmemory = 3008\narchitecture = "x86_64"\n'
    Path("firstsight.toml").write_text(settings)

    def deployed(*options: str) -> tuple[Any, ...]:
        found = json.loads(command("cost", "--json", *options).stdout)["deployment"]
        return tuple(found[name] for name in ("topology", "front", "architecture", "memory"))

    assert deployed() == ("website", "rest-api", "x86_64", 3008)
    assert deployed("--topology", "cdn", "--memory", "1024", "--arch", "arm64") == (
        "cdn",
        "function-url",
        "arm64",
        1024,
    )


def test_the_drawing_has_the_crossover_that_is_told(command: Command, folder: Path) -> None:
    done = command("cost", "--topology", "website", "--hit-rate", "0.98", "--plot", "cost.svg")
    root = ElementTree.fromstring((folder / "cost.svg").read_text("utf-8"))
    texts = [element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text")]
    [crossover] = re.findall(r"up to ([\d,]+) requests", done.stdout.decode())
    assert f"at {crossover}" in texts
    assert {"function", "containers", "10⁶", "requests a month"} <= set(texts)
    assert len(root.findall("{http://www.w3.org/2000/svg}circle")) == 1


@pytest.mark.parametrize("options", [("--requests", "0"), ("--hit-rate", "1"), ("--hit-rate", "0")])
def test_any_month_can_be_drawn(command: Command, folder: Path, options: tuple[str, ...]) -> None:
    assert command("cost", "--plot", "cost.svg", *options).returncode == 0
    ElementTree.fromstring((folder / "cost.svg").read_text("utf-8"))


def test_a_share_that_is_no_share_is_refused(command: Command) -> None:
    done = command("cost", "--hit-rate", "98")
    sentence, _ = sentence_and_remedy(done.stderr.decode())
    assert done.returncode == 2
    assert "--hit-rate" in sentence


class Cloud:
    """A log group with these lines."""

    def __init__(self, *lines: str) -> None:
        self.lines = lines

    def log_lines(self, group: str, since: int, pattern: str) -> Iterator[tuple[str, int, str]]:
        assert (group, pattern) == ("/aws/lambda/firstsight-photos", "")
        yield from (("", since, line) for line in self.lines)


@pytest.mark.usefixtures("folder")
def test_durations_can_come_from_the_functions_own_log(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    Path("firstsight.toml").write_text('source = "s3://photos"\n')
    monkeypatch.setattr(reading, "connect", lambda settings: Cloud(*LOG))
    assert cli.run(["cost", "--from-logs", "--json"]) == 0
    data = json.loads(capfd.readouterr().out)
    assert data["durations"]["made"] == (61 + 70) / 2
    assert data["traffic"]["kilobytes"] == 40, "an image is as large as the log says"
    monkeypatch.setattr(reading, "connect", lambda settings: Cloud())
    assert cli.run(["cost", "--from-logs"]) == 1
    _, remedy = sentence_and_remedy(capfd.readouterr().err)
    assert "--minutes" in remedy


DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_shows_the_drawing_that_its_command_makes(command: Command, folder: Path) -> None:
    [line] = re.findall(r"^\$ firstsight (cost .*)$", (DOCS / "cost.md").read_text("utf-8"), re.MULTILINE)
    assert command(*line.split()).returncode == 0
    assert (folder / "cost.svg").read_text("utf-8") == (DOCS / "plots" / "cost.svg").read_text("utf-8")


def test_the_page_has_every_price_with_its_source_and_date() -> None:
    told = [
        [cell.strip() for cell in line.strip("| ").split(" | ")]
        for line in (DOCS / "reference" / "prices.md").read_text("utf-8").splitlines()
        if line.startswith("| ")
    ][2:]
    assert [(what, unit, page, date) for what, _, unit, page, date in told] == [
        (price.what, price.unit, price.page, price.date) for price in PRICES.values()
    ]
    for (what, dollars, *_), price in zip(told, PRICES.values(), strict=True):
        steps = [step.partition(" to ") for step in dollars.split("; ")]
        said = [(float(upto.replace(",", "") or "inf"), float(each)) for each, _, upto in steps]
        assert said == list(price.steps), what


@pytest.mark.parametrize("topology", Topology)
def test_the_page_says_where_containers_begin_to_cost_less(topology: Topology) -> None:
    text = (DOCS / "cost.md").read_text("utf-8")
    [row] = re.findall(rf"^\| `{topology}` \| (.*) \|$", text, re.MULTILINE)
    deployment = deployment_of(Settings(), topology=topology)
    for told, hit_rate in zip(row.split(" | "), (0.99, 0.98, 0.9), strict=True):

        def difference(requests: float, hit_rate: float = hit_rate) -> float:
            traffic = Traffic(requests, hit_rate)
            return function(deployment, traffic).dollars - container(deployment, traffic).dollars

        requests = float(told.replace(",", ""))
        assert difference(0.94 * requests) < 0 < difference(1.06 * requests)
        assert all(difference(requests * part / 20) < 0 for part in range(1, 19)), "and not before"


def test_the_page_has_the_durations_that_are_taken() -> None:
    text = (DOCS / "cost.md").read_text("utf-8")
    found = MEASURED
    assert f"| made | {found.made:g} | {found.made_processor:g} |" in text
    assert f"| stored already | {found.stored:g} | {found.stored_processor:g} |" in text
    assert f"| what a cold start adds | {found.start:g} | |" in text
