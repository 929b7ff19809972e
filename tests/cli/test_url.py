"""`firstsight url`."""

import base64
import hashlib
import hmac
import re
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstsight import Request, Settings, cli, open_service
from firstsight.cli import links
from firstsight.errors import FirstsightError
from firstsight.http import decode_path
from firstsight.settings import Access, Key
from tests.cli.told import Command, sentence_and_remedy

OLD, NEW = "old:0000000000000000", "new:a-secret-of-many-characters"


def mac(text: str, secret: str = NEW.partition(":")[2]) -> str:
    """The MAC by the description in the documentation, and none of our code."""
    full = hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(full[:16]).decode().rstrip("=")


@pytest.mark.parametrize(
    ("key", "spec", "url"),
    [
        ("coffee.png", "300x200.webp", "/coffee.png/300x200.webp"),
        ("coffee.png", "q80-300x200.jpeg", "/coffee.png/300x200-q80.jpg"),
        ("/a/b.jpg", "200x200-cover-smart", "/a/b.jpg/200x200-smart"),
        ("my photos/ä%20.png", "full", "/my%20photos/%C3%A4%2520.png/full"),
        ("a.jpg", "info.json", "/a.jpg/info.json"),
        ("a.jpg", "thumb", "/a.jpg/thumb"),
        ("a.jpg", "thumb-dpr2-90x90.webp", "/a.jpg/thumb-dpr2.webp"),
    ],
)
def test_the_url_is_the_canonical_one(
    key: str, spec: str, url: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "firstsight.toml").write_text('[presets.thumb]\ntransform = "90x90-smart"\n')
    assert cli.run(["url", key, spec]) == 0
    assert capsys.readouterr() == (f"{url}\n", "")


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40),
    st.sampled_from(["full", "300x200.webp", "20x-q7", "info.json"]),
)
def test_what_is_printed_is_read_back_as_what_was_asked_for(key: str, spec: str) -> None:
    settings = Settings(access=Access.OPEN)
    try:
        wanted = links.want(key, spec, settings)
    except FirstsightError:
        return
    printed = links.address(wanted, base="https://img.example.com/")
    assert re.fullmatch(r"https://img\.example\.com/[!-~]+", printed)
    assert decode_path(urlsplit(printed).path, 2000) == f"{key.removeprefix('/')}/{spec}"


@pytest.mark.parametrize("base", ["https://img.example.com", "https://img.example.com/", "//cdn/x", "/img/"])
def test_a_base_stands_before_the_path(base: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["url", "a.jpg", "full", "--base", base]) == 0
    assert capsys.readouterr().out == f"{base.rstrip('/')}/a.jpg/full\n"


def test_a_signature_is_the_newest_keys_over_the_decoded_canonical_path(command: Command) -> None:
    done = command("url", "my photo.jpg", "q80-100x.webp", "--sign", FIRSTSIGHT_KEYS=f"{OLD},{NEW}")
    assert done.stdout.decode() == f"/~new.{mac('/my photo.jpg/100x-q80.webp')}/my%20photo.jpg/100x-q80.webp\n", (
        done.stderr
    )
    assert done.stderr == b""


@pytest.mark.parametrize(
    ("duration", "seconds"), [("90s", 90), ("15m", 900), ("2h", 7200), ("7d", 604_800), ("4w", 2_419_200)]
)
def test_an_expiry_is_counted_from_now_and_signed_with_the_path(
    duration: str,
    seconds: int,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("FIRSTSIGHT_KEYS", NEW)
    before = int(time.time())
    assert cli.run(["url", "a.jpg", "100x", "--expires", duration]) == 0
    after = int(time.time())
    match = re.fullmatch(r"/~new\.(\d+)\.([\w-]{22})/a\.jpg/100x\n", capsys.readouterr().out)
    assert match is not None
    assert before + seconds <= int(match[1]) <= after + seconds
    assert match[2] == mac(f"{match[1]}:/a.jpg/100x")


def test_the_service_takes_what_was_signed_and_refuses_it_when_one_character_is_changed(
    folder: Path, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FIRSTSIGHT_KEYS", NEW)
    assert cli.run(["url", "coffee.png", "30x20.png", "--expires", "1h"]) == 0
    path = capsys.readouterr().out.strip()
    key = Key("new", NEW.partition(":")[2].encode())
    service = open_service(
        Settings(source=str(photos), derivatives=str(tmp_path / "made"), access=Access.SIGNED, keys=(key,))
    )
    assert service.handle(Request(path)).status == 200
    with pytest.raises(FirstsightError, match="signature"):
        service.handle(Request(path.replace("30x20", "30x21")))


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["../a.jpg", "full"], 2, "'..'"),
        (["a//b.jpg", "full"], 2, "empty segment"),
        (["a\x00b", "full"], 2, "control characters"),
        (["", "full"], 2, "empty segment"),
        (["a" * 3000, "full"], 2, "at most 2000 bytes"),
        (["caf\udce9.jpg", "full"], 2, "in UTF-8"),
        (["caf\udce9.jpg", "full", "--grammar", "thumbor"], 2, "in UTF-8"),
        (["~a.jpg", "full"], 2, "read as a signature"),
        (["~/a.jpg", "full"], 2, "read as a signature"),
        (["a.jpg", "300x0"], 2, "'300x0'"),
        (["a.jpg", "thumb"], 2, "'thumb'"),
        (["300x200/a.jpg", "full"], 2, "is read as classic"),
        (["a.jpg", "full", "--sign"], 1, "no key"),
        (["a.jpg", "full", "--expires", "2h"], 1, "no key"),
        (["a.jpg", "full", "--expires", "soon"], 2, "'soon'"),
        (["a.jpg", "full", "--expires", "0s"], 2, "'0s'"),
        (["a.jpg", "full", "--base", "img.example.com"], 2, "'img.example.com'"),
        (["a.jpg", "full", "--base", "https://x/?y"], 2, "'https://x/?y'"),
        (["a.jpg", "full", "--base", "ftp://x"], 2, "'ftp://x'"),
        (["a.jpg"], 2, "SPEC"),
    ],
)
def test_bad_input_is_a_sentence_and_a_remedy(
    arguments: list[str], status: int, sentence: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["url", *arguments]) == status
    out, err = capsys.readouterr()
    assert sentence in sentence_and_remedy(err)[0]
    assert out == ""


