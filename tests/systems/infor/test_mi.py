"""MI transactions: what is sent, and what comes back in which shape."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest

from ml_connector.domain.errors import ConfigurationError, ContractError, RateLimited, Refused, VendorUnavailable
from ml_connector.systems.infor.calls import CALLS, MiCall
from ml_connector.systems.infor.options import InforOptions
from ml_connector.transport.retry import NotFound

if TYPE_CHECKING:
    from conftest import World

HEADS = [("order_head", {"PUNO": f"45000{number}"}) for number in range(10, 14)]


def suppliers(world: World, count: int) -> None:
    world.seed("CIDMAS", *[{"SUNO": f"S{number:05}", "SUNM": f"Supplier {number}"} for number in range(count)])


def orders(world: World) -> None:
    line = {"PNLI": 1, "ITNO": "PACK-BOX-S", "ORQA": "10", "PUPR": "2"}
    world.seed("MPHEAD", *[{"PUNO": inputs["PUNO"], "SUNO": "Y30001", "MPLINE": [line]} for _, inputs in HEADS])


def test_every_list_says_how_many_rows_it_wants(world: World) -> None:
    """More rows than the interface sends unasked come whole, because maxrecs is always sent."""
    suppliers(world, 150)
    m3 = world.m3()
    assert len(m3.listing("supplier_list", {})) == 152
    lists = [one.url or "" for one in world.sent if "/Lst" in (one.url or "")]
    assert lists
    assert all(";maxrecs=" in url for url in lists)


def test_a_list_is_read_page_by_page_from_the_last_key(world: World) -> None:
    """Pages begin with the last row of the one before; each row comes once, and the trail tells the pages."""
    suppliers(world, 23)
    rows = world.m3(page_size=10).listing("supplier_list", {})
    assert len({row["SUNO"] for row in rows}) == len(rows) == 25
    assert (world.pulls[-1].rows, world.pulls[-1].pages) == (25, 3)


def test_a_page_that_is_just_full_is_not_taken_for_the_last(world: World) -> None:
    """A list of exactly one page is asked once more."""
    suppliers(world, 8)
    assert len(world.m3(page_size=10).listing("supplier_list", {})) == 10
    assert world.pulls[-1].pages == 2


def test_values_come_without_padding_and_empty_ones_as_nothing(world: World) -> None:
    """Padded texts of a single call are the same as the trimmed ones of a bulk call."""
    orders(world)
    (single,) = world.m3().rows("order_head", {"PUNO": "4500010"})
    ((bulk,),) = world.m3().bulk(HEADS[:1])
    assert single["SUNO"] == "Y30001    "
    assert bulk["SUNO"] == "Y30001"


def test_many_transactions_come_in_one_request_in_their_order(world: World) -> None:
    """A bulk call answers each of its transactions, in parts of the configured size."""
    orders(world)
    found = world.m3(bulk_size=3).bulk(HEADS)
    assert [rows[0]["PUNO"] for rows in found] == [inputs["PUNO"] for _, inputs in HEADS]
    assert len([one for one in world.sent if one.method == "POST" and "execute?" in (one.url or "")]) == 2


def test_one_that_does_not_exist_is_empty_among_many(world: World) -> None:
    """A missing record inside a successful request of many is no failure of the others."""
    orders(world)
    found = world.m3().bulk([HEADS[0], ("order_head", {"PUNO": "9999999"}), HEADS[1]])
    assert [len(rows) for rows in found] == [1, 0, 1]


def test_one_that_fails_among_many_is_an_error(world: World) -> None:
    """A failure inside a 200 is never taken for "no rows"."""
    orders(world)
    world.set(failing_values=["4500011"])
    with pytest.raises(Refused, match="could not be carried out"):
        world.m3().bulk(HEADS)


def test_what_was_skipped_after_a_failure_is_asked_for_again(world: World) -> None:
    """A tenant that stops a request at the first missing record leaves the rest, which is asked for by itself."""
    orders(world)
    world.set(bulk_stops=True)
    found = world.m3().bulk([("order_head", {"PUNO": "9999999"}), *HEADS])
    assert [len(rows) for rows in found] == [0, 1, 1, 1, 1]


@pytest.mark.parametrize("face", ["200", "400", "v1"])
def test_an_error_is_found_in_each_of_its_shapes(world: World, face: str) -> None:
    """An error inside 200, at the top of a 400 and of the old protocol ends the same way."""
    world.set(error_faces={"ServerReturnedNOK": face}, failing_values=["4500010"])
    with pytest.raises(Refused):
        world.m3().rows("order_head", {"PUNO": "4500010"})


@pytest.mark.parametrize("face", ["200", "400", "v1"])
def test_a_record_that_is_not_there_is_no_row_in_each_shape(world: World, face: str) -> None:
    """That a record does not exist is understood however it is said."""
    world.set(error_faces={"ServerReturnedNOK": face})
    assert world.m3().rows("order_head", {"PUNO": "9999999"}) == []


@pytest.mark.parametrize("face", ["200", "400", "v1"])
def test_an_export_of_what_does_not_exist_is_refused_in_each_shape(world: World, face: str) -> None:
    """A table or column that M3 does not know is no list without rows."""
    world.set(error_faces={"ServerReturnedNOK": face})
    for query in ("XXSINO from FPLEDG where XXCONO = 100", "XXSINO from FNONE where XXCONO = 100"):
        with pytest.raises(Refused, match="does not exist"):
            world.m3().rows("export", {"SEPC": "|", "HDRS": "1", "QERY": query})


def test_a_search_that_fails_is_not_empty(world: World) -> None:
    """Only lists say that nothing exists where they find nothing; a search that fails so is refused."""
    world.set(nok_when_empty=["PPS200MI/SearchHead", "CRS620MI/LstAddresses"])
    assert world.m3().listing("supplier_addresses", {"SUNO": "NOBODY"}) == []
    with pytest.raises(Refused, match="does not exist"):
        world.m3().listing("order_search", {"SQRY": "PUNO:9999999"})


def test_a_stopped_request_is_a_fault_of_the_moment(world: World) -> None:
    """A request that M3 terminated is repeated, and in the end is the vendor's fault, with its reason."""
    world.set(error_faces={"ServerReturnedNOK": "terminated"}, failing_values=["4500010"])
    with pytest.raises(VendorUnavailable, match="could not be carried out"):
        world.m3(company="100").rows("order_head", {"PUNO": "4500010"})
    assert len(world.waits) > 1


