"""`/docs`: every operation for people, without a script, and with no link that leads nowhere."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from mayuse.api.docs_page import LONGEST, SHOWN, contract

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.ids: set[str] = set()
        self.links: set[str] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.add(tag)
        given = dict(attrs)
        self.ids |= {given["id"]} if "id" in given else set()
        self.links |= {given[name] for name in ("href", "src") if name in given}

    def handle_data(self, data) -> None:
        self.text += data


async def test_every_operation_is_there_and_every_link_leads_somewhere(client):
    answer = await client.get("/docs", headers={"Accept": "text/html,*/*;q=0.8"})
    document = (await client.get("/openapi.json")).json()
    page = Page(answer.text)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    operations = [row for rows in document["paths"].values() for row in rows.values()]
    assert page.ids == {row["operationId"] for row in operations}
    assert all(row["summary"] in page.text for row in operations)
    for link in page.links:
        if link.startswith("#"):
            assert link[1:] in page.ids
        else:
            assert (await client.get(link)).status_code == 200, link


async def test_nothing_on_it_runs_or_comes_from_elsewhere(client):
    answer = await client.get("/docs")
    page = Page(answer.text)
    assert not page.tags & {"script", "link", "img", "iframe", "object", "embed"}
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert all(link.startswith(("/", "#")) and link[:2] != "//" for link in page.links)
    assert "built-in" not in page.text


async def test_it_is_sent_once(client):
    tag = (await client.get("/docs")).headers["etag"]
    again = await client.get("/docs", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


async def test_long_lists_and_examples_are_cut(client):
    shown = contract((await client.get("/openapi.json")).json())
    operations = {row["id"]: row for group in shown["groups"] for row in group["operations"]}
    places = next(
        row for row in operations["listDecisions"]["parameters"] if row["name"] == "jurisdiction"
    )
    assert places["allowed"].count(",") == SHOWN - 1
    assert "more" in places["allowed"]
    assert operations["decide"]["who"] == "Takes the scope decide."
    assert operations["readDocs"]["who"] == "For everybody."
    examples = [row["example"] for one in operations.values() for row in one["answers"]]
    assert max(map(len, examples)) <= LONGEST + 2
    assert "receipt" in operations["decide"]["answers"][0]["example"]
