"""What Cin7's answers mean, over HTTP: too many calls, errors in any status, wrong keys, web pages."""

from __future__ import annotations

from typing import Any

import pytest

from ml_connector.domain.errors import (
    AmbiguousWrite,
    ConfigurationError,
    ContractError,
    RateLimited,
    Refused,
    SyncError,
    VendorUnavailable,
)
from ml_connector.transport.retry import NotFound

KEY, ACCOUNT = "22222222-2222-4222-8222-222222222222", "11111111-1111-4111-8111-111111111111"
REFUSAL = [{"ErrorCode": 400, "Exception": "Lines is invalid"}]


@pytest.mark.parametrize("dialect", ["429_seconds", "429_text", "429_bare", "503", "400"])
def test_too_many_calls_are_waited_out_in_each_dialect(world: Any, dialect: str) -> None:
    """However the allowance's refusal looks, a read waits as long as it asks and then succeeds."""
    world.set(rate_limit=1, rate_seconds=10, rate_dialect=dialect)
    world.clock.on_sleep = lambda seconds: world.sim("POST", "clock", {"advance": seconds})
    client = world.client()
    client.read("me")
    assert client.read("me").data["Company"]
    assert sum(world.clock.waits) >= 10
    if dialect.startswith("429_") and dialect != "429_bare":
        assert len(world.clock.waits) == 1


@pytest.mark.parametrize("dialect", ["429_text", "503", "400"])
def test_a_write_that_was_refused_for_the_allowance_is_sent_again(world: Any, make: Any, dialect: str) -> None:
    """Too many calls is a certain no: the create is sent again and made once."""
    adapter = world.adapter()
    adapter.suppliers()
    world.clock.on_sleep = lambda seconds: world.sim("POST", "clock", {"advance": seconds})
    world.set(rate_limit=3, rate_seconds=10, rate_dialect=dialect)
    adapter.draft(make.supplier(), "mlc:1", None, world.bind)
    assert len(world.held("supplier")) == 2
    assert world.clock.waits


def test_an_allowance_used_up_for_long_is_left_to_the_task(world: Any) -> None:
    """A wait longer than a call may take is an error that tells when to come back."""
    world.set(rate_limit=1, rate_seconds=3600)
    client = world.client()
    client.read("me")
    with pytest.raises(RateLimited) as error:
        client.read("me")
    assert error.value.retry_after_seconds >= 3600


def test_the_sentence_counts_in_either_wording(world: Any) -> None:
    """Calls per minute means the same as calls per 60 seconds, in an object as in an array, with any status."""
    said = {"ErrorCode": 400, "Exception": "You have reached 60 calls per minute API limit."}
    for status, answer in ((400, said), (500, [said]), (200, [said])):
        world.fault("status", "/me", status=status, answer=answer)
    assert world.client().read("me").data["Company"]
    assert len(world.clock.waits) == 3


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("answer", [REFUSAL, REFUSAL[0]], ids=["array", "object"])
def test_an_error_body_is_a_refusal_with_any_status(world: Any, make: Any, status: int, answer: Any) -> None:
    """An error array or object means no, even with 200, and its sentence is handed on."""
    world.fault("status", "/supplier", "POST", status=status, answer=answer)
    with pytest.raises(Refused, match="Lines is invalid") as error:
        world.adapter().draft(make.supplier(), "mlc:1", None, world.bind)
    assert error.value.reasons == (("", "Lines is invalid"),)


def test_all_sentences_are_handed_on(world: Any) -> None:
    """Several problems told at once are all in the message."""
    answer = [{"ErrorCode": 404, "Exception": "no location"}, {"ErrorCode": 400, "Exception": "no account"}]
    world.fault("status", "/me", status=400, answer=answer)
    with pytest.raises(Refused, match="no location; no account"):
        world.client().read("me")


def test_an_unknown_record_is_not_found(world: Any) -> None:
    """The 400 of an unknown account or purchase means that there is none."""
    with pytest.raises(NotFound):
        world.client().read("ref/account", params={"Code": "999"})
    with pytest.raises(NotFound):
        world.client().read("advanced-purchase", params={"ID": "nobody"})


