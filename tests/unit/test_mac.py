"""The log's own HMAC-SHA256 is the standard library's, byte for byte."""

from __future__ import annotations

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayuse.decision_log.mac import Mac


@given(st.binary(max_size=64), st.lists(st.binary(max_size=300), min_size=1, max_size=4))
def test_each_message_has_the_code_that_the_standard_library_gives_it(key, messages):
    mac = Mac(key)
    for message in messages:
        assert mac(message) == hmac.digest(key, message, "sha256")


def test_a_key_that_would_have_to_be_hashed_first_is_refused():
    with pytest.raises(ValueError, match="at most 64 bytes"):
        Mac(b"k" * 65)
