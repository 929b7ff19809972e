"""The functions of docs/signing.md, run in their own languages against the vectors."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from firstsight import signing
from firstsight.settings import Key

ROOT = Path(__file__).parents[1]
VECTORS: list[dict[str, Any]] = json.loads((ROOT / "tests/vectors/signatures.json").read_text(encoding="utf-8"))
PAGE = (ROOT / "docs/signing.md").read_text(encoding="utf-8")

#: The language, its interpreter, the end of its file's name, and a program that signs each vector.
LANGUAGES = [
    (
        "python",
        sys.executable,
        ".py",
        (
            "import json, sys\nfor v in json.load(sys.stdin):\n"
            '    print(signed(v["path"], v["key_id"], v["secret"], v["expires"]))\n'
        ),
    ),
    (
        "ruby",
        "ruby",
        ".rb",
        (
            'require "json"\nJSON.parse($stdin.read).each do |v|\n'
            '  puts signed(v["path"], v["key_id"], v["secret"], v["expires"])\nend\n'
        ),
    ),
    (
        "javascript",
        "node",
        ".mjs",
        (
            'import { readFileSync } from "node:fs";\nfor (const v of JSON.parse(readFileSync(0, "utf8")))\n'
            "  console.log(signed(v.path, v.key_id, v.secret, v.expires ?? undefined));\n"
        ),
    ),
]


@pytest.mark.parametrize(("language", "interpreter", "ending", "program"), LANGUAGES, ids=[row[0] for row in LANGUAGES])
def test_the_function_of_the_docs_signs_what_firstsight_accepts(
    language: str, interpreter: str, ending: str, program: str, tmp_path: Path, require_tool: Callable[[str], str]
) -> None:
    command = interpreter if language == "python" else require_tool(interpreter)
    code = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert code is not None
    file = tmp_path / f"sign{ending}"
    file.write_text(code[1] + "\n" + program, encoding="utf-8")
    done = subprocess.run(
        [command, str(file)], input=json.dumps(VECTORS), capture_output=True, text=True, check=True, encoding="utf-8"
    )
    urls = done.stdout.splitlines()
    assert len(urls) == len(VECTORS)
    for url, vector in zip(urls, VECTORS, strict=True):
        segment, path = signing.split(unquote(url).removeprefix("/"))
        assert (segment, f"/{path}") == (vector["signature"], vector["path"])
        keys = (Key(vector["key_id"], vector["secret"].encode()),)
        signing.verify(vector["path"], segment, keys, now=-1 if vector["expires"] == 0 else 0)


def test_the_vectors_are_signed_by_firstsight_as_well() -> None:
    for vector in VECTORS:
        key = Key(vector["key_id"], vector["secret"].encode())
        assert signing.sign(vector["path"], key, vector["expires"]) == vector["signature"]
