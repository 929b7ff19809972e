"""
The settings and the stores of the Lambda function, which are read and opened before anything else is loaded.

So the connections to the stores are made while the rest is still being loaded.
"""

import os
from pathlib import Path

from firstsight import settings
from firstsight.errors import FirstsightError
from firstsight.places import connect, open_stores
from firstsight.settings import Settings
from firstsight.stores import Store


def _open() -> tuple[Settings, Store, Store] | FirstsightError:
    file = Path(os.environ.get("LAMBDA_TASK_ROOT", ".")) / settings.FILE
    try:
        read = settings.load(file if file.is_file() else None)
        sources, derivatives = open_stores(read)
        connect(sources, derivatives)
        len(read.keys)  # where they are kept elsewhere they are read now
    except FirstsightError as error:  # each request is told, which is more than a function that does not start tells
        return error
    return read, sources, derivatives


OPENED = _open()
