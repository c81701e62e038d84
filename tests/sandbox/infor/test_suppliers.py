"""Suppliers, their addresses, contacts and bank accounts."""

from __future__ import annotations

from typing import Any

LIST = "CRS620MI/LstSuppliers"


def _numbers(cloud: Any, path: str = LIST, **inputs: Any) -> list[str]:
    return [row["SUNO"] for row in cloud.rows(path, **inputs)]


def test_lmts_finds_what_changed_after_it(cloud: Any) -> None:
    """A supplier is listed when its stamp is above LMTS, not when it equals it."""
    cloud.seed("CIDMAS", {"SUNO": "OLD", "LMTS": "1772323200000"}, {"SUNO": "NEW", "LMTS": 1772323200001})
    assert "OLD" not in _numbers(cloud, LMTS="1772323200000")
    assert {"NEW"} <= set(_numbers(cloud, LMTS="1772323200000"))
    assert {"OLD", "NEW"} <= set(_numbers(cloud, LMTS="1772323199999"))


def test_the_list_is_a_range_of_numbers(cloud: Any) -> None:
    """FRSU and TOSU are the first and the last supplier, both included; the order is that of the numbers."""
    cloud.seed("CIDMAS", {"SUNO": "A2"}, {"SUNO": "A10"}, {"SUNO": "A3"}, {"SUNO": "0007"})
    assert _numbers(cloud, FRSU="A10", TOSU="A3") == ["A10", "A2", "A3"]
    assert _numbers(cloud, "CRS620MI/LstByNumber", SUNO="A3") == ["A3", "Y30001", "Y30007"]
    assert _numbers(cloud)[0] == "0007"


def test_the_list_lacks_status_address_and_stamp(cloud: Any) -> None:
    """LstSuppliers has no STAT, no address and no LMTS; GetBasicData has the status."""
    assert not {"STAT", "ADR1", "LMTS", "EMAL"} & set(cloud.rows(LIST)[0])
    assert cloud.row("CRS620MI/GetBasicData", SUNO="Y30001")["STAT"] == "20"


def test_blocked_suppliers_are_listed_too(cloud: Any) -> None:
    """A supplier of status 90 stays in the list."""
    cloud.edit("CIDMAS", "Y30001", STAT="90")
    assert "Y30001" in _numbers(cloud)
    assert cloud.row("CRS620MI/GetBasicData", SUNO="Y30001")["STAT"] == "90"


def test_addresses_contacts_and_bank_accounts_belong_to_the_supplier(cloud: Any) -> None:
    """What a supplier has is read by its number."""
    inner = {
        "CIDADR": [{"ADTE": 4, "ADR1": "Dock 2"}, {"ADTE": 1, "ADR1": "Main St 1"}],
        "CIDREF": [{"EMAL": "sales@supplier.example"}],
        "CBANAC": [{"BKID": "1", "IBAN": "DE89370400440532013000"}],
    }
    cloud.seed("CIDMAS", {"SUNO": "NEW", "SUNM": "New Ltd", **inner})
    addresses = cloud.rows("CRS620MI/LstAddresses", SUNO="NEW")
    assert [(row["ADTE"], row["ADR1"], row["SUNM"]) for row in addresses] == [
        ("1", "Main St 1", "New Ltd"),
        ("4", "Dock 2", "New Ltd"),
    ]
    assert cloud.row("CRS620MI/LstSupplierRef", SUNO="NEW")["EMAL"] == "sales@supplier.example"
    assert cloud.row("CRS692MI/LstByAccHolder", BKTP="3", ACHO="NEW")["IBAN"] == "DE89370400440532013000"
    assert cloud.nok("CRS692MI/LstByAccHolder", BKTP="1", ACHO="NEW")["errorCode"] == "CPF9898"


def test_one_address_has_stamps(cloud: Any) -> None:
    """GetAddress answers the stamps that the list lacks."""
    row = cloud.row("CRS620MI/GetAddress", SUNO="Y30001", ADTE="1", ADID="MAIN", STDT="20240101")
    assert (row["TOWN"], row["CHNO"], row["CSNM"]) == ("Stockholm", "1", "Nordwind Fasteners AB")
    missing = cloud.nok("CRS620MI/GetAddress", SUNO="Y30001", ADTE="1", ADID="OTHER", STDT="20240101")
    assert missing["errorField"] == "ADID"


def test_an_edit_moves_the_stamps(cloud: Any) -> None:
    """Changed in the screens, a supplier has a higher LMTS, the next change number and who changed it."""
    cloud.seed("CIDMAS", {"SUNO": "NEW", "LMTS": "1772323200000", "CHNO": 4})
    row = cloud.edit("CIDMAS", "100/NEW", SUNM="Renamed Ltd")
    assert (row["SUNM"], row["CHNO"], row["CHID"]) == ("Renamed Ltd", "5", "LINDA")
    assert int(row["LMTS"]) > 1772323200000
    assert _numbers(cloud, LMTS="1772323200000", FRSU="NEW", TOSU="NEW") == ["NEW"]


def test_stamps_grow_although_the_clock_stands(cloud: Any) -> None:
    """Two changes in one millisecond have two stamps."""
    cloud.sim("POST", "clock", {"set": "2026-03-02T10:00:00Z", "speed": 0})
    first = cloud.edit("CIDMAS", "Y30001", SUNM="One")
    second = cloud.edit("CIDMAS", "Y30001", SUNM="Two")
    assert int(second["LMTS"]) > int(first["LMTS"])


def test_the_search_index_is_behind(cloud: Any) -> None:
    """A search sees a change only after a while, the list at once."""
    cloud.edit("CIDMAS", "Y30001", SUNM="Renamed AB")
    path = "CRS620MI/SearchSupplier"
    assert _numbers(cloud, path, SQRY='SUNM:"Renamed AB"') == []
    assert cloud.row(LIST, TOSU="Y30001")["SUNM"] == "Renamed AB"
    cloud.sim("POST", "clock", {"advance": 31})
    assert _numbers(cloud, path, SQRY='SUNM:"Renamed AB"') == ["Y30001"]
