"""
A bound on the head of a request: its line and its headers.

uvicorn's faster parser, httptools, holds a head however long it is, so that one client could fill the memory. Its other
one, h11, has the same bound as this.
"""

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: Bytes. Browsers and proxies send a few thousand.
MOST = 65_536
_SENTENCE = f"Expected a request whose line and headers are of at most {MOST} bytes together.".encode()
_REFUSAL = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Type: text/plain\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(_SENTENCE), _SENTENCE)
)


class BoundedHeads(HttpToolsProtocol):
    """uvicorn's protocol, which answers 431 (RFC 6585) to a longer head and hangs up."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        #: Bytes of the head that is arriving, or None from its end to that of the request.
        self._arrived: int | None = 0

    def data_received(self, data: bytes) -> None:
        """Take what has arrived."""
        if self._arrived is not None:
            end = data.find(b"\r\n\r\n")
            self._arrived += len(data) if end < 0 else end
            if self._arrived > MOST:
                self.transport.write(_REFUSAL)
                self.transport.close()
                return
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """Count no more: what follows is a body."""
        self._arrived = None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Count the next head."""
        self._arrived = 0
        super().on_message_complete()
