"""Webhooks registered at a running simulator, repaired, and told when Cin7 has given one up."""

from __future__ import annotations

from typing import Any

import pytest

from ml_connector.domain.errors import Refused
from ml_connector.systems.cin7.webhooks import TYPES, Cin7Webhooks

URL = "https://airflow.acme.example/ml-connector-webhooks/cin7_qad/cin7"
SECRET = "a-long-s3cret-of-webhooks"


@pytest.fixture
def hooks(world: Any) -> Cin7Webhooks:
    return Cin7Webhooks(world.client())


def stored(world: Any) -> list[dict[str, Any]]:
    """Return what the account has, with tokens."""
    found: list[dict[str, Any]] = world.held("webhook")
    return found


def test_all_types_are_registered_once_however_often_it_is_asked(world: Any, hooks: Cin7Webhooks) -> None:
    """The second time sets the same ones anew, with the secret as bearer token."""
    assert len(list(hooks.register(URL, "old"))) == len(TYPES)
    assert all(line.endswith("set anew") for line in hooks.register(URL, SECRET))
    rows = stored(world)
    assert sorted(row["Type"] for row in rows) == sorted(TYPES)
    assert {(row["ExternalURL"], row["ExternalBearerToken"], row["IsActive"]) for row in rows} == {(URL, SECRET, True)}


def test_one_that_cin7_has_given_up_is_told_and_repaired(world: Any, hooks: Cin7Webhooks) -> None:
    """The set-up check names it; registering again makes it active."""
    list(hooks.register(URL, SECRET))
    given_up = stored(world)[0]
    world.edit("webhook", given_up["ID"], IsActive=False)
    (line,) = world.adapter().check_setup()
    assert given_up["Type"] in line
    assert "not active" in line
    list(hooks.register(URL, SECRET))
    assert list(hooks.problems(URL)) == []


def test_webhooks_of_others_are_left_alone(world: Any, hooks: Cin7Webhooks) -> None:
    """Those to other addresses are neither changed nor reported, and those of another deployment count as its own."""
    other = {"Type": TYPES[0], "IsActive": False, "ExternalURL": "https://else.example/x"}
    world.client().write("webhooks", method="POST", json={**other, "ExternalAuthorizationType": "noauth"})
    list(hooks.register(URL.replace("cin7_qad", "cin7_qad__nz"), SECRET))
    assert len(list(hooks.problems(URL))) == len(TYPES)
    assert list(hooks.problems()) == []
    assert [row["IsActive"] for row in stored(world) if row["ExternalURL"] == other["ExternalURL"]] == [False]


def test_a_sixth_of_a_type_is_refused_with_cin7s_words(world: Any, hooks: Cin7Webhooks) -> None:
    """Cin7 allows five of a type."""
    for number in range(5):
        list(hooks.register(f"{URL}{number}", SECRET))
    with pytest.raises(Refused, match="No more than 5"):
        list(hooks.register(URL, SECRET))