@pytest.mark.parametrize("mode", ["html", "404"])
def test_a_wrong_path_is_no_answer_of_cin7(world: Any, mode: str) -> None:
    """A web page with 200, or a 404, is an error of contract, and is not tried again."""
    world.set(unknown_route=mode)
    with pytest.raises(ContractError):
        world.client().read("Suppliers")
    assert world.count("Suppliers") == 1


def test_a_web_page_in_place_of_an_answer_leaves_a_write_in_doubt(world: Any, make: Any) -> None:
    """A gateway's page with 200 does not say whether the create was carried out."""
    world.fault("html", "/supplier", "POST")
    with pytest.raises(AmbiguousWrite):
        world.adapter().draft(make.supplier(), "mlc:1", None, world.bind)


def test_a_verb_that_is_not_supported_is_told(world: Any) -> None:
    """A 405 is an error of contract: nothing was carried out."""
    with pytest.raises(ContractError, match="405"):
        world.client().write("purchase/order", method="PUT", json={})


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_error_is_tried_again_for_reads_and_ambiguous_for_creates(world: Any, make: Any, status: int) -> None:
    """A read outlives a server error; a create is looked up, never repeated."""
    world.fault("status", "/me", status=status, answer=[{"ErrorCode": status, "Exception": "oops"}])
    assert world.client().read("me").data["Company"]
    world.fault("status_after", "/supplier", "POST", status=status)
    with pytest.raises(AmbiguousWrite):
        world.adapter().draft(make.supplier(), "mlc:1", None, world.bind)
    assert world.count("/supplier", "POST") == 1


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "truncate"])
def test_a_read_outlives_a_broken_connection(world: Any, kind: str) -> None:
    """A read whose answer breaks off is sent again; when it goes on for long the vendor counts as unavailable."""
    world.fault(kind, "/me")
    assert world.client().read("me").data["Company"]
    world.fault(kind, "/me", times=50)
    with pytest.raises(VendorUnavailable):
        world.client().read("me")


# --- keys ---


def test_a_single_403_is_tried_once_more(world: Any, make: Any) -> None:
    """One 403 under a burst is not taken for wrong keys, neither for a read nor for a create."""
    world.fault("status", "/me", status=403)
    assert world.client().read("me").data["Company"]
    world.fault("status", "/supplier", "POST", status=403)
    world.adapter().draft(make.supplier(), "mlc:1", None, world.bind)
    assert len(world.held("supplier")) == 2


@pytest.mark.parametrize("fields", [{"login": KEY}, {"password": ACCOUNT}])
def test_wrong_keys_are_a_matter_of_settings(world: Any, fields: dict[str, str]) -> None:
    """Wrong keys are told after two calls, whatever is called."""
    with pytest.raises(ConfigurationError, match="not signed in"):
        world.client(**fields).read("me")
    assert world.count("/me") == 2


@pytest.mark.parametrize("status", [200, 400, 403, 500, 404])
def test_no_message_and_no_note_of_a_call_holds_a_key(world: Any, status: int) -> None:
    """Even where Cin7 repeats the keys in its answer, no error, no note of a call and no repr shows one."""
    echo = [{"ErrorCode": status, "Exception": f"bad key {KEY} of {ACCOUNT}, upper {KEY.upper()}"}]
    world.fault("status", "/me", status=status, answer=echo, times=20)
    client = world.client(extra={"webhook_secret": "hook-secret"})
    with pytest.raises(SyncError) as error:
        client.read("me", params={"note": "hook-secret"})
    shown = (
        f"{error.value!s} {error.value!r} {getattr(error.value, 'reasons', '')} {getattr(error.value, 'answer', '')}"
    )
    told = " ".join(map(repr, world.calls))
    settings = repr(world.settings(extra={"webhook_secret": "hook-secret"}))
    for secret in (KEY, "hook-secret"):
        assert secret not in shown
        assert secret not in told
        assert secret not in settings
        assert secret not in repr(client)
