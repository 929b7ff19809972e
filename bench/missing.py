"""Something a benchmark needs is not on this machine."""


class Missing(Exception):
    """Says what is missing and how to get it."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what} is missing. {remedy}")
