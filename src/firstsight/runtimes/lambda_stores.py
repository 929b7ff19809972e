"""
The settings and the stores of the Lambda function, which are read and opened before anything else is loaded.

So the connections to the stores are made while the rest is still being loaded.
"""

import os

from firstsight import settings
from firstsight.errors import FirstsightError
from firstsight.places import connect, open_stores
from firstsight.records import dataclass
from firstsight.settings import Settings
from firstsight.stores import Store, certificates


@dataclass(frozen=True, slots=True)
class Opened:
    """The settings, and the stores that they name."""

    settings: Settings
    sources: Store
    derivatives: Store


def _open() -> Opened | FirstsightError:
    file = os.path.join(os.environ.get("LAMBDA_TASK_ROOT", "."), settings.FILE)
    certificates.read_file_only()
    try:
        read = settings.load(file if os.path.isfile(file) else None)
        sources, derivatives = open_stores(read)
        connect(sources, derivatives)
        len(read.keys)  # where they are kept elsewhere they are read now
    except FirstsightError as error:  # each request is told, which is more than a function that does not start tells
        return error
    return Opened(read, sources, derivatives)


OPENED = _open()
