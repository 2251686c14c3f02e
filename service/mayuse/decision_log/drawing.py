"""Random bytes, many at once.

Whoever draws gives Python's lock back meanwhile. Beside a busy event loop it takes longer to get it
again than to draw: one by one, what a batch of decisions needs took 50 µs for each new person, and
the computing among it 10.
"""

from __future__ import annotations

import secrets


def draw(count: int, size: int) -> list[bytes]:
    """So many strings of `size` bytes, each for a secret of its own."""
    drawn = secrets.token_bytes(count * size)
    return [drawn[at : at + size] for at in range(0, len(drawn), size)]
