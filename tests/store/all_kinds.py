"""Decisions of all kinds, to be searched."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import drafts

HOUR = timedelta(hours=1)


async def record_all_kinds(log):
    """Record a few dozen decisions that differ in all an auditor can ask for."""
    made = []
    for number, (place, gpc, person, caller) in enumerate(
        itertools.product(("US-CA", "DE"), (False, True), ("ann", "bob", None), ("one", "two"))
    ):
        kinds = [("profile",), ("profile", "offsite_activity"), ("likeness",)]
        asked = drafts.question(
            jurisdiction=place,
            gpc=gpc,
            subject=person,
            data=kinds[number % 3],
            recipient=("microsoft", "advertiser")[number % 2],
            purpose=("ads_personalised", "train_ai_content")[number // 2 % 2],
            choices={"share_with_affiliates": "off"} if number % 4 == 0 else {},
        )
        [draft] = await drafts.drafts(asked, caller=caller, now=drafts.NOW + number * HOUR)
        if number % 5 == 0:
            draft = replace(draft, policy=replace(draft.policy, digest=f"sha256:{'cd' * 32}"))
        await log.append([draft])
        made.append(draft)
    return made
