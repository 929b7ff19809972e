"""A bill of materials says what is in a bundle, in the words of CycloneDX."""

import json
from email.parser import Parser

import pytest

from firstsight.aws.sbom import bill, licence_of

OSI = "Classifier: License :: OSI Approved"
DIGEST = bytes(range(32))
FILES = {
    "one-1.2.dist-info/METADATA": b"Name: One_Package\nVersion: 1.2\nLicense-Expression: MIT\n\nOne.",
    "two-3.dist-info/METADATA": b"Metadata-Version: 2.1\nName: two\nVersion: 3\n\nTwo.",
    "two/__init__.py": b"",
}


def test_a_bill_names_each_package_once_with_its_licence() -> None:
    read = json.loads(bill(FILES, "arm64", DIGEST))
    assert (read["bomFormat"], read["specVersion"], read["version"]) == ("CycloneDX", "1.6", 1)
    assert [(part["purl"], part["version"]) for part in read["components"]] == [
        ("pkg:pypi/one-package@1.2", "1.2"),
        ("pkg:pypi/two@3", "3"),
    ]
    assert read["components"][0]["licenses"] == [{"expression": "MIT"}]
    assert "licenses" not in read["components"][1]
    assert read["metadata"]["component"]["hashes"] == [{"alg": "SHA-256", "content": DIGEST.hex()}]
    [relation] = read["dependencies"]
    assert relation["dependsOn"] == [part["bom-ref"] for part in read["components"]]


def test_the_same_bundle_has_the_same_bill_and_another_one_another() -> None:
    assert bill(FILES, "arm64", DIGEST) == bill(dict(reversed(FILES.items())), "arm64", DIGEST)
    assert json.loads(bill(FILES, "arm64", DIGEST))["serialNumber"] != json.loads(
        bill(FILES, "arm64", DIGEST[::-1])
    ).get("serialNumber")


@pytest.mark.parametrize(
    ("said", "expression"),
    [
        ("License-Expression: BSD-3-Clause", "BSD-3-Clause"),
        ("License: MIT License", "MIT"),
        ("Classifier: License :: OSI Approved :: ISC License (ISCL)", "ISC"),
        (f"License: a long text\n{OSI} :: MIT License\n{OSI} :: BSD License", "MIT OR BSD-3-Clause"),
        ("Summary: nothing", ""),
    ],
)
def test_a_licence_is_read_wherever_a_package_says_it(said: str, expression: str) -> None:
    assert licence_of(Parser().parsestr(f"Name: a\n{said}\n\n")) == expression
