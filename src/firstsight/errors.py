"""
The errors that a request can meet, and BadSettings. An error of one part alone, such as AwsRefused, is in that part.

    FirstsightError
    ├── BadRequest               400
    │   ├── BadPath                   bad-path
    │   ├── BadToken                  bad-token
    │   ├── NotApplicable             not-applicable
    │   ├── MethodNotAllowed     405  method-not-allowed
    │   └── WrongHost            421  wrong-host
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
    │   ├── TooMuchMemory        422  too-much-memory
    │   ├── ResultTooLarge       422  result-too-large
    │   └── DamagedImage         422  damaged-image
    ├── StoreError
    │   ├── StoreFailed          502  store-failed
    │   ├── StoreDenied          502  store-denied
    │   └── StoreTimeout         504  store-timeout
    ├── Overloaded               503  overloaded
    ├── RenderTimeout            504  render-timeout
    ├── InternalError            500  internal-error
    └── BadSettings              500  bad-settings

An error is a value: a runtime renders it as it stands and needs no table of its own. Each class says what its errors
mean (the docstring) and what to do about them in general (`remedy`); docs/reference/errors.md is printed from these.
The message and the remedy may be shown to anyone; `log` is for the operator only (keys, addresses, what a library
said).
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class FirstsightError(Exception):
    """
    The base of all errors.

    `message` says what was expected and what was got, `remedy` what to do about it, `log` what only the operator may
    read.
    """

    #: The HTTP status a runtime answers with.
    status: ClassVar[int] = 500
    #: A stable name; the section of docs/reference/errors.md that explains it.
    code: ClassVar[str] = "internal-error"
    #: The same for every error of the class.
    title: ClassVar[str] = "Internal error"
    #: Seconds a cache may keep the answer; None means it must not be stored.
    max_age: ClassVar[int | None] = None
    #: Headers that the status asks for.
    headers: ClassVar[Mapping[str, str]] = {}
    #: What to do about it in general; an error that knows better says so.
    remedy: str = ""

    def __init__(self, message: str, *, remedy: str = "", log: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy or type(self).remedy
        self.log = log

    def __reduce__(self) -> Any:
        """Let an error come whole out of another process, whatever its class is made with."""
        return Exception.__new__, (type(self), *self.args), self.__dict__

    def problem(self) -> dict[str, Any]:
        """Give the members of an RFC 9457 problem document."""
        return {
            "type": f"urn:firstsight:error:{self.code}",
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.message,
            "remedy": self.remedy,
        }


class InternalError(FirstsightError):
    """A bug: something no other error describes."""

    remedy = "Report it, with the request id and what the log says."


class BadRequest(FirstsightError):
    """The URL cannot mean anything here."""

    status = 400
    code = "bad-request"
    title = "Bad request"
    max_age = 60
    remedy = "Mend the URL."


class BadPath(BadRequest):
    """The path is no key a store could hold, or not of the form any enabled grammar knows."""

    code = "bad-path"
    title = "Bad path"
    remedy = "Write the path as /<source key>/<spec>.<format>, percent-encoded UTF-8 without empty or dotted segments."


class BadToken(BadRequest):
    """
    One token of a spec is not understood, or its value is out of range.

    The token, what was expected in its place and the word that was got are kept apart for tools.
    """

    code = "bad-token"
    title = "Bad token"
    remedy = "Look the token up in the list of tokens; the error says what was expected in its place."

    def __init__(self, token: str, expected: str, *, remedy: str = "") -> None:
        shown = token if len(token) <= 40 else token[:37] + "..."
        super().__init__(f"Expected {expected} but got '{shown}'.", remedy=remedy)
        self.token = token
        self.expected = expected

    def __reduce__(self) -> tuple[Any, ...]:  # a pool of processes hands errors over pickled
        return type(self), (self.token, self.expected), vars(self)


class NotApplicable(BadRequest):
    """The transform is well formed, but this source does not have what it asks for, a frame say."""

    code = "not-applicable"
    title = "Not applicable"
    remedy = "Ask for something that this source has."


class WrongHost(BadRequest):
    """The request names a host that this server does not answer to."""

    status = 421
    code = "wrong-host"
    title = "Wrong host"
    remedy = "Use the address the server prints, or add the name to `hosts` in the settings."


class MethodNotAllowed(BadRequest):
    """Only GET and HEAD are answered."""

    status = 405
    code = "method-not-allowed"
    title = "Method not allowed"
    headers: ClassVar[Mapping[str, str]] = {"Allow": "GET, HEAD"}
    remedy = "Use GET or HEAD: images are only read here."


class Forbidden(FirstsightError):
    """The request is understood and refused."""

    status = 403
    code = "forbidden"
    title = "Forbidden"
    max_age = 60
    remedy = "Ask for what the settings allow."


class NotAllowed(Forbidden):
    """The access setting does not allow this transform."""

    code = "not-allowed"
    title = "Not allowed"
    remedy = 'Ask for a preset or a listed size; the operator can add one, or set `access` to "signed" or "open".'


class BadSignature(Forbidden):
    """The signature is missing, or not one of our keys'."""

    code = "bad-signature"
    title = "Bad signature"
    remedy = "Sign the canonical path with a current key: firstsight url KEY SPEC --sign."


