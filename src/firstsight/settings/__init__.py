"""
What the operator decides: firstsight.toml and FIRSTSIGHT_* into one frozen Settings.

    values.py     Settings and its parts, with their defaults
    dialects.py   the part of them that is about URLs of other image servers
    readers.py    how the value of a setting is read
    keyring.py    signing keys, also where they are kept elsewhere
    rows.py       SETTINGS: a row names, reads and documents one setting
    loading.py    the file and the environment, read by the rows
"""

from firstsight.settings.dialects import Dialects
from firstsight.settings.loading import FILE, from_dict, load
from firstsight.settings.rows import PRESET, SETTINGS, Setting
from firstsight.settings.values import (
    Access,
    Architecture,
    Aws,
    Damaged,
    Front,
    GrammarName,
    Key,
    Limits,
    Metadata,
    Preset,
    Settings,
    Topology,
)

__all__ = [
    "FILE",
    "PRESET",
    "SETTINGS",
    "Access",
    "Architecture",
    "Aws",
    "Damaged",
    "Dialects",
    "Front",
    "GrammarName",
    "Key",
    "Limits",
    "Metadata",
    "Preset",
    "Setting",
    "Settings",
    "Topology",
    "from_dict",
    "load",
]
