"""URLs that nobody means well with, the same for the same number."""

import random
from urllib.parse import quote

#: Segments that attack what is behind a server: its files, its parsers, its templates, its numbers.
ATTACKS = (
    "..",
    "%2e%2e",
    "%252e%252e",
    "..%2f..%2f..%2fetc%2fpasswd",
    "..%5c..%5cwindows%5cwin.ini",
    "%c0%ae%c0%ae",
    "%ff%fe",
    "%00",
    "cat.jpg%00.png",
    "%0d%0aSet-Cookie:%20a=b",
    "%e2%80%ae",
    "%ed%a0%80",
    "file:%2f%2f%2fetc%2fpasswd",
    "http:%2f%2f169.254.169.254%2flatest%2fmeta-data",
    "https:%2f%2fexample.com%2fa.png",
    "gopher:%2f%2f127.0.0.1:6379%2f_FLUSHALL",
    "s3:%2f%2fother-bucket%2fkey",
    "data:image%2fpng;base64,AAAA",
    "~a.AAAAAAAAAAAAAAAAAAAAAA",
    "~a.99999999999.AAAAAAAAAAAAAAAAAAAAAA",
    "~.",
    "~",
    "{{7*7}}",
    "${jndi:ldap:%2f%2f127.0.0.1%2fa}",
    "'%20OR%201=1--",
    "%3cscript%3ealert(1)%3c%2fscript%3e",
    "%24(id)",
    "%60id%60",
    ";id",
    "%7cid",
    "a" * 300,
    "%f0%9f%93%b7" * 60,
    ".git",
    "CON",
    "nul",
    "-",
    "--help",
    ".",
    "",
    "*",
    "?",
    "con%20",
    "0",
    "-1",
    "1e309",
    "NaN",
)
#: Specs that ask for too much, for nothing, or for what there is not.
SPECS = (
    "99999x99999-enlarge.png",
    "65535x65535-enlarge-contain.avif",
    "0x0.jpg",
    "-1x-1.png",
    "1e9x1e9.png",
    "18446744073709551616x1.png",
    "\u0663\u0660\u0660x200.png",
    "300x200-dpr9999.png",
    "300x200-dprNaN.png",
    "300x200-q0.jpg",
    "300x200-q101.jpg",
    "300x200-blur1000000.png",
    "crop-1x-1x5x5.png",
    "crop0x0x0x0.png",
    "crop9e9x9e9x9e9x9e9.png",
    "frame0.png",
    "frame999999999.png",
    "rotate1e308.png",
    "pad99999999.png",
    "bgzzzzzz.png",
    "300x200.exe",
    "300x200.php.png",
    "300x200.svg",
    "300x200.png.",
    "300x200..png",
    ".png",
    "-.png",
    "300x200--q80.png",
    "-".join(["sharpen"] * 40) + ".png",
    "-".join(f"crop{i}x0x1x1" for i in range(100)) + ".png",
    "3" * 1000 + "x1.png",
    "x.png",
    "info.png",
    "info-300x200.json",
    "fULL.png",
    "thumb-thumb.png",
    "300\u00d7200.png",
)
#: Files whose size is asked for in every grammar.
SOURCES = ("cat.jpg", "secret/key.pem", "cat.jpg/300x200.webp", "CAT.JPG", "cat.jpg/", "missing.png")
#: The longest that a path may be by default, and then some.
_LONG = 2_000


def hostile_url(number: int) -> str:
    """Write the path of a case, percent-encoded, with its leading slash and perhaps a query."""
    chance = random.Random(number)
    kind = chance.randrange(6)
    if kind == 0:
        parts = [chance.choice(SOURCES), _encoded(chance.choice(SPECS))]
    elif kind == 1:
        parts = [chance.choice((*ATTACKS, *SOURCES)) for _ in range(chance.randrange(1, 6))]
        parts.append(_encoded(chance.choice(("300x200.webp", *SPECS))))
    elif kind == 2:
        parts = [chance.choice(ATTACKS), "cat.jpg", _broken(chance, "300x200-smart-q80.webp")]
    elif kind == 3:
        parts = ["".join(f"%{chance.randrange(256):02x}" for _ in range(chance.randrange(1, 200)))]
    elif kind == 4:
        parts = ["a" * chance.randrange(_LONG - 200, _LONG * 3), _encoded(chance.choice(SPECS))]
    else:
        parts = [_encoded(chance.choice(SPECS)), *chance.choices(ATTACKS, k=chance.randrange(1, 4)), "cat.jpg"]
    query = chance.choice(("", "", "?", "?url=http://127.0.0.1/", "?" + "a=b&" * 100, "?width=99999999&signature=x"))
    return "/" + "/".join(parts) + query


def _encoded(text: str) -> str:
    return quote(text, safe="-._~*$(){}'%;:=+,@!&")


def _broken(chance: random.Random, spec: str) -> str:
    letters = list(spec)
    for _ in range(chance.randrange(1, 5)):
        place = chance.randrange(len(letters))
        letters[place] = chance.choice(("", "%", "%2", "%zz", "\x7f", "é", "0", "-", ".", "x", letters[place] * 50))
    return _encoded("".join(letters))
