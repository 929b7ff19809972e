"""
Everything that reads what strangers or files say, as functions of bytes that find a fault or nothing.

A parser may refuse by the error that is meant for it; any other exception, and an answer that does not hold what is
asserted of it, is a fault. tests/hostile/test_parsers.py and `python -m bench.fuzz_parsers` try them with all sorts of
bytes.
"""

import json
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from firstsight import http, references, signing, tokens
from firstsight.access import authorize
from firstsight.errors import BadImage, BadRequest, BadSettings, Forbidden
from firstsight.events import changes
from firstsight.grammars import Notes, RawUrl, dialect, grammar
from firstsight.image import credits, loaders, strip
from firstsight.image.pieces import Piece
from firstsight.runtimes.lambda_events import UnknownEvent, changes_of, front_of, is_batch, messages_of
from firstsight.settings import SETTINGS, Access, Dialects, GrammarName, Key, Preset, Settings, from_dict, load

KEY = Key("a", b"0123456789abcdef")
PRESETS = {"thumb": Preset("thumb", tokens.parse("20x20.png")), "tiny": Preset("tiny", tokens.parse("9x"))}
DIALECTS = Dialects(
    sources=(("https://img.example.com/", ""), ("s3://bucket/", "old/")),
    thumbor_keys=("MY_SECURE_KEY",),
    imgproxy_keys=((b"secret", b"hello"),),
    dit_keys=("secret",),
)
SETTINGS_OF = {
    lenient: Settings(
        grammars=tuple(GrammarName),
        access=Access.SIGNED,
        presets=PRESETS,
        keys=(KEY,),
        watermark="mark.png",
        dialects=replace(DIALECTS, lenient=lenient),
    )
    for lenient in (False, True)
}
EVENTS = sorted((Path(__file__).parents[1] / "events").glob("*.json"))


@dataclass(frozen=True)
class Parser:
    """One parser: what is done with bytes, bytes to begin with, and words that it looks for."""

    read: Callable[[bytes], object]
    seeds: tuple[bytes, ...]
    words: tuple[str, ...] = ()


def text_of(data: bytes) -> str:
    """Any bytes as text; what is not UTF-8 is as Python hands it over, too."""
    return data.decode("utf-8", "surrogateescape")


def read_path(data: bytes) -> None:
    """The path of a request: decoded once, by the grammars of our own, to a key that is read as itself."""
    try:
        signature, path = signing.split(http.decode_path("/" + text_of(data), 2_000))
    except BadRequest:
        return
    assert "\0" not in path
    assert not {"..", ".", ""} & set(path.split("/")) or not path
    for name in (GrammarName.CARRIERWAVE, GrammarName.CLASSIC, GrammarName.NATIVE, GrammarName.IMAGE_OPTIMIZATION):
        try:
            wanted = grammar(name).parse(path, PRESETS)
        except BadRequest:
            continue
        if wanted is None:
            continue
        again = grammar(name).parse(wanted.key, PRESETS)
        assert again is not None
        assert again.key == wanted.key
        assert again.transform == wanted.transform
        try:
            authorize(wanted, signature, SETTINGS_OF[False], now=0)
        except Forbidden:
            continue
        assert wanted.preset is not None  # nothing else passes without a signature, and nobody has one


def dialect_reader(name: GrammarName) -> Callable[[bytes], None]:
    """A path and a query of another image server; what it means is a derivative that our own grammar can name."""

    def read(data: bytes) -> None:
        path, _, query = quote(text_of(data), safe="/%~!$&'()*,;=:@-._?+", errors="surrogateescape").partition("?")
        for settings in SETTINGS_OF.values():
            try:
                wanted = dialect(name).read(RawUrl(path, query), settings, Notes(settings.dialects.lenient, 32))
                if wanted is None:
                    continue
                http.check_key(wanted.source)
            except (BadRequest, Forbidden):
                continue
            again = wanted.grammar.parse(wanted.key, settings.presets)
            assert again is not None
            assert again.transform == wanted.transform
            try:
                authorize(wanted, "", settings, now=2**40)
            except Forbidden:
                continue
            assert wanted.preset is not None

    return read


