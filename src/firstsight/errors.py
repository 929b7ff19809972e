"""
Every error Firstsight raises on purpose.

    FirstsightError
    ├── BadRequest               400
    │   ├── BadPath                   bad-path
    │   ├── BadToken                  bad-token
    │   ├── NotApplicable             not-applicable
    │   └── MethodNotAllowed     405  method-not-allowed
    ├── Forbidden                403
    │   ├── NotAllowed                not-allowed
    │   ├── BadSignature              bad-signature
    │   └── SignatureExpired          signature-expired
    ├── NotFound                 404
    │   ├── SourceNotFound            source-not-found
    │   └── NoSuchPage                no-such-page
    ├── BadImage
    │   ├── TooManyBytes         413  too-many-bytes
    │   ├── UnsupportedFormat    415  unsupported-format
    │   ├── TooManyPixels        422  too-many-pixels
    │   └── DamagedImage         422  damaged-image
    ├── StoreError
    │   ├── StoreFailed          502  store-failed
    │   ├── StoreDenied          502  store-denied
    │   └── StoreTimeout         504  store-timeout
    ├── Overloaded               503  overloaded
    ├── RenderTimeout            504  render-timeout
    ├── InternalError            500  internal-error
    └── BadSettings              500  bad-settings

An error is a value: a runtime renders it as it stands and needs no table of its own.
The message and the remedy may be shown to anyone; `log` is for the operator only (keys, addresses, what a library said).
"""

from typing import Any, ClassVar


class FirstsightError(Exception):
    """
    The base of all errors.

    `message` says what was expected and what was got, `remedy` what to do about it, `log` what only the operator may
    read.
    """

    #: The HTTP status a runtime answers with.
    status: ClassVar[int] = 500
    #: A stable name; the section of docs/errors.md that explains it.
    code: ClassVar[str] = "internal-error"
    #: The same for every error of the class.
    title: ClassVar[str] = "Internal error"
    #: Seconds a cache may keep the answer; None means it must not be stored.
    max_age: ClassVar[int | None] = None

    def __init__(self, message: str, *, remedy: str = "", log: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.log = log

    def problem(self) -> dict[str, Any]:
        """Give the members of an RFC 9457 problem document."""
        members = {
            "type": f"urn:firstsight:error:{self.code}",
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.message,
        }
        return members | ({"remedy": self.remedy} if self.remedy else {})


class InternalError(FirstsightError):
    """A bug: something no other error describes."""


class BadRequest(FirstsightError):
    """The URL cannot mean anything here."""

    status = 400
    code = "bad-request"
    title = "Bad request"
    max_age = 60


class BadPath(BadRequest):
    """The path is no key a store could hold, or not of the form any enabled grammar knows."""

    code = "bad-path"
    title = "Bad path"


class BadToken(BadRequest):
    """
    One token of a spec is not understood, or its value is out of range.

    The token, what was expected in its place and the word that was got are kept apart for tools.
    """

    code = "bad-token"
    title = "Bad token"

    def __init__(self, token: str, expected: str, *, remedy: str = "") -> None:
        shown = token if len(token) <= 40 else token[:37] + "..."
        super().__init__(f"Expected {expected} but got '{shown}'.", remedy=remedy)
        self.token = token
        self.expected = expected


class NotApplicable(BadRequest):
    """The transform is well formed, but this source does not have what it asks for, a frame say."""

    code = "not-applicable"
    title = "Not applicable"


class MethodNotAllowed(BadRequest):
    """Only GET and HEAD are answered."""

    status = 405
    code = "method-not-allowed"
    title = "Method not allowed"


class Forbidden(FirstsightError):
    """The request is understood and refused."""

    status = 403
    code = "forbidden"
    title = "Forbidden"
    max_age = 60


class NotAllowed(Forbidden):
    """The access setting does not allow this transform."""

    code = "not-allowed"
    title = "Not allowed"


class BadSignature(Forbidden):
    """The signature is missing, or not one of our keys'."""

    code = "bad-signature"
    title = "Bad signature"


class SignatureExpired(Forbidden):
    """The signature was valid until a time that has passed."""

    code = "signature-expired"
    title = "Signature expired"


class NotFound(FirstsightError):
    """There is nothing of that name."""

    status = 404
    code = "not-found"
    title = "Not found"
    max_age = 10


class SourceNotFound(NotFound):
    """The store holds no source under that key."""

    code = "source-not-found"
    title = "Source not found"


class NoSuchPage(NotFound):
    """The path names neither a derivative nor a page of the server."""

    code = "no-such-page"
    title = "No such page"


class BadImage(FirstsightError):
    """The source cannot be made into a derivative; asking again will not help."""

    status = 422
    code = "bad-image"
    title = "Bad image"
    max_age = 60


class TooManyBytes(BadImage):
    """The source file is larger than `limits.source_bytes`."""

    status = 413
    code = "too-many-bytes"
    title = "Source too large"


class UnsupportedFormat(BadImage):
    """The bytes are no image, or one of a kind that is not decoded here."""

    status = 415
    code = "unsupported-format"
    title = "Unsupported format"


class TooManyPixels(BadImage):
    """The source, its frames or the result would have more pixels than a limit allows."""

    code = "too-many-pixels"
    title = "Too many pixels"


class DamagedImage(BadImage):
    """The source is an image of a known kind whose bytes are cut or wrong."""

    code = "damaged-image"
    title = "Damaged image"


class StoreError(FirstsightError):
    """A store did not do what was asked of it."""

    status = 502
    code = "store-error"
    title = "Store error"


class StoreFailed(StoreError):
    """The store answered with an error, or cannot be reached."""

    code = "store-failed"
    title = "Store failed"


class StoreDenied(StoreError):
    """The store refuses these credentials."""

    code = "store-denied"
    title = "Store denied access"


class StoreTimeout(StoreError):
    """The store did not answer in time."""

    status = 504
    code = "store-timeout"
    title = "Store too slow"


class Overloaded(FirstsightError):
    """Every renderer is busy and the queue is full."""

    status = 503
    code = "overloaded"
    title = "Too busy"

    #: Seconds after which asking again is sensible.
    retry_after: ClassVar[int] = 1


class RenderTimeout(FirstsightError):
    """Making the derivative took longer than `limits.seconds`."""

    status = 504
    code = "render-timeout"
    title = "Rendering took too long"


class BadSettings(FirstsightError):
    """A setting is unknown, or its value cannot be used."""

    code = "bad-settings"
    title = "Bad settings"
