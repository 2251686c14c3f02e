"""Whether the triggers that refuse changes are all there, as the migrations made them.

They stand against mistakes and injected statements, not against the owner, who can take them away.
A restore may lose them, too, and then nothing else tells: the tables look the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, text

_THERE = {
    "sqlite": text("SELECT tbl_name, name, sql, 1 FROM sqlite_master WHERE type = 'trigger'"),
    "postgresql": text(
        "SELECT relname, tgname, concat_ws(' ', tgtype, tgqual IS NULL, prosrc), "
        "tgenabled IN ('O', 'A') FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
        "JOIN pg_proc ON pg_proc.oid = tgfoid WHERE NOT tgisinternal "
        "AND pg_table_is_visible(pg_class.oid)"
    ),
}
"""Table, trigger, what it does, and whether it is switched on."""

MADE: Mapping[str, Mapping[str, str]] = {
    "sqlite": {
        "anchor.anchor_no_delete": "b6867bae1c75",
        "anchor.anchor_no_replace": "e5e3925cc497",
        "anchor.anchor_no_update": "501fce9fab3b",
        "checkpoint.checkpoint_no_delete": "69de1b5c41a3",
        "checkpoint.checkpoint_no_replace": "0d30fc396c29",
        "checkpoint.checkpoint_no_update": "680dc4daf37b",
        "choice_event.choice_event_no_replace": "fb7dd3049829",
        "choice_event.choice_event_no_update": "9bda96a9679d",
        "decision.decision_no_delete": "99a2a4f26671",
        "decision.decision_no_replace": "1e4d749526c2",
        "decision.decision_no_update": "63990641743a",
        "erased_key.erased_key_no_delete": "602c440a20bc",
        "erased_key.erased_key_no_replace": "86ff36d92feb",
        "erased_key.erased_key_no_update": "8c2dc7762564",
        "leaf.leaf_no_delete": "79a5ffd87933",
        "leaf.leaf_no_replace": "ffcb4a42ff5b",
        "leaf.leaf_no_update": "77aa614d2c75",
        "log_state.log_state_no_delete": "8286381c0eb3",
        "log_state.log_state_no_replace": "8d5297d1dfdd",
        "log_state.log_state_no_update": "7da1bfd5c206",
        "policy_activation.policy_activation_no_delete": "e84eb38a24c1",
        "policy_activation.policy_activation_no_replace": "cc7af073a361",
        "policy_activation.policy_activation_no_update": "a9c8214c91dd",
        "policy_bundle.policy_bundle_no_delete": "05feffe1e565",
        "policy_bundle.policy_bundle_no_replace": "ac88f6da1ee0",
        "policy_bundle.policy_bundle_no_update": "edb7dbdcfdf6",
        "tile.tile_no_delete": "f662ea447365",
        "tile.tile_no_replace": "9c45d0222cd8",
        "tile.tile_no_update": "26b37aed1364",
    },
    "postgresql": {
        "anchor.anchor_no_delete": "3a7caa41a720",
        "anchor.anchor_no_truncate": "c76dc706c445",
        "anchor.anchor_no_update": "2364edec133b",
        "checkpoint.checkpoint_no_delete": "3a7caa41a720",
        "checkpoint.checkpoint_no_truncate": "c76dc706c445",
        "checkpoint.checkpoint_no_update": "2364edec133b",
        "choice_event.choice_event_no_truncate": "c76dc706c445",
        "choice_event.choice_event_no_update": "4db4bb49a449",
        "decision.decision_no_delete": "07c31175c885",
        "decision.decision_no_truncate": "c76dc706c445",
        "decision.decision_no_update": "2364edec133b",
        "erased_key.erased_key_no_delete": "3a7caa41a720",
        "erased_key.erased_key_no_truncate": "c76dc706c445",
        "erased_key.erased_key_no_update": "2364edec133b",
        "leaf.leaf_no_delete": "3a7caa41a720",
        "leaf.leaf_no_truncate": "c76dc706c445",
        "leaf.leaf_no_update": "2364edec133b",
        "log_state.log_state_no_delete": "3a7caa41a720",
        "log_state.log_state_no_truncate": "c76dc706c445",
        "log_state.log_state_no_update": "2364edec133b",
        "policy_activation.policy_activation_no_delete": "10a682c75cc6",
        "policy_activation.policy_activation_no_truncate": "c76dc706c445",
        "policy_activation.policy_activation_no_update": "4db4bb49a449",
        "policy_bundle.policy_bundle_no_delete": "3a7caa41a720",
        "policy_bundle.policy_bundle_no_truncate": "c76dc706c445",
        "policy_bundle.policy_bundle_no_update": "2364edec133b",
        "tile.tile_no_delete": "3a7caa41a720",
        "tile.tile_no_truncate": "c76dc706c445",
        "tile.tile_no_update": "2364edec133b",
    },
}
"""By dialect: each trigger of the newest step, as `table.trigger`, and a digest of what it does."""


def differences(connection: Connection) -> Iterator[str]:
    """Where the triggers of a database part from those of the newest step, in words."""
    made = MADE[connection.dialect.name]
    there = {
        f"{table}.{name}": (_digest(does), bool(is_on))
        for table, name, does, is_on in connection.execute(_THERE[connection.dialect.name])
    }
    for name in sorted(made.keys() | there.keys()):
        if name not in there:
            yield f"trigger {name} is missing"
        elif name not in made:
            yield f"trigger {name} is not ours"
        elif there[name][0] != made[name]:
            yield f"trigger {name} does something else"
        elif not there[name][1]:
            yield f"trigger {name} is switched off"


def _digest(does: str) -> str:
    return hashlib.sha256(does.encode()).hexdigest()[:12]
