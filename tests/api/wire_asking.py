"""Requests byte by byte, as no client library would send them."""

from __future__ import annotations

import json
import socket
import time


def talk(server, *pieces, pause=0.0, seconds=10.0):
    """Send the pieces, then read until the server closes or is silent for long."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=seconds) as connection:
        for piece in pieces:
            try:
                connection.sendall(piece)
            except (BrokenPipeError, ConnectionResetError):
                break
            time.sleep(pause)
        received = b""
        try:
            while piece := connection.recv(65_536):
                received += piece
        except (TimeoutError, ConnectionResetError):
            received += b"<not closed>"
    return received


def post(body, *headers, length=None):
    head = [
        "POST /v1/decisions HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/json",
        f"Content-Length: {len(body) if length is None else length}",
        *headers,
    ]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def status(answer):
    return int(answer.split(b" ", 2)[1])


def code(answer):
    return json.loads(answer.partition(b"\r\n\r\n")[2])["code"]


def headers(answer):
    """The headers of an answer, by name in small letters; each value as it came."""
    lines = answer.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]
    return {
        name.lower().decode(): value.strip()
        for name, _, value in (it.partition(b":") for it in lines)
    }