@pytest.mark.parametrize(("most", "status"), [(2, 2), (3, 0)])
def test_a_spec_of_more_tokens_than_the_settings_allow_is_refused_as_the_server_does(
    most: int, status: int, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FIRSTSIGHT_LIMITS_TOKENS", str(most))
    assert cli.run(["url", "a.jpg", "300x200-smart-q70.jpg"]) == status
    assert ("at most 2 tokens" in capsys.readouterr().err) is (status == 2)


def test_the_key_that_is_suggested_where_there_is_none_can_be_used(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["url", "a.jpg", "full", "--sign"]) == 1
    line = sentence_and_remedy(capsys.readouterr().err)[1].partition("new one: ")[2]
    (folder / "firstsight.toml").write_text(line)
    assert cli.run(["url", "a.jpg", "full", "--sign"]) == 0
    assert unquote(capsys.readouterr().out).startswith("/~a.")


@pytest.mark.parametrize(
    ("access", "spec", "noted"), [("presets", "300x200", True), ("signed", "300x200", True), ("open", "300x200", False)]
)
def test_a_url_that_the_settings_refuse_is_printed_with_a_note(
    access: str, spec: str, noted: bool, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "firstsight.toml").write_text(f'access = "{access}"')
    assert cli.run(["url", "a.jpg", spec]) == 0
    out, err = capsys.readouterr()
    assert out == f"/a.jpg/{spec}\n"
    assert ("refused" in err) is noted


#: A grammar, a spec, and the path; the keys are those of the peers' own vectors.
DIALECTS = [
    ("thumbor", "300x200-enlarge-smart-q80.jpg", "/unsafe/300x200/smart/filters:format(jpeg):quality(80)/a%20b.jpg"),
    ("imgproxy", "300x200-clip.webp", "/unsafe/rt:fill/w:300/h:200/q:80/plain/a%20b.jpg@webp"),
    ("imgproxy", "thumb.png", "/unsafe/rt:fill-down/w:90/h:90/plain/a%20b.jpg@png"),
]


@pytest.mark.parametrize(("grammar", "spec", "path"), DIALECTS)
def test_a_url_is_written_in_the_words_of_another_server_and_signed_with_its_keys(
    grammar: str, spec: str, path: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "firstsight.toml").write_text(
        'presets.thumb = "90x90"\n[dialects]\nthumbor_oriented = true\nthumbor_keys = ["MY_SECURE_KEY"]\n'
        'imgproxy_keys = ["736563726574:68656c6c6f"]\n',
        encoding="utf-8",
    )
    arguments = ["url", "a b.jpg", spec, "--grammar", grammar, "--base", "https://i.example/"]
    assert cli.run(arguments) == 0
    assert capsys.readouterr().out.strip() == f"https://i.example{path}"
    assert cli.run([*arguments, "--sign"]) == 0
    _, signature, rest = urlsplit(capsys.readouterr().out.strip()).path.split("/", 2)
    if grammar == "thumbor":
        full = hmac.new(b"MY_SECURE_KEY", rest.encode(), hashlib.sha1).digest()
        assert signature == base64.urlsafe_b64encode(full).decode()
    else:
        full = hmac.new(b"secret", f"hello/{rest}".encode(), hashlib.sha256).digest()
        assert signature == base64.urlsafe_b64encode(full).decode().rstrip("=")


def test_what_another_server_has_no_words_for_or_no_key_is_told(folder: Path) -> None:
    settings = Settings()
    for spec, name, signed, words in (
        ("300x.jpg", "thumbor", False, "no words"),
        ("300x.png", "imgproxy", True, "no key"),
        ("300x.png", "native", False, "not written"),
    ):
        with pytest.raises(FirstsightError, match=words):
            links.in_dialect("a.jpg", spec, name, settings, signed=signed)
    assert cli.run(["url", "a.jpg", "300x.png", "--grammar", "thumbor", "--expires", "2h"]) == 2
