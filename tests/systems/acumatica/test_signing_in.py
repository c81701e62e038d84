"""Signing in, staying signed in, and the answers that are about the session or the licence."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from ml_connector.domain.errors import (
    ConfigurationError,
    ContractError,
    RateLimited,
    VendorUnavailable,
)
from ml_connector.systems.acumatica.signin import open_client

TOP = {"$top": "1", "$select": "AccountCD"}


def tokens(world: Any) -> int:
    return int(world.count("connect/token", "POST"))


def test_one_sign_in_serves_all_clients_of_a_store(world: Any) -> None:
    """The token is kept, so that a second client takes no further licensed session."""
    world.client().read("Account", params=TOP)
    world.client().read("Account", params=TOP)
    assert tokens(world) == 1


def test_an_old_token_is_refreshed_and_the_new_refresh_token_kept(world: Any) -> None:
    """Before a token runs out it is refreshed in its own session; the rotated refresh token serves next time."""
    world.set(max_sessions=1)
    client = world.client()
    first = world.store.load(world.settings().token_name)
    world.clock.seconds += 3500
    world.sim("POST", "clock", {"advance": 3500})
    client.read("Account", params=TOP)
    second = world.store.load(world.settings().token_name)
    world.clock.seconds += 3500
    world.sim("POST", "clock", {"advance": 3500})
    client.read("Account", params=TOP)
    assert tokens(world) == 3
    assert first.refresh_token != second.refresh_token


def test_a_token_rejected_with_401_is_renewed_once_and_the_call_sent_again(world: Any) -> None:
    """A 401 in the middle of the work costs one renewal, and the call succeeds."""
    client = world.client()
    world.fault("status", "/Account", "GET", status=401, answer={"message": "The user is not signed in."})
    assert client.read("Account", params=TOP).status == 200
    assert tokens(world) == 2


def test_a_write_rejected_with_401_is_sent_again_once(world: Any, make: Any) -> None:
    """A 401 means that nothing was done, so a create is sent again after renewal, and one record exists."""
    adapter = world.adapter()
    world.fault("status", "PurchaseOrder$", "PUT", status=401, answer={"message": "The user is not signed in."})
    adapter.draft(make.order(), "mlc:1a2b3c4d5e6f7a8b", None, world.bind)
    assert len(world.held("PurchaseOrder")) == 1


def test_a_spent_refresh_token_leads_to_a_new_sign_in(world: Any) -> None:
    """When the refresh token is refused, the password signs in anew."""
    client = world.client()
    world.clock.seconds += 40 * 24 * 3600
    world.sim("POST", "clock", {"advance": 40 * 24 * 3600})
    assert client.read("Account", params=TOP).status == 200
    assert tokens(world) == 3


def test_authorization_code_starts_from_the_refresh_token_of_the_connection(world: Any) -> None:
    """The grant that a person began in a browser goes on in its session, without another sign-in."""
    world.set(max_sessions=1)
    form = {
        "grant_type": "password",
        "username": "cin7.sync",
        "password": "sandbox-password",
        "scope": "api offline_access",
        "client_id": world.settings().client_id,
        "client_secret": "sandbox-client-secret",
    }
    given = requests.post(f"{world.url}/identity/connect/token", data=form, timeout=10).json()
    client = world.client(grant="authorization_code", refresh_token=given["refresh_token"])
    assert client.read("Account", params=TOP).status == 200
    assert tokens(world) == 2


@pytest.mark.parametrize("extra", [{"client_secret": "wrong-secret"}, {"client_id": "nobody@ACME"}])
def test_wrong_credentials_are_a_matter_for_a_person(world: Any, extra: dict[str, str]) -> None:
    """Refused credentials say so, name the connection as the place to look, and show no secret."""
    with pytest.raises(ConfigurationError, match="check the connection's credentials") as error:
        world.client(**extra)
    assert "wrong-secret" not in str(error.value)
    assert "sandbox-password" not in str(error.value)


def test_a_full_licence_is_waited_for_by_the_task(world: Any) -> None:
    """When all licensed sessions are taken, the call counts as rate limited, not as wrong credentials."""
    world.set(max_sessions=0)
    with pytest.raises(RateLimited, match="API Login Limit"):
        world.client()
    assert tokens(world) == 1


def test_a_full_licence_at_the_cookie_sign_in_is_waited_for_too(world: Any) -> None:
    """The cookie sign-in tells a full licence by the same text."""
    world.set(max_sessions=0)
    with pytest.raises(RateLimited, match="API Login Limit"):
        world.client(grant="cookie", tenant="ACME")


def test_a_lost_answer_to_the_sign_in_is_not_repeated_at_once(world: Any) -> None:
    """Each sign-in takes a licensed session, so one without an answer is left to the task's retry."""
    world.fault("reset_after", "connect/token", "POST")
    with pytest.raises(VendorUnavailable):
        world.client()
    assert tokens(world) == 1


def test_a_cookie_session_is_always_given_back(world: Any) -> None:
    """Closing the client logs the cookie session out, so that its licensed slot is free again."""
    world.set(max_sessions=1)
    for _ in range(3):
        client = world.client(grant="cookie", tenant="ACME")
        assert client.read("Account", params=TOP).status == 200
        client.close()
    assert world.count("auth/logout", "POST") == 3


def test_a_cookie_session_that_timed_out_is_opened_again(world: Any) -> None:
    """After ten idle minutes the vendor closes a session; the next call signs in again."""
    client = world.client(grant="cookie", tenant="ACME")
    world.sim("POST", "clock", {"advance": 700})
    assert client.read("Account", params=TOP).status == 200
    assert world.count("auth/login", "POST") == 2


