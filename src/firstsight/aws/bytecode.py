"""
Bytecode for the function.

The function's folder on Lambda is read-only, so without bytecode each cold start would compile every source anew. A
version of Python can use only its own bytecode, so a Python of the function's version has to make it.
"""

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from firstsight.aws import compiling
from firstsight.errors import FirstsightError

#: The version of Python that the function runs on.
VERSION = "3.13"
_IS_IT = f"import sys; sys.exit(sys.implementation.cache_tag != 'cpython-{VERSION.replace('.', '')}')"


class NoSuchPython(FirstsightError):
    """There is no Python of the function's version on this machine, and only such a one can make its bytecode."""

    code = "no-such-python"
    title = "No such Python"
    remedy = (
        f"Install Python {VERSION} (`uv python install {VERSION}` does), or bundle with --no-bytecode: "
        "then every cold start compiles the sources, which takes a while."
    )


def compile_all(sources: Mapping[str, str]) -> dict[str, bytes]:
    """Compile sources by their names in the bundle; the result is by names, too. Raises NoSuchPython."""
    done = subprocess.run(
        [find_python(), "-S", "-B", compiling.__file__],
        input=json.dumps(dict(sorted(sources.items()))).encode(),
        env={"PYTHONHASHSEED": "0"},
        stdout=subprocess.PIPE,
        check=True,
    )
    return {name: base64.b64decode(data) for name, data in json.loads(done.stdout).items()}


def find_python() -> str:
    """Find a Python of the function's version. Raises NoSuchPython."""
    found = next((python for python in _candidates() if python and _is_it(python)), None)
    if found is None:
        raise NoSuchPython(f"Expected a Python {VERSION} on this machine but found none.")
    return found


def _candidates() -> Iterator[str]:
    """Where it may be: a shim that is on the path need not run, so each is tried."""
    yield sys.executable
    yield shutil.which(f"python{VERSION}") or ""  # whole, for it is run without the path that it was found on
    yield _uv_find()
    pyenv = Path(os.environ.get("PYENV_ROOT") or "~/.pyenv").expanduser()
    yield from map(str, sorted(pyenv.glob(f"versions/{VERSION}.*/bin/python")))


def _is_it(python: str) -> bool:
    try:
        done = subprocess.run([python, "-S", "-c", _IS_IT], capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


def _uv_find() -> str:
    command = [sys.executable, "-m", "uv", "python", "find", "--no-project", "--managed-python", VERSION]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
