"""Every refusal of the one parser, in bounded time, and agreement with others on the rest."""

import contextlib
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayuse import strict_json
from mayuse.errors import InvalidJSON
from mayuse.strict_json import MAX_DEPTH, MAX_INTEGER

MEBIBYTE = 1 << 20

REFUSED = {
    "nothing at all": (b"", "the text is empty"),
    "white space only": (b" \n\t ", "the text is empty"),
    "half an object": (b'{"a": ', "the text is not JSON: fault at line 1, column 7"),
    "a second document": (b"{} {}", "the text is not JSON: fault at line 1, column 4"),
    "a comma too many": (b"[,1]", "the text is not JSON: fault at line 1, column 2"),
    "single quotes": (b"{'a': 1}", "the text is not JSON: fault at line 1, column 2"),
    "a comment": (b"[1] // one", "the text is not JSON: fault at line 1, column 5"),
    "a name twice": (b'{"a": 1, "a": 1}', "an object names a member twice"),
    "a name twice, once escaped": (b'{"a": 1, "\\u0061": 2}', "an object names a member twice"),
    "a name twice, far within": (b'[{"b": {"a": 1, "a": 2}}]', "an object names a member twice"),
    "NaN": (b"[NaN]", "NaN and infinities are not JSON"),
    "Infinity": (b"Infinity", "NaN and infinities are not JSON"),
    "minus Infinity": (b"[-Infinity]", "NaN and infinities are not JSON"),
    "a float beyond double": (b"[1e400]", "a number is too large"),
    "2^53": (b"[9007199254740992]", "an integer is beyond 2^53 - 1"),
    "minus 2^53": (b"[-9007199254740992]", "an integer is beyond 2^53 - 1"),
    "five thousand digits": (b"9" * 5_000, "an integer is beyond 2^53 - 1"),
    "a NUL, escaped": (b'["\\u0000"]', "a string holds a NUL character"),
    "a NUL in a name": (b'{"a\\u0000": 1}', "a string holds a NUL character"),
    "a raw NUL": (b'["\x00"]', "the text is not JSON: fault at line 1, column 3"),
    "a raw line feed in a string": (b'["\n"]', "the text is not JSON: fault at line 1, column 3"),
    "a lone high surrogate": (b'["\\ud800"]', "a string holds a lone surrogate"),
    "a lone low surrogate": (b'["\\uDFFFx"]', "a string holds a lone surrogate"),
    "surrogates in the wrong order": (b'["\\udc00\\ud800"]', "a string holds a lone surrogate"),
    "a surrogate in a name": (b'{"\\ud83d": 1}', "a string holds a lone surrogate"),
    "a surrogate in raw UTF-8": (b'["\xed\xa0\x80"]', "the text is not UTF-8"),
    "Latin-1": (b'["\xe9"]', "the text is not UTF-8"),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), "the text is not UTF-8"),
    "UTF-16 without a mark": (
        '["a"]'.encode("utf-16-le"),
        "the text is not JSON: fault at line 1, column 2",
    ),
    "a byte order mark": (b'\xef\xbb\xbf{"a": 1}', "the text starts with a byte order mark"),
    "33 levels": (b"[" * 33 + b"]" * 33, "the text nests deeper than 32 levels"),
    "33 levels of both": (
        b'[{"a":' * 16 + b"[1]" + b"}]" * 16,
        "the text nests deeper than 32 levels",
    ),
    "a hundred thousand levels": (b"[" * 100_000, "the text nests deeper than 32 levels"),
}


@pytest.mark.parametrize(("raw", "detail"), REFUSED.values(), ids=REFUSED.keys())
def test_it_refuses(raw, detail):
    with pytest.raises(InvalidJSON) as refused:
        strict_json.loads(raw)
    assert refused.value.detail == detail


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"9007199254740991", MAX_INTEGER),
        (b"-9007199254740991", -MAX_INTEGER),
        (b"34.0", 34.0),
        (b'"\\ud83d\\ude00"', "\N{GRINNING FACE}"),
        (b'"\\\\u0000 is only told of"', "\\u0000 is only told of"),
        (b'["[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "\\"[{"]', ["[" * 40, '"[{']),
        (b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, json.loads("[" * MAX_DEPTH + "]" * MAX_DEPTH)),
        (b' {"b": [null, true], "a": {}} ', {"b": [None, True], "a": {}}),
    ],
)
def test_it_keeps_what_was_sent(raw, value):
    assert strict_json.loads(raw) == value


def test_many_brackets_side_by_side_are_not_depth():
    assert len(strict_json.loads(b"[" + b"[]," * 500 + b"{}]")) == 501


HOSTILE = {
    "integers": b"[" + b"1," * (MEBIBYTE // 2) + b"1]",
    "depth": b"[" * MEBIBYTE,
    "a string of quotes that never ends": b'"' + b'\\"' * (MEBIBYTE // 2),
    "brackets in a string": b'["' + b"[" * MEBIBYTE + b'"]',
    "empty arrays": b"[" + b"[]," * (MEBIBYTE // 3) + b"[]]",
    "objects": b"[" + b'{"a":1},' * (MEBIBYTE // 8) + b"{}]",
    "digits": b"1" * MEBIBYTE,
    "decimals": b"1." + b"1" * MEBIBYTE,
    "an exponent": b"1e" + b"1" * MEBIBYTE,
    "escaped surrogate pairs": b"[" + b'"\\ud83d\\ude00",' * (MEBIBYTE // 15) + b'""]',
    "line feeds": b"\n" * MEBIBYTE + b"x",
    "names": b"{" + b",".join(b'"%d":1' % n for n in range(90_000)) + b"}",
    "backslashes": b'"' + b"\\" * MEBIBYTE,
    "quotes": b'"' * MEBIBYTE,
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_mebibyte_of_anything_takes_bounded_time(raw):
    """Processor time, so that a busy machine does not decide; the worst is about 0.4 s here."""
    started = time.process_time()
    with contextlib.suppress(InvalidJSON):
        strict_json.loads(raw)
    assert time.process_time() - started < 3


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_what_it_writes_it_reads_back(value):
    assert strict_json.loads(strict_json.dumps(value)) == value
    assert strict_json.loads(json.dumps(value).encode()) == value


@given(
    st.binary(max_size=200)
    | st.text(alphabet='{}[]",:\\u0dD8eE+-.1nulltrue NaIfy', max_size=80).map(str.encode)
)
def test_any_bytes_are_read_or_refused(raw):
    """Nothing but `InvalidJSON` comes out, and what is read is what the standard library reads."""
    try:
        value = strict_json.loads(raw)
    except InvalidJSON:
        return
    assert value == json.loads(raw)
    assert strict_json.loads(strict_json.dumps(value)) == value


def test_it_writes_members_in_the_order_given_and_no_white_space():
    assert strict_json.dumps({"b": ["é", 1], "a": None}) == '{"b":["é",1],"a":null}'.encode()
