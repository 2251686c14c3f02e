"""Ways to tamper with proofs: each gives a text that no verifier may believe."""

from __future__ import annotations

import base64
from collections.abc import Iterator


def proofs(text: str) -> Iterator[tuple[str, str]]:
    """Variants of a `.tlog-proof` file of more than two hashes, each with its name."""
    head, _, note = text.partition("\n\n")
    header, index, *hashes = head.split("\n")
    number = int(index.removeprefix("index "))

    def proof(lines: list[str], at: str = index) -> str:
        return "\n".join([header, at, *lines]) + "\n\n" + note

    yield "another header", text.replace("tlog-proof@v1", "tlog-proof@v2")
    yield "no header", text.removeprefix(header + "\n")
    yield "no index", proof(hashes, hashes[0])
    yield "index one up", proof(hashes, f"index {number + 1}")
    yield "index zero-padded", proof(hashes, f"index 0{number}")
    yield "index negative", proof(hashes, f"index -{number}")
    yield "index beyond every tree", proof(hashes, f"index {2**63}")
    yield "index with other digits", proof(hashes, f"index {number}x")
    yield "a hash dropped", proof(hashes[1:])
    yield "the last hash dropped", proof(hashes[:-1])
    yield "no hashes", proof([])
    yield "a hash doubled", proof([*hashes, hashes[-1]])
    yield "two hashes swapped", proof([hashes[1], hashes[0], *hashes[2:]])
    yield "hashes reversed", proof(hashes[::-1])
    for at in (0, len(hashes) // 2, len(hashes) - 1):
        yield f"hash {at} changed", proof([*hashes[:at], flipped(hashes[at]), *hashes[at + 1 :]])
    yield "a hash cut short", proof([hashes[0][:-4], *hashes[1:]])
    yield "a hash that is no base64", proof(["!" * 44, *hashes[1:]])
    yield "a hash too long", proof([base64.b64encode(b"x" * 33).decode(), *hashes[1:]])
    for name, changed in checkpoints(note):
        yield f"checkpoint: {name}", "\n".join([header, index, *hashes]) + "\n\n" + changed
    yield "cut in the middle", text[: len(text) // 2]
    yield "no checkpoint", head + "\n\n"
    yield "nothing", ""


def checkpoints(note: str) -> Iterator[tuple[str, str]]:
    """Variants of a signed checkpoint, each with its name."""
    origin, size, root, _, line, _ = note.split("\n")
    dash, name, signature = line.split(" ")

    def signed(*lines: str, by: str = line) -> str:
        return "\n".join([*lines, "", by, ""])

    yield "another log", signed(origin + "x", size, root)
    yield "size one up", signed(origin, str(int(size) + 1), root)
    yield "size zero-padded", signed(origin, "0" + size, root)
    yield "another root", signed(origin, size, flipped(root))
    yield "one more line", signed(origin, size, root, "more")
    yield "one line less", signed(origin, size)
    yield "no signature", f"{origin}\n{size}\n{root}\n"
    yield "an empty signature", signed(origin, size, root, by=f"{dash} {name} ")
    yield (
        "a changed signature",
        signed(origin, size, root, by=f"{dash} {name} {flipped(signature)}"),
    )
    yield (
        "another key's id",
        signed(origin, size, root, by=f"{dash} {name} {flipped(signature, at=0)}"),
    )
    yield "another key's name", signed(origin, size, root, by=f"{dash} {name}x {signature}")
    yield "a hyphen for the dash", signed(origin, size, root, by=f"- {name} {signature}")
    yield "no last newline", note.removesuffix("\n")
    yield "a carriage return", note.replace("\n", "\r\n")
    yield "a NUL", note.replace(origin, origin + "\0", 1)


def consistencies(text: str) -> Iterator[tuple[str, str]]:
    """Variants of a consistency proof of more than two hashes, each with its name."""
    hashes = text.removesuffix("\n").split("\n")
    for at in range(len(hashes)):
        changed = [*hashes[:at], flipped(hashes[at]), *hashes[at + 1 :]]
        yield f"hash {at} changed", "\n".join([*changed, ""])
        yield f"hash {at} dropped", "\n".join([*hashes[:at], *hashes[at + 1 :], ""])
    yield "a hash doubled", "\n".join([hashes[0], *hashes, ""])
    yield "reversed", "\n".join([*hashes[::-1], ""])
    yield "no base64", "\n".join(["!" * 44, *hashes[1:], ""])
    yield "nothing", ""


def flipped(text: str, at: int = -1) -> str:
    """The same base64 with one bit changed in one byte."""
    raw = bytearray(base64.b64decode(text))
    raw[at] ^= 1
    return base64.b64encode(raw).decode()
