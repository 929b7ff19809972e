"""The server: uvicorn on a socket of ours, in one process or several."""

import socket
from functools import partial
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.supervisors import Multiprocess

from firstsight.errors import BadSettings
from firstsight.image import hold_memory
from firstsight.runtimes import logs
from firstsight.runtimes.asgi import create_app
from firstsight.settings import Settings


def listen(settings: Settings) -> socket.socket:
    """Take the port, so that whoever starts the server can say where it is. Raises BadSettings when it is taken."""
    host, port = settings.host, settings.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise BadSettings(
            f"Port {port} of {host} cannot be listened on: {(error.strerror or str(error)).lower()}.",
            remedy="Choose another with --port, or 0 for any free one.",
        ) from error


def serve(settings: Settings, listener: socket.socket) -> None:
    """
    Serve until SIGTERM or SIGINT, then finish the requests that are under way.

    With more than one worker, each is a process of its own that accepts from the same socket.
    """
    config = uvicorn.Config(
        partial(_worker, settings),
        factory=True,
        http=_protocol(),
        workers=settings.workers,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=int(settings.limits.seconds) + 1,
    )
    logs.configure()
    if settings.workers > 1:
        Multiprocess(config, sockets=[listener]).run()
    else:
        uvicorn.Server(config).run(sockets=[listener])


def _protocol() -> Any:
    try:
        from firstsight.runtimes.heads import BoundedHeads
    except ImportError:  # there is no httptools for Windows
        return "h11"
    return BoundedHeads


def _worker(settings: Settings) -> ASGIApp:
    logs.configure()
    hold_memory()
    return create_app(settings)
