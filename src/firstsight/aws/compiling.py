"""
Compiles sources to bytecode that is never compared with them. A program, run by the Python that the bytecode is for.

Standard input has the sources as JSON, by name; standard output the bytecode, by the name it has to have, in base64.
"""

import base64
import importlib.util
import json
import marshal
import sys

#: Where Lambda unpacks a function; tracebacks name it.
ROOT = "/var/task/"
#: An unchecked hash (PEP 552): neither the source's time nor its bytes are looked at when it is loaded.
UNCHECKED = (1).to_bytes(4, "little")
#: The last version of marshal's format that does not say which objects are the same one: that depends on what else the
#: process has in memory, so its bytes would too.
FORMAT = 2


def compiled(name: str, source: str) -> bytes:
    """Give the bytecode file of a source."""
    code = compile(source, ROOT + name, "exec", dont_inherit=True, optimize=0)
    stamp = importlib.util.source_hash(source.encode())
    return importlib.util.MAGIC_NUMBER + UNCHECKED + stamp + marshal.dumps(code, FORMAT)


def main() -> None:
    """Compile what standard input has."""
    sources = json.load(sys.stdin)
    made = {importlib.util.cache_from_source(name): compiled(name, source) for name, source in sources.items()}
    json.dump({name: base64.b64encode(data).decode() for name, data in made.items()}, sys.stdout)


if __name__ == "__main__":
    main()
