"""
Signatures of other image servers: what a URL shows, and what it would show if one of the keys had made it.

Who reads a dialect computes these; whether they let a request pass is for access to say.
"""

from firstsight.records import dataclass, field


@dataclass(frozen=True, slots=True)
class Proof:
    """
    What stands in place of a signature of ours.

    `signature` is nothing where the URL has none. `setting` is the name of the one that has the keys.
    """

    setting: str
    signature: str = ""
    #: What each of the keys would have written.
    expected: tuple[str, ...] = field(default=(), repr=False)
    #: Seconds since 1970 from when on it is void; None is never.
    expires: int | None = None

    @property
    def is_valid(self) -> bool:
        """Whether one of the keys made the signature; takes as long whichever it is not."""
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
