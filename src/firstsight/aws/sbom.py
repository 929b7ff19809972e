"""
What a bundle is made of, as a bill of materials: CycloneDX 1.6 (ECMA-424), in JSON.

It is written from the metadata of the packages in the bundle itself, and the same for the same bundle.
"""

import json
import uuid
from collections.abc import Mapping
from email.message import Message
from email.parser import Parser
from typing import Any

import firstsight

#: SPDX's names of what packages without a licence expression say in words or in classifiers.
SPDX = {
    "Apache Software License": "Apache-2.0",
    "Apache-2.0": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "ISC License": "ISC",
    "ISC License (ISCL)": "ISC",
    "MIT": "MIT",
    "MIT License": "MIT",
}
_CLASSIFIER = "License :: OSI Approved :: "


def bill(files: Mapping[str, bytes], architecture: str, digest: bytes) -> bytes:
    """Write the bill of a bundle with these files and this SHA-256."""
    packages = [
        Parser().parsestr(data.decode()) for name, data in sorted(files.items()) if name.endswith(".dist-info/METADATA")
    ]
    own = {"type": "application", "name": "firstsight", "version": firstsight.__version__, "bom-ref": "firstsight"}
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, digest.hex())}",
        "version": 1,
        "metadata": {
            "component": {
                **own,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
                "hashes": [{"alg": "SHA-256", "content": digest.hex()}],
                "properties": [{"name": "firstsight:architecture", "value": architecture}],
            }
        },
        "components": [_component(package) for package in packages],
        "dependencies": [{"ref": "firstsight", "dependsOn": [_purl(package) for package in packages]}],
    }
    return json.dumps(document, indent=2).encode() + b"\n"


def licence_of(package: Message) -> str:
    """Give the SPDX expression of a package's licence, or nothing where its metadata do not say."""
    stated = package.get("License-Expression") or SPDX.get((package.get("License") or "").strip())
    if stated:
        return str(stated)
    classifiers = package.get_all("Classifier") or []
    words = [text.removeprefix(_CLASSIFIER) for text in classifiers if text.startswith(_CLASSIFIER)]
    return " OR ".join(SPDX.get(word, word) for word in words)


def _component(package: Message) -> dict[str, Any]:
    found = licence_of(package)
    return {
        "type": "library",
        "bom-ref": _purl(package),
        "name": package["Name"],
        "version": package["Version"],
        "purl": _purl(package),
        **({"licenses": [{"expression": found}]} if found else {}),
    }


def _purl(package: Message) -> str:
    return f"pkg:pypi/{package['Name'].lower().replace('_', '-')}@{package['Version']}"
