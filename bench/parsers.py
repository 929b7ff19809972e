"""
Every parser of what strangers say, tried with bytes that are led by what they reach in its code (libFuzzer by atheris).

    python -m bench parsers                    some seconds for each
    python -m bench.parsers imgproxy 3600      one of them for an hour

What a parser must hold is in tests/hostile/parsers.py, and the suite tries it with other bytes on every run. Bytes that
break it are written to .bench/parsers.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.missing import Missing
from bench.tables import Report, Table
from bench.workers import ROOT

SECONDS = 20
#: The longest bytes that are tried, and the seconds that one trial may take.
LONGEST, SLOWEST = 4_096, 5
LOCK = ROOT / "requirements" / "fuzz.txt"
INSTALLED, BROKEN = ROOT / ".bench" / "atheris", ROOT / ".bench" / "parsers"


def run() -> Report:
    """Try each parser. Raises Missing."""
    install()
    from tests.hostile.parsers import PARSERS

    rows = [_row(name) for name in PARSERS]
    table = Table(
        "Parsers, tried by coverage",
        ("parser", "trials", "edges of code reached", "distinct inputs kept", "faults"),
        rows,
        target="Wanted: no fault.",
        note=f"{SECONDS} s each, from its seeds and its words; inputs of at most {LONGEST} bytes; a trial that takes "
        f"{SLOWEST} s is a fault, too.",
    )
    return Report([table])


def install() -> None:
    """Bring the installed atheris in line with its lock file. Raises Missing."""
    done = INSTALLED / "lock.txt"
    if done.exists() and done.read_bytes() == LOCK.read_bytes():
        return
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--upgrade"]
    hashed = ["--no-deps", "--require-hashes", "--only-binary", ":all:", "-r", str(LOCK), "--target", str(INSTALLED)]
    finished = subprocess.run([*pip, *hashed], capture_output=True, text=True, check=False)
    if finished.returncode:
        raise Missing("atheris", f"It is for CPython 3.11 to 3.13 on Linux: {finished.stderr.strip()[-200:]}")
    done.write_bytes(LOCK.read_bytes())


def _row(name: str) -> tuple[str, int, int, int, str]:
    command = [sys.executable, "-m", "bench.parsers", name, str(SECONDS)]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)
    trials = re.search(r"stat::number_of_executed_units: (\d+)", finished.stderr)
    if trials is None:
        raise RuntimeError(f"the trial of {name} gave no figures: {finished.stderr[-2000:]}")
    edges, kept = (re.findall(r"cov: (\d+) ft: \d+ corp: (\d+)", finished.stderr) or [(0, 0)])[-1]
    fault = re.search(r"Uncaught Python exception: ===\n([^\n]*)|(ERROR: libFuzzer: [^\n]*)", finished.stderr)
    told = "none" if not finished.returncode else (fault[1] or fault[2])[:100] if fault else "some"
    return name, int(trials[1]), int(edges), int(kept), told


def _try(name: str, seconds: int) -> None:
    """Try one parser in this process, which ends with it."""
    install()
    sys.path.insert(0, str(INSTALLED))
    import atheris  # type: ignore[import-not-found]  # installed for this alone

    atheris.enabled_hooks.add("str")  # so that it sees what a comparison looks for
    with atheris.instrument_imports(include=["firstsight"]):
        from tests.hostile.parsers import PARSERS
    parser = PARSERS[name]
    with tempfile.TemporaryDirectory() as folder:
        corpus, words = Path(folder) / "corpus", Path(folder) / "words"
        corpus.mkdir()
        for number, seed in enumerate(parser.seeds):
            (corpus / f"seed{number}").write_bytes(seed)
        words.write_text("\n".join(f'"{_escaped(word)}"' for word in parser.words) + "\n")
        BROKEN.mkdir(parents=True, exist_ok=True)
        options = [f"-max_total_time={seconds}", f"-max_len={LONGEST}", f"-timeout={SLOWEST}", f"-dict={words}"]
        options += [f"-artifact_prefix={BROKEN}/{name}-", "-print_final_stats=1", "-rss_limit_mb=1000"]
        atheris.Setup(["parsers", *options, str(corpus)], parser.read)
        atheris.Fuzz()


def _escaped(word: str) -> str:
    return "".join(chr(byte) if chr(byte).isalnum() else f"\\x{byte:02x}" for byte in word.encode())


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    _try(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else SECONDS)
