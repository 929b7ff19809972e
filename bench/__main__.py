"""Runs benchmarks by name and prints what they measured."""

import argparse
import importlib
import json
import sys
from pathlib import Path

from bench import machine
from bench.missing import Missing
from bench.tables import Report

#: By name: what it measures, and whether sharp takes part. Each is the module of that name, whose `run` gives a Report.
BENCHMARKS: dict[str, tuple[str, bool]] = {
    "tasks": ("the time to make an image, against sharp", True),
    "similar": ("WebP, AVIF and JPEG at equal similarity, against sharp", True),
    "server": ("requests per second of a stored derivative", False),
    "qauto": ("`qauto` against one quality for all: bytes and the worst similarity", False),
    "family": ("five images from one decode against the largest alone", False),
    "resident": ("memory after 2,000 derivatives", False),
    "streaming": ("decoding while the bytes arrive against downloading first", False),
    "peak": ("peak memory of one render by kind of source", False),
    "hostile": ("hostile files and URLs against a server", False),
    "parsers": ("every parser, tried with bytes that are led by what they reach", False),
    "soak": ("20,000 requests at two workers, and the memory after them", False),
    "overload": ("ten times as many new images as can be made, for a minute", False),
    "kill": ("a server that is killed in the middle of 1,000 puts", False),
    "scale": ("from one machine to a thousand million images, on paper and simulated", False),
    "refine": ("bytes, time and cost of refining, and of eager presets", False),
    "frontier": ("bytes, time and similarity of the encoders over quality and effort", True),
}


def main() -> int:
    """Run what the command line names."""
    options = _options()
    names = options.name or list(BENCHMARKS)
    try:
        facts = machine.describe(peers=any(BENCHMARKS[name][1] for name in names))
    except Missing as error:
        print(error, file=sys.stderr)
        return 1
    print(_facts(facts, markdown=options.markdown), flush=True)
    reports: dict[str, Report] = {}
    missing = False
    for name in names:
        print(f"measuring {name}: {BENCHMARKS[name][0]}", file=sys.stderr, flush=True)
        try:
            reports[name] = importlib.import_module(f"bench.{name}").run()
        except Missing as error:
            missing = True
            print(f"\n{name} was left out: {error}", file=sys.stderr)
            continue
        for table in reports[name].tables:
            print(f"\n{table.markdown() if options.markdown else table.text()}", flush=True)
        for file, drawing in reports[name].drawings.items():
            _draw(options.drawings / file, drawing)
    if options.json:
        results = {name: report.json() for name, report in reports.items()}
        options.json.write_text(json.dumps({"machine": facts, "results": results}, indent=1) + "\n")
    return 1 if missing else 0


def _options() -> argparse.Namespace:
    listed = "\n".join(f"  {name:<10} {what}" for name, (what, _) in BENCHMARKS.items())
    parser = argparse.ArgumentParser(
        prog="python -m bench", epilog=f"benchmarks:\n{listed}", formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", nargs="*", metavar="NAME", help="what to measure; everything when none is named")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results to a file as JSON too")
    parser.add_argument("--markdown", action="store_true", help="print the tables as Markdown, for docs/performance.md")
    parser.add_argument(
        "--drawings", type=Path, metavar="FOLDER", default=Path(".bench"), help="where plots are written"
    )
    options = parser.parse_args()
    for name in options.name:
        if name not in BENCHMARKS:
            parser.error(f"expected one of {', '.join(BENCHMARKS)}, but got '{name}'")
    return options


def _facts(facts: dict[str, str], *, markdown: bool) -> str:
    if markdown:
        return "\n".join(f"- {name}: {value}" for name, value in facts.items())
    return "\n".join(f"{name:<11} {value}" for name, value in facts.items())


def _draw(path: Path, drawing: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(drawing)
    print(f"wrote {path}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
