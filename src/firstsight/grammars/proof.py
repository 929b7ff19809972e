"""
Signatures of other image servers: the one in a URL, and those that our keys for that server would have written.

The grammar of a dialect computes them; access.py decides whether they let a request pass.
"""

from firstsight.records import dataclass, field


@dataclass(frozen=True, slots=True)
class Proof:
    """
    What a URL of another image server has in place of a signature of ours.

    `signature` is empty if the URL has none. `setting` is the name of the setting that holds the keys.
    """

    setting: str
    signature: str = ""
    #: What each of the keys would have written.
    expected: tuple[str, ...] = field(default=(), repr=False)
    #: When the URL expires, in seconds since 1970; None is never.
    expires: int | None = None

    @property
    def is_valid(self) -> bool:
        """Whether one of the keys made the signature. Takes equally long whether or not one did."""
        import hmac  # only here and below: few URLs have a proof, and it takes 3 ms to load

        given = self.signature.encode()
        return sum(hmac.compare_digest(given, expected.encode()) for expected in self.expected) > 0


def mac(algorithm: str, secret: bytes, *texts: bytes) -> bytes:
    """Give the HMAC (RFC 2104) of some texts, one after the other."""
    import hashlib
    import hmac

    made = hmac.new(secret, digestmod=getattr(hashlib, algorithm))
    for text in texts:
        made.update(text)
    return made.digest()