def read_spec(data: bytes) -> None:
    """A spec; its canonical text is read as the same."""
    try:
        transform = tokens.parse(text_of(data))
    except BadRequest:
        return
    assert tokens.parse(tokens.canonical(transform)) == transform


def read_signature(data: bytes) -> None:
    """A signature of a path that nobody has signed."""
    first, _, path = data.decode("utf-8", "replace").partition("/")
    for signature in (first, f"~{first}", f"~a.{first}"):
        try:
            signing.verify(f"/{path}", signature, (KEY,), now=0)
        except Forbidden:
            continue
        raise AssertionError(f"{signature!r} passes")


def read_headers(data: bytes) -> None:
    """The headers that are looked into."""
    text = data.decode("latin-1")
    assert http.accepted(text) <= http.accepted("image/avif,image/webp")
    http.matches(text, '"etag"')


def read_settings(data: bytes) -> None:
    """The text of firstsight.toml."""
    try:
        found = tomllib.loads(data.decode("utf-8", "ignore"))
    except (tomllib.TOMLDecodeError, RecursionError):
        return
    try:
        settings = from_dict(found)
    except BadSettings:
        return
    assert isinstance(hash(settings.limits), int)


def read_variables(data: bytes) -> None:
    """The environment, one text for each setting in turn."""
    text = text_of(data).replace("\0", "")
    for row in SETTINGS:
        if error := _refused(row.variable, text):
            assert row.variable in error.message or references.is_reference(text)
            assert not (row.secret and len(text) > 8 and text in error.message)


def _refused(variable: str, text: str) -> BadSettings | None:
    try:
        load(Path("/dev/null"), {variable: text})
    except BadSettings as error:
        return error
    return None


def read_event(data: bytes) -> None:
    """What a function is invoked with: a request, changes of sources, or neither."""
    try:
        event = json.loads(data)
    except (ValueError, RecursionError):
        return
    try:
        front = front_of(event)
        if front is None and is_batch(event):
            return
        if front is None:
            for _, part in messages_of(event):
                assert all(isinstance(change.key, str) for change in changes(changes_of(part)))
            return
        request = front.request(event)
    except UnknownEvent:
        return
    assert request.path.isascii()
    read_path(request.path.encode())
    answer = front.answer(http.Response(200, {"Content-Type": "image/png"}, b"x"), event)
    json.dumps(answer)


def read_file(data: bytes) -> None:
    """A source, before its decoder has it: its kind, its screen in pieces of any size, and without its metadata."""
    head = data[: loaders.MAGIC_BYTES]
    loaders.media_type(head)
    loader = next((loader for loader in loaders.LOADERS if loader.known(head)), None)
    if loader is not None:
        whole: dict[bool, bytes | str] = {}
        if loader.screen is not None:
            for strict in (True, False):
                whole[strict] = passed(loader.screen, [data], strict=strict)
                for size in (1, 7, 1000):
                    pieces = [data[i : i + size] for i in range(0, len(data), size)]
                    assert passed(loader.screen, pieces, strict=strict) == whole[strict]
        stripped = strip.strip(loader.name, data)
        if stripped is not None and (loader.name != "gif" or isinstance(whole[True], bytes)):
            assert strip.strip(loader.name, stripped) == stripped
    texts = credits.read(data)
    assert credits.read(credits.write(texts)) == texts


def passed(
    screen: Callable[[Iterator[bytes], bool], Iterator[Piece]], chunks: Iterable[bytes], *, strict: bool
) -> bytes | str:
    """What a screen gives on, or why it does not."""
    try:
        return b"".join(screen(iter(chunks), strict))
    except BadImage as error:
        return error.message


def _seeds(*texts: str) -> tuple[bytes, ...]:
    return tuple(text.encode() for text in texts)