class SignatureExpired(Forbidden):
    """The signature was valid until a time that has passed."""

    code = "signature-expired"
    title = "Signature expired"
    remedy = "Sign the path anew, with a later time."


class NotFound(FirstsightError):
    """There is nothing of that name."""

    status = 404
    code = "not-found"
    title = "Not found"
    max_age = 10
    remedy = "Check the name."


class SourceNotFound(NotFound):
    """The store holds no source under that key."""

    code = "source-not-found"
    title = "Source not found"
    remedy = "Check the source key, upper and lower case included, and that the source is in the store."


class NoSuchPage(NotFound):
    """The path names neither a derivative nor a page of the server."""

    code = "no-such-page"
    title = "No such page"
    remedy = "Ask for an image: /<source key>/<spec>.<format>."


class BadImage(FirstsightError):
    """The source cannot be made into a derivative; asking again will not help."""

    status = 422
    code = "bad-image"
    title = "Bad image"
    max_age = 60
    remedy = "Use another source."


class TooManyBytes(BadImage):
    """The source file is larger than `limits.source_bytes`."""

    status = 413
    code = "too-many-bytes"
    title = "Source too large"
    remedy = "Use a smaller file, or raise limits.source_bytes."


class UnsupportedFormat(BadImage):
    """The bytes are no image, or one of a kind that is not decoded here."""

    status = 415
    code = "unsupported-format"
    title = "Unsupported format"
    remedy = "Use a JPEG, PNG, WebP, AVIF, GIF or TIFF; the name does not matter, the bytes do."


class TooManyPixels(BadImage):
    """The source, its frames or the result would have more pixels than a limit allows."""

    code = "too-many-pixels"
    title = "Too many pixels"
    remedy = "Use a smaller source or ask for a smaller result, or raise the limit that the error names."


class TooMuchMemory(BadImage):
    """The source would need more memory to decode, or the result to be made, than `limits.memory` allows."""

    code = "too-much-memory"
    title = "Too much memory"
    remedy = "Use a smaller source or ask for a smaller result, or raise limits.memory."


class ResultTooLarge(BadImage):
    """The result has more bytes than the front can carry, and there is nowhere to send the client for it."""

    code = "result-too-large"
    title = "Result too large"
    remedy = "Ask for a smaller one, or keep derivatives in a store that can hand out links."


class DamagedImage(BadImage):
    """The source is an image of a known kind whose bytes are cut or wrong."""

    code = "damaged-image"
    title = "Damaged image"
    remedy = 'Upload the source again, or set `damaged` to "best_effort" to show what can be decoded.'


class StoreError(FirstsightError):
    """A store did not do what was asked of it."""

    status = 502
    code = "store-error"
    title = "Store error"
    remedy = "Ask again in a moment; the log says what the store answered."


class StoreFailed(StoreError):
    """The store answered with an error, or cannot be reached."""

    code = "store-failed"
    title = "Store failed"


class StoreDenied(StoreError):
    """The store refuses these credentials."""

    code = "store-denied"
    title = "Store denied access"
    remedy = "Check the credentials and what they may do; the log says what the store answered."


class StoreTimeout(StoreError):
    """The store did not answer in time."""

    status = 504
    code = "store-timeout"
    title = "Store too slow"
    remedy = "Ask again in a moment; if it stays, check the network to the store, or raise limits.seconds."


class Overloaded(FirstsightError):
    """Every renderer is busy, and the queue is full or would be if nobody had been refused."""

    status = 503
    code = "overloaded"
    title = "Too busy"
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "1"}
    remedy = "Ask again in a second; if it stays, add processors or raise `queue`."


class RenderTimeout(FirstsightError):
    """Making the derivative took longer than `limits.seconds`."""

    status = 504
    code = "render-timeout"
    title = "Rendering took too long"
    remedy = "Ask for a smaller or simpler result, or raise limits.seconds."


class BadSettings(FirstsightError):
    """A setting is unknown, or its value cannot be used."""

    code = "bad-settings"
    title = "Bad settings"
    remedy = "Mend the setting that the message names; firstsight check says what the settings mean."
