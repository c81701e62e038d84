"""Ad-hoc queries and the search language."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(autouse=True)
def orders(cloud: Any) -> None:
    """Three orders changed on three days."""
    days = {"4500012": "20260228", "4500019": "20260301", "4500020": "20260302"}
    heads = [{"PUNO": number, "SUNO": "Y30001", "LMDT": day, "BUYE": "O'HARA"} for number, day in days.items()]
    cloud.seed("MPHEAD", *heads, {"PUNO": "4500021", "SUNO": "Y30007", "LMDT": "20260302", "PUSL": "85", "PUST": "90"})


def test_a_query_answers_one_text_a_row(cloud: Any) -> None:
    """The columns of a row are one text, with the header first when it is asked for."""
    query = "IAPUNO,IASUNO,IALMDT from MPHEAD where IACONO = 100 and IALMDT >= 20260302"
    assert cloud.exported(query, HDRS="1") == [
        "IAPUNO|IASUNO|IALMDT",
        "4500020|Y30001|20260302",
        "4500021|Y30007|20260302",
    ]
    assert len(cloud.exported(query)) == 2


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("IALMDT > 20260228 and IALMDT < 20260302", ["4500019"]),
        ("IAPUNO = '4500012' or IAPUNO = 4500021", ["4500012", "4500021"]),
        ("(IASUNO = 'Y30007' or IALMDT <= 20260228) and IACONO = 100", ["4500012", "4500021"]),
        ("IASUNO <> 'Y30001'", ["4500021"]),
        ("IABUYE = 'O''HARA' and IAPUNO != 4500012", ["4500019", "4500020"]),
        ("IACONO=200", []),
    ],
)
def test_conditions_are_those_of_sql(cloud: Any, where: str, expected: list[str]) -> None:
    """Comparisons are joined by and, or and brackets."""
    assert cloud.exported(f"IAPUNO from MPHEAD where {where}") == expected


def test_small_letters_are_as_good(cloud: Any) -> None:
    """Names of columns and tables may be written small, and select before them."""
    assert cloud.exported("select iapuno from mphead where iasuno = 'Y30007'") == ["4500021"]


@pytest.mark.parametrize(
    "query",
    [
        "IAPUNO",
        "NOTHING from MPHEAD",
        "IAPUNO from NOTHING",
        "IAPUNO from MPHEAD where IBPUNO = 1",
        "IAPUNO from MPHEAD where IALMDT >= yesterday",
        "IAPUNO from MPHEAD where IALMDT >= 2026-03-01",
        "IAPUNO from MPHEAD where IALMDT >= 20260301T10:00",
        "IAPUNO from MPHEAD where (IACONO = 100",
        "IAPUNO from MPHEAD where IACONO",
        "IAPUNO from MPHEAD, MPLINE",
    ],
)
def test_a_query_that_cannot_be_run_fails(cloud: Any, query: str) -> None:
    """Unknown tables and columns, joins and bad syntax fail for QERY."""
    assert cloud.nok("EXPORTMI/Select", QERY=query)["errorField"] == "QERY"


def test_a_long_row_is_cut_without_a_word(cloud: Any) -> None:
    """A row ends after 984 characters."""
    columns = ",".join(["IDSUNM"] * 60)
    cloud.seed("CIDMAS", {"SUNO": "LONG", "SUNM": "N" * 36})
    (text,) = cloud.exported(f"{columns} from CIDMAS where IDSUNO = 'LONG'")
    assert len(text) == 984


def test_dates_and_padding_of_a_row(cloud: Any) -> None:
    """No date is 0, and texts inside a row have no blanks behind them."""
    assert cloud.exported("IALEDT,IASUNO from MPHEAD where IAPUNO = 4500012") == ["0|Y30001"]


def test_maxrecs_counts_the_header_too(cloud: Any) -> None:
    """With maxrecs 2 there is the header and one row."""
    rows = cloud.rows("EXPORTMI/Select", ";maxrecs=2", QERY="IAPUNO from MPHEAD", HDRS="1")
    assert [row["REPL"].strip() for row in rows] == ["IAPUNO", "4500012"]


def test_a_tenant_may_limit_the_export(cloud: Any) -> None:
    """Where it is limited, the rest of the rows is missing without a word."""
    cloud.set(exported_rows=2)
    assert cloud.exported("IAPUNO from MPHEAD") == ["4500012", "4500019"]


def test_columns_of_a_table_are_listed(cloud: Any) -> None:
    """LstFields tells columns with prefix, type, length and decimals."""
    rows = {row["FLDN"]: row for row in cloud.rows("EXPORTMI/LstFields", FILE="FPLEDG")}
    assert (rows["EPCUAM"]["FLTY"], rows["EPCUAM"]["FLLE"], rows["EPCUAM"]["FLDP"]) == ("N", "17", "2")
    assert rows["EPLMTS"]["FLTY"] == "N"


def test_suppliers_are_in_two_tables(cloud: Any) -> None:
    """CIDVEN has the suppliers' rows under another prefix."""
    assert cloud.exported("IISUNO,IITEPY from CIDVEN where IICUCD = 'USD'") == ["Y30007|N45"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SUNO:Y30001 AND LMDT:[20260301 TO 20260331]", ["4500019", "4500020"]),
        ("LMDT:{20260228 TO 20260302}", ["4500019"]),
        ("PUSL:[* TO 75] NOT PUNO:4500012", ["4500019", "4500020"]),
        ("PUNO:45000* AND (PUNO:*19 OR PUNO:*21)", ["4500019", "4500021"]),
        ("PUST:>=85", ["4500021"]),
        ("suno:Y30001", []),
        ("4500020", ["4500020"]),
    ],
)
def test_searches_read_a_query_like_lucene_s(cloud: Any, query: str, expected: list[str]) -> None:
    """Fields, ranges, wildcards, AND, OR, NOT and brackets are understood; an unknown field finds nothing."""
    assert [row["PUNO"] for row in cloud.rows("PPS200MI/SearchHead", SQRY=query)] == expected


@pytest.mark.parametrize("query", ["PUNO:", "(PUNO:1", "PUSL:[15 75]", "AND", "PUNO:1 )"])
def test_a_search_that_cannot_be_read_fails(cloud: Any, query: str) -> None:
    """Bad syntax fails for SQRY."""
    assert cloud.nok("PPS200MI/SearchHead", SQRY=query)["errorField"] == "SQRY"


def test_the_index_keeps_what_a_record_was(cloud: Any) -> None:
    """Just after a change the search still finds the old value, and not yet the new one."""
    cloud.edit("MPHEAD", "4500012", BUYE="BETWEEN")
    cloud.edit("MPHEAD", "4500012", BUYE="NEW")
    assert cloud.rows("PPS200MI/SearchHead", SQRY="BUYE:NEW") == []
    assert cloud.rows("PPS200MI/SearchHead", SQRY="PUNO:4500012")[0]["BUYE"] == "O'HARA"
    cloud.set(index_lag_seconds=0)
    assert [row["PUNO"] for row in cloud.rows("PPS200MI/SearchHead", SQRY="BUYE:NEW")] == ["4500012"]