_EDITS: dict[str, Any] = {"key": "cat.jpg", "edits": {"resize": {"width": 30, "fit": "inside"}, "toFormat": "webp"}}
PARSERS: dict[str, Parser] = {
    "path": Parser(
        read_path,
        _seeds(
            "cat.jpg/300x200-smart-q80.webp",
            "300x200/a%20b/cat.jpg",
            "up/7/thumb_cat.jpg",
            "~a.AAAAAAAAAAAAAAAAAAAAAA/cat.jpg/9x.png",
            "cat.jpg/format=webp,quality=80,width=300",
        ),
        (
            "thumb",
            "tiny",
            "x",
            "-",
            ".webp",
            "%2e",
            "%2F",
            "//",
            "~a.",
            *(row.word for row in tokens.TOKENS if row.word),
        ),
    ),
    "thumbor": Parser(
        dialect_reader(GrammarName.THUMBOR),
        _seeds("unsafe/fit-in/300x200/filters:blur(5):format(webp)/cat.jpg", "unsafe/10x20:30x40/-0x0/smart/b64:YQ"),
        ("unsafe/", "filters:", "watermark(", "fill(", "focal(", "round_corner(", "quality(", "trim:", "orig", "/"),
    ),
    "imgproxy": Parser(
        dialect_reader(GrammarName.IMGPROXY),
        _seeds("_/rs:fill:300:200:1/g:sm/plain/https://img.example.com/cat.jpg@webp", "_/w:9/Y2F0LmpwZw.png"),
        ("/plain/", "rs:", "g:fp:", "wm:0.5:", "pd:", "exp:", "pr:thumb", "f:", "q:", "bg:", "@", "%3A", ":"),
    ),
    "dit": Parser(
        dialect_reader(GrammarName.DIT),
        (__import__("base64").b64encode(json.dumps(_EDITS).encode()), *_seeds("fit-in/9x9/filters:quality(9)/cat.jpg")),
        ("fit-in/", "filters:", "?width=", "&height=", "&signature=", "&expires=20300102T120304Z", "eyJrZXkiOiAi"),
    ),
    "image-optimization": Parser(
        dialect_reader(GrammarName.IMAGE_OPTIMIZATION),
        _seeds("cat.jpg?format=auto&width=300&height=200&quality=80", "cat.jpg/format=jpeg,width=9"),
        ("format=", "&width=", "quality=", "/original", ","),
    ),
    "spec": Parser(
        read_spec,
        _seeds("300x200-contain-bgffffff.jpg", "crop0.1x0.1x0.5x0.5-dpr1.5-mark50southeast20x10xm5.png", "info.json"),
        tuple(row.example for row in tokens.TOKENS),
    ),
    "signature": Parser(
        read_signature, _seeds("AAAAAAAAAAAAAAAAAAAAAA/cat.jpg/9x.png", "9.AAAAAAAAAAAAAAAAAAAAAA/c"), ("~a.",)
    ),
    "headers": Parser(
        read_headers, _seeds("image/avif,image/webp;q=0.8,*/*", 'W/"a", "etag"'), ("image/webp", ";q=", "*")
    ),
    "settings": Parser(
        read_settings,
        _seeds('source = "s3://a"\nsizes = ["3x3"]\n[limits]\nseconds = 1.5\n[presets.thumb]\ntransform = "9x9"\n'),
        tuple(f"{row.name} = {row.example}\n" for row in SETTINGS),
    ),
    "variables": Parser(read_variables, _seeds("presets", "a:0123456789abcdef", "3x3,4x4", "true", "1.5", "ssm:a"), ()),
    "event": Parser(read_event, tuple(path.read_bytes() for path in EVENTS), ('"Records"', '"s3"', '"requestContext"')),
    "file": Parser(
        read_file,
        (
            b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xda\0\x08\1\1\0\0\x3f\0\xab\xff\0\xff\xd9",
            b"\x89PNG\r\n\x1a\n\0\0\0\x03tEXta\0b\0\0\0\0\0\0\0\0IEND\xae\x42\x60\x82",
            b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\x2c\0\0\0\1\0\0\1\0\0EXIF\0\0\0\0",
            b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff!\xfe\2hi\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;",
            b"II*\0\x08\0\0\0\2\0\x3b\1\2\0\4\0\0\0abc\0\x98\x82\2\0\5\0\0\0\x26\0\0\0\0\0\0\0me, \0",
        ),
        ("Exif\0\0II*\0", "ftypavif", "<svg ", "%PDF-", "NETSCAPE2.0", "zTXt", "ANMF"),
    ),
}
