"""Tokens: asked for, renewed, given back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ml_connector.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from conftest import World

TIME = "M3/m3api-rest/v2/execute/GENERAL/GetServerTime;maxrecs=1"
TOKEN = "/token.oauth2"


def forms(world: World) -> list[str]:
    return world.bodies(TOKEN)


def test_the_service_account_signs_in_with_a_password_grant(world: World) -> None:
    """The first call asks for a token with the service account's keys, and the scopes of the file."""
    world.client().read(TIME)
    (form,) = forms(world)
    assert "grant_type=password" in form
    assert "scope=Infor-ION+Infor-M3" in form or "scope=Infor-ION%20Infor-M3" in form


@pytest.mark.parametrize("lifetime", [24 * 3600, 7200, 60, 12])
def test_a_token_is_renewed_before_it_ends_whatever_its_life(world: World, lifetime: int) -> None:
    """Short of its end a token is renewed with the refresh token, so that no call meets a 401."""
    world.ionapi(lifetime=lifetime)
    client = world.client()
    client.read(TIME)
    world.advance(lifetime - min(lifetime / 6, 600) + 0.5)
    client.read(TIME)
    assert ["grant_type=refresh_token" in form for form in forms(world)] == [False, True]
    assert all(call.status == 200 for call in world.calls)


def test_a_pull_longer_than_the_token_goes_on(world: World) -> None:
    """A pull of many calls, each later than the token's life, is read to its end."""
    world.ionapi(lifetime=30)
    world.seed("CIDMAS", *[{"SUNO": f"S{number:05}", "SUNM": f"Supplier {number}"} for number in range(8)])
    client = world.client()
    m3 = world.m3(page_size=3, company="100")
    object.__setattr__(m3, "client", _Slow(client, world))
    assert len(m3.listing("supplier_list", {})) == 10
    assert sum("grant_type" in form for form in forms(world)) > 3


class _Slow:
    """A client before each of whose calls most of a minute passes."""

    def __init__(self, client: Any, world: World) -> None:
        self._client, self._world = client, world

    def read(self, *args: Any, **kwargs: Any) -> Any:
        self._world.advance(45)
        return self._client.read(*args, **kwargs)


def test_a_token_that_the_gateway_rejects_is_renewed_once(world: World) -> None:
    """After a 401 the token is renewed and the call repeated, unseen by who asked."""
    client = world.client()
    client.read(TIME)
    world.fault("status", "GetServerTime", status=401)
    assert client.read(TIME).status == 200
    assert len(forms(world)) == 2


def test_a_refused_refresh_token_falls_back_to_the_service_account(world: World) -> None:
    """When the refresh token has ended, the service account signs in anew."""
    world.ionapi(lifetime=60)
    world.set(refresh_seconds=60)
    client = world.client()
    client.read(TIME)
    world.advance(120)
    assert client.read(TIME).status == 200
    assert ["grant_type=password" in form for form in forms(world)] == [True, False, True]


def test_a_revoked_service_account_is_a_setting_to_correct(world: World) -> None:
    """Wrong keys are an error of configuration with the token service's words, and without the keys."""
    world.credential = {**world.ionapi(), "sask": "another-secret-key"}
    with pytest.raises(ConfigurationError, match="invalid_grant") as caught:
        world.client().read(TIME)
    assert "another-secret-key" not in str(caught.value)


def test_the_token_serves_the_next_task(world: World) -> None:
    """A second client over the same store uses the first one's token."""
    world.client().read(TIME)
    world.client().read(TIME)
    assert len(forms(world)) == 1


def test_the_grant_is_revoked_where_asked(world: World) -> None:
    """With revoke_at_end the token is given back, and the next client signs in anew."""
    client = world.client(revoke_at_end=True)
    client.read(TIME)
    client.close()
    (revoked,) = world.bodies("revoke_token.oauth2")
    assert "token_type_hint=refresh_token" in revoked
    world.client(revoke_at_end=True).read(TIME)
    assert len(forms(world)) == 2


def test_a_grant_that_cannot_be_revoked_does_not_hide_the_works_end(world: World) -> None:
    """A failing revocation is logged and no error."""
    client = world.client(revoke_at_end=True)
    client.read(TIME)
    world.fault("status", "revoke_token.oauth2", method="POST", status=400)
    client.close()
    assert world.journal("revoke_token.oauth2")


def test_no_call_sends_the_csrf_header(world: World) -> None:
    """The header that M3 must not get through the gateway is never sent."""
    world.client().read(TIME)
    assert not any("fnd-csrf-token" in one.headers for one in world.sent)
