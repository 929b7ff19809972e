"""The licences of what is installed are known, listed, and of kinds that may be used here."""

import re
from importlib.metadata import metadata

import pytest

from firstsight.aws.sbom import licence_of
from scripts import licences

#: Licences that ask for no more than a notice, or for a library that may be replaced.
ALLOWED = {
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "LGPL-3.0-or-later",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "PSF-2.0",
    "Unlicense",
}
LOCKED = {**licences.packages(licences.LOCKS["runtime"]), **licences.packages(licences.LOCKS["aws"])}


def test_the_page_of_licences_is_what_the_packages_say() -> None:
    assert licences.PAGE.read_text("utf-8") == licences.page(), "run scripts/licences.py --write"


@pytest.mark.parametrize("name", LOCKED)
def test_a_package_has_a_licence_that_may_be_used(name: str) -> None:
    found = licence_of(metadata(name))  # type: ignore[arg-type]  # it is a message of email
    words = set(re.split(r" (?:OR|AND) ", found.replace("(", "").replace(")", "")))
    assert words <= ALLOWED
    assert words
