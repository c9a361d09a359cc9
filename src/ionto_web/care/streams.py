"""A long answer that is sent as it is made, under either kind of server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

# Pieces are joined until they are worth a packet.
PACKET_CHARS = 32_000


def streamed(request: HttpRequest, pieces: Iterator[str], *, content_type: str, filename: str) -> StreamingHttpResponse:
    """The pieces as a file to keep, stored nowhere on the way."""
    joined = _joined(pieces)
    body = _awaited(joined) if isinstance(request, ASGIRequest) else joined
    headers = {
        "Content-Disposition": f'attachment; filename="{filename}"',
        "Cache-Control": "no-store",
        # Django would compress each packet by itself, and a browser reads the first of them and takes it for all.
        "Content-Encoding": "identity",
    }
    return StreamingHttpResponse(body, content_type=content_type, headers=headers)


def _joined(pieces: Iterator[str]) -> Iterator[str]:
    waiting: list[str] = []
    for piece in pieces:
        waiting.append(piece)
        if sum(map(len, waiting)) >= PACKET_CHARS:
            yield "".join(waiting)
            waiting.clear()
    yield "".join(waiting)


async def _awaited(pieces: Iterator[str]) -> AsyncIterator[str]:
    """The database is asked in its own thread, piece by piece."""
    following = sync_to_async(next)
    while (piece := await following(pieces, None)) is not None:
        yield piece