def test_a_wrong_password_at_the_cookie_sign_in_is_a_matter_for_a_person(world: Any) -> None:
    """The cookie sign-in answers 500 to bad credentials, which is no server trouble."""
    settings = world.settings(grant="cookie", tenant="ACME")
    wrong = settings.model_copy(update={"login": "nobody"})
    with pytest.raises(ConfigurationError, match="check the connection's credentials"):
        open_client(wrong, requests.Session(), clock=world.clock)


@pytest.mark.parametrize("root", ["object", "array"])
def test_a_version_that_is_not_served_names_those_that_are(world: Any, root: str) -> None:
    """An endpoint version that the instance does not publish is named with those that it does."""
    world.set(endpoint_versions=["20.200.001", "22.200.001"], entity_root=root)
    with pytest.raises(ConfigurationError) as error:
        world.client()
    assert "Default/24.200.001" in str(error.value)
    assert "Default/20.200.001, Default/22.200.001" in str(error.value)


def test_an_instance_name_in_the_path_is_kept(world: Any, make: Any) -> None:
    """An instance below the web root works, also for the address of a running release."""
    world.set(instance="AcmeERP")
    settings = world.settings().model_copy(update={"url": f"{world.url}/AcmeERP"})
    with requests.Session() as session:
        adapter = world.adapter(open_client(settings, session, clock=world.clock))
        ref = adapter.draft(make.bill(), "mlc:1a2b3c4d5e6f7a8b", None, world.bind)
        adapter.authorise(make.bill(), ref)
    assert world.held("Bill")[0]["Status"] == "Open"


def test_something_else_at_the_address_is_told(world: Any) -> None:
    """A page that is no Acumatica instance is told as such."""
    world.fault("status", "/entity$", "GET", status=200, answer={"hello": "world"})
    with pytest.raises(ContractError, match="is this an Acumatica instance"):
        world.client()


def test_429_without_retry_after_is_waited_for(world: Any) -> None:
    """Acumatica declines without Retry-After; the call is repeated with growing waits."""
    client = world.client()
    world.fault("status", "/Account", "GET", status=429, times=3, answer={})
    assert client.read("Account", params=TOP).status == 200
    assert len(world.clock.waits) == 3
    assert world.clock.waits == sorted(world.clock.waits)


def test_a_list_that_cannot_be_optimised_is_a_shape_we_do_not_know(world: Any) -> None:
    """A list that the server cannot answer with one query fails at once and keeps its words."""
    world.set(not_optimizable={"Account": ["Description"]})
    with pytest.raises(ContractError, match="Optimization cannot be performed"):
        world.adapter().accounts()


def test_a_branch_is_no_request_header(world: Any) -> None:
    """The request header takes a branch's name, of which the connection knows the ID: the client only tells it."""
    client = world.client(branch="WEST")
    assert client.branch == "WEST"
    assert client.read("Account", params=TOP).status == 200
    assert "PX-CbApiBranch" not in client._session.headers


def test_the_cookie_sign_in_names_the_branch_by_its_id(world: Any) -> None:
    """The direct login takes the branch's ID, and one that is not there is a matter for a person."""
    world.set(branches=["HEADOFFICE", "WEST"])
    client = world.client(grant="cookie", tenant="ACME", branch="WEST")
    assert client._session.cookies["UserBranch"] == "WEST"
    client.close()
    with pytest.raises(ConfigurationError, match="Branch 'EAST' cannot be found"):
        world.client(grant="cookie", tenant="ACME", branch="EAST")


@pytest.mark.parametrize("times", [1, 3])
def test_a_token_that_no_store_keeps_is_logged_out(world: Any, times: int) -> None:
    """Without a store the licensed session of a password's token is given back when the client closes."""
    world.set(max_sessions=1)
    for _ in range(times):
        client = open_client(world.settings(), requests.Session(), clock=world.clock)
        assert client.read("Account", params=TOP).status == 200
        client.close()
    assert world.count("auth/logout", "POST") == times


def test_a_failed_logout_of_a_token_hides_nothing(world: Any) -> None:
    """When the logout fails, closing goes on; the vendor then counts the session until it times out."""
    client = open_client(world.settings(), requests.Session(), clock=world.clock)
    world.fault("status", "auth/logout", "POST", status=500, answer={})
    client.close()
    assert world.count("auth/logout", "POST") == 1


def test_a_token_that_a_store_keeps_is_not_logged_out(world: Any) -> None:
    """A kept token serves the next run, so closing leaves its session open."""
    world.client().close()
    assert world.count("auth/logout", "POST") == 0


def test_a_first_refresh_token_is_not_spent_where_nothing_keeps_the_next(world: Any) -> None:
    """Refreshing spends the token, so without a store it is refused unsent, and said what to do instead."""
    settings = world.settings(grant="authorization_code", refresh_token="first-refresh-token")
    with pytest.raises(ConfigurationError, match="ml-connector preflight"):
        open_client(settings, requests.Session(), clock=world.clock)
    assert tokens(world) == 0


def test_no_call_that_is_told_holds_a_secret(world: Any) -> None:
    """What the observer is told of calls holds neither token, password nor client secret."""
    client = world.client()
    client.read("Account", params=TOP)
    told = " ".join(str(call) for call in world.calls) + repr(client)
    token = world.store.load(world.settings().token_name)
    for secret in (token.access_token, token.refresh_token, "sandbox-password", "sandbox-client-secret"):
        assert secret not in told
