"""Code maps as CSV files, as people keep them in spreadsheets: read tolerantly, written safely."""

from __future__ import annotations

import csv
import datetime as dt
import difflib
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ml_connector.domain.errors import ConfigurationError

COLUMNS = ("cin7_code", "partner_code", "note", "effective_from")
_REQUIRED = COLUMNS[:2]
_FORMULA = r"[=+\-@＝＋－＠\t\r\n]"
_RISKY = re.compile(rf"'*{_FORMULA}")
_NEGATIVE = re.compile(r"-[0-9]+(\.[0-9]+)?")
_GUARDED = re.compile(rf"'+{_FORMULA}")


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
Slot = tuple[str, str]
"""Cin7 code and effective date: the entries that one change replaces together."""


@dataclass(frozen=True)
class Row:
    """One entry of a code map.

    Args:
        partner_code: "" where it has not been filled in.
        effective_from: the first day of the documents that it is for, e.g. ``2027-01-01``; "" for those of any day.
    """

    cin7_code: str
    partner_code: str
    note: str = ""
    effective_from: str = ""

    @property
    def slot(self) -> Slot:
        """Cin7 code and effective date."""
        return self.cin7_code, self.effective_from


def read_rows(text: str, file: str) -> list[Row]:
    """Return the rows of a CSV text: ``cin7_code``, ``partner_code``, and maybe ``note`` and ``effective_from``.

    A byte order mark, semicolons or tabs for commas, blank lines and blanks around values are fine.

    Raises:
        ConfigurationError: naming file and line: an unknown or missing column, an entry twice, no code, no such day.
    """
    if "\x00" in text:
        raise ConfigurationError(f"{file} is no text file: save it from the spreadsheet as “CSV UTF-8”")
    lines = text.removeprefix("\ufeff").splitlines(keepends=True)
    offset = 1 if lines and re.fullmatch(r"sep=.\s*", lines[0], re.IGNORECASE) else 0
    header_line = next((line for line in lines[offset:] if line.strip()), "")
    reader = csv.reader(io.StringIO("".join(lines[offset:]), newline=""), delimiter=_delimiter(header_line))
    header: list[str] | None = None
    rows: list[Row] = []
    seen: dict[tuple[Slot, str], int] = {}
    for cells in _cells(reader, file, offset):
        line = reader.line_num + offset
        if not any(cells):
            continue
        if header is None:
            header = _header(cells, file, line)
            continue
        rows.append(_row(header, cells, file, line))
        entry = (rows[-1].slot, rows[-1].partner_code)
        if entry in seen:
            raise ConfigurationError(
                f"{file}, line {line}: “{rows[-1].cin7_code}” stands in line {seen[entry]} already"
            )
        seen[entry] = line
    if header is None:
        raise ConfigurationError(f"{file} is empty: its first line must be {','.join(COLUMNS)}")
    return rows


def effective_day(text: str) -> dt.date | None:
    """Return an effective date; None for "".

    Raises:
        ConfigurationError: it is no day as ``2027-01-01``.
    """
    try:
        return dt.date.fromisoformat(text if _DAY.fullmatch(text) else "no day") if text else None
    except ValueError:
        raise ConfigurationError(f"the effective date “{text}” is no day as 2027-01-31 (year-month-day)") from None


def write_rows(rows: Iterable[Row]) -> str:
    """Return the rows as CSV text in which no spreadsheet takes a value for a formula."""
    return csv_text((vars(row) for row in rows), COLUMNS)


def csv_text(rows: Iterable[Mapping[str, str]], columns: Sequence[str]) -> str:
    """Return rows as CSV text in which no spreadsheet takes a value for a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)  # RFC 4180 line ends: a lone carriage return is quoted too
    writer.writerow(columns)
    for row in rows:
        writer.writerow(_guard(row[name]) for name in columns)
    return out.getvalue()


def decoded(content: bytes, file: str) -> str:
    """Return the file's text.

    Raises:
        ConfigurationError: it is not UTF-8.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        msg = f"{file} is not UTF-8: save it from the spreadsheet as “CSV UTF-8”"
        raise ConfigurationError(msg) from None


def _guard(value: str) -> str:
    """Return `value` with an apostrophe before what a spreadsheet might execute; a negative number is none of it.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    return f"'{value}" if _RISKY.match(value) and not _NEGATIVE.fullmatch(value) else value


def _unguard(value: str) -> str:
    return value[1:] if _GUARDED.match(value) else value


def _delimiter(header: str) -> str:
    return max(",;\t", key=header.count)


def _cells(reader: Iterable[list[str]], file: str, offset: int) -> Iterable[list[str]]:
    rows = iter(reader)
    while True:
        try:
            cells = next(rows, None)
        except csv.Error as error:
            line = getattr(reader, "line_num", 0) + offset
            raise ConfigurationError(f"{file}, line {line}: {error}") from None
        if cells is None:
            return
        yield [_unguard(cell.strip()) for cell in cells]


def _header(cells: list[str], file: str, line: int) -> list[str]:
    names = [cell.casefold() for cell in cells]
    for name in filter(None, names):
        if name not in COLUMNS:
            near = difflib.get_close_matches(name, COLUMNS, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            msg = f"{file}, line {line}: unknown column “{name}”; known: {', '.join(COLUMNS)}{hint}"
            raise ConfigurationError(msg)
    missing = [name for name in _REQUIRED if name not in names]
    if missing:
        raise ConfigurationError(f"{file}, line {line}: the column {missing[0]} is missing")
    if any(names.count(name) > 1 for name in COLUMNS):
        raise ConfigurationError(f"{file}, line {line}: a column stands there twice")
    return names


def _row(header: list[str], cells: list[str], file: str, line: int) -> Row:
    if any(cells[len(header) :]):
        msg = f"{file}, line {line}: more values than columns; put a value that holds the separator in quotes"
        raise ConfigurationError(msg)
    values = {name: cell for name, cell in zip(header, cells, strict=False) if name}
    if not values.get("cin7_code"):
        raise ConfigurationError(f"{file}, line {line}: no cin7_code")
    day = values.get("effective_from", "")
    try:
        effective_day(day)
    except ConfigurationError as error:
        raise ConfigurationError(f"{file}, line {line}: {error}") from None
    return Row(values["cin7_code"], values.get("partner_code", ""), values.get("note", ""), day)
