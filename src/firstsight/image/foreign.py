"""
What an image file is beside an image: an archive, a program or a page, for whoever takes it for one.

What is made of an image has nothing of that. The source itself may be served too, by somebody else and under a name of
its uploader's choice, so a source of the usual two faces is refused: something of another kind that begins where the
image ends, or a page or a script in a comment. A photograph may well be followed by something: phones append films,
further pictures, and notes of their own.
"""

import re

from firstsight.errors import UnsupportedFormat
from firstsight.image.pieces import Pieces

#: What begins like this, after the image, is a file of its own.
BEGINNINGS = {
    b"PK\x03\x04": "a ZIP archive",
    b"PK\x05\x06": "a ZIP archive",
    b"Rar!\x1a\x07": "a RAR archive",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"\x1f\x8b\x08": "a gzip archive",
    b"%PDF-": "a PDF",
    b"\x7fELF": "a program",
    b"MZ\x90\x00\x03": "a program",
    b"#!/": "a program",
}
#: What a browser or a server would run.
_PAGE = re.compile(rb"<(?:html|script|!doctype\s+html|\?php)\b", re.IGNORECASE)
#: Bytes after an image that are looked at.
LOOKED_AT = 4096


def check_text(text: bytes) -> None:
    """Raise UnsupportedFormat for a page or a script among the metadata."""
    if _PAGE.search(text):
        raise _refused("a page or a script in its metadata")


def check_tail(tail: bytes) -> None:
    """Raise UnsupportedFormat for what follows an image, by its first bytes, if it is a file of another kind."""
    begun = tail[:LOOKED_AT].lstrip(b"\0\t\r\n ")
    what = next((what for beginning, what in BEGINNINGS.items() if begun.startswith(beginning)), "")
    if what or _PAGE.search(begun):
        raise _refused(f"{what or 'a page or a script'} after its end")


def check_rest(pieces: Pieces) -> None:
    """Raise the same for what is left of a file, of which no more is read than has to be looked at."""
    check_tail(pieces.take(LOOKED_AT))


def _refused(what: str) -> UnsupportedFormat:
    return UnsupportedFormat(
        f"Expected an image and nothing else, but the source has {what}.",
        remedy='Save the image anew without it, or set `damaged = "best_effort"`.',
    )