def test_a_company_that_is_not_open_is_a_setting_to_correct(world: World) -> None:
    """XAU0008 names the option to correct."""
    with pytest.raises(ConfigurationError, match="XAU0008"):
        world.m3(company="999").rows("order_head", {"PUNO": "4500010"})


def test_an_unknown_transaction_is_a_setting_to_correct(world: World) -> None:
    """A transaction that the tenant does not have is an error of configuration."""
    call = MiCall(program="PPS001MI", transaction="GetNothing")
    with pytest.raises(ConfigurationError, match="GetNothing"):
        world.m3(calls={"order_head": call}).rows("order_head", {"PUNO": "1"})


def test_the_company_is_the_service_accounts_own_unless_configured(world: World) -> None:
    """CONO is asked for once where it is not configured."""
    m3 = world.m3()
    assert (m3.company, m3.company) == ("100", "100")
    assert len([one for one in world.sent if "GetUserData" in (one.url or "")]) == 1


def test_a_field_that_is_named_otherwise_comes_under_our_name(world: World) -> None:
    """A configured field is asked for by the tenant's name and read by ours."""
    call = CALLS["supplier_list"].model_copy(update={"returns": ("SUNO", "SUNM"), "fields": {"SUNM": "CSCD"}})
    rows = world.m3(calls={"supplier_list": call}).listing("supplier_list", {})
    assert {row["SUNM"].strip() for row in rows} == {"SE", "US"}


def test_a_read_that_would_change_something_cannot_be_configured() -> None:
    """Every transaction can be reached by GET, so only names that read are taken for reads."""
    call = MiCall(program="CRS620MI", transaction="ChgFinancial")
    with pytest.raises(ValueError, match="may change something"):
        InforOptions(calls={"supplier": call})
    with pytest.raises(ValueError, match="not known"):
        InforOptions(calls={"suplier": call})


def test_a_read_is_not_written(world: World) -> None:
    """A name that is no write is never sent as one."""
    with pytest.raises(ConfigurationError):
        world.m3().write("order_head", {"PUNO": "1"})


def test_throttling_is_waited_for(world: World) -> None:
    """A 429 is repeated after the time it asks for."""
    orders(world)
    m3 = world.m3(company="100")
    world.fault("status", "GetHeadBasic", status=429, headers={"Retry-After": "7"})
    assert len(m3.rows("order_head", {"PUNO": "4500010"})) == 1
    assert world.waits[0] >= 7


def test_a_quota_that_lasts_ends_in_a_limit_and_no_answer(world: World) -> None:
    """A quota longer than a call may wait ends in an error that says when to come back."""
    m3 = world.m3(company="100")
    m3.server_time()
    world.set(quota_calls=1, quota_seconds=86400, retry_after=600)
    with pytest.raises(RateLimited) as caught:
        m3.server_time()
    assert (caught.value.retry_after_seconds or 0) >= 600


def test_a_web_page_with_status_200_is_no_answer(world: World) -> None:
    """A proxy's page is an unknown answer and not an empty list."""
    m3 = world.m3(company="100")
    world.fault("html", "LstSuppliers")
    with pytest.raises(ContractError):
        m3.listing("supplier_list", {})


def test_an_answer_to_another_question_is_refused() -> None:
    """A result of a request of many that names other inputs than asked is an unknown answer."""
    from ml_connector.systems.infor.mi import _check_echo

    result: dict[str, Any] = {"transaction": "GetHeadBasic", "parameters": {"PUNO": "4500099"}}
    with pytest.raises(ContractError):
        _check_echo(CALLS["order_head"], {"PUNO": "4500010"}, result)


def test_the_bulk_body_asks_for_all_rows_and_only_the_fields_used(world: World) -> None:
    """A request of many sends its own limit of rows, trims values and names its columns."""
    orders(world)
    world.m3().bulk(HEADS[:1])
    body = json.loads(world.bodies("execute?")[0])
    assert (body["maxReturnedRecords"], body["rightTrim"]) == (0, True)
    assert "PUSL" in body["transactions"][0]["selectedColumns"]


def test_the_servers_clock_is_its_own(world: World) -> None:
    """The server's time is read from its time stamp."""
    assert abs(world.m3().server_time() - world.now()) < dt.timedelta(seconds=5)


def test_a_missing_record_of_a_400_is_not_an_address(world: World) -> None:
    """The client raises NotFound for a record that M3 does not know, so callers may tell it apart."""
    world.set(error_faces={"ServerReturnedNOK": "400"})
    with pytest.raises(NotFound):
        world.client().read("M3/m3api-rest/v2/execute/PPS001MI/GetHeadBasic;cono=100?PUNO=9999999")
