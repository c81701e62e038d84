"""Behaviours that differ between sites and versions, or that nobody has published.

What is known of e.net: https://github.com/wildland/syspro-ruby (``test/cassettes``) and
https://github.com/trismegistus0/rectella-shopify-service (``internal/syspro``, ``docs/handover.md``). Of the OData
service: https://help.syspro.com (topic SYSPRO OData) and https://github.com/api-evangelist/syspro (row limit).
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Settings(BaseModel):
    """The switches; defaults are what a client has to expect, or the strict side where nothing is published.

    Args:
        logon_answer: the session as raw text (recorded), as a JSON string (some versions) or as ``<string>``.
        session_idle_seconds: an idle session ends; the real time is not published. 0: never.
        session_calls: a session ends after so many calls, in the middle of a pull. 0: never.
        expired_text: the answer to a call with an ended session; the real text is not published.
        operator_scope: a new logon ends the operator's session anywhere (``site``, found live), or only in the company.
        seats: e.net licences; one logon more is refused. 0: without limit.
        unlicensed: business objects that the licence lacks; they answer 100000.
        version: what GetVersion answers.
        max_url_bytes, long_url_status: HTTP.sys refuses a longer request line. 0: never.
        key_padding: digits to which numeric keys are filled with zeros (15 in SYSPRO 8, 6 or 9 elsewhere).
        po_numbering, supplier_numbering: who gives the number.
        po_status: state of a new order, ready to print (``1``) or in process (``0``).
        omit_new_number: a clean import answers without the number of the new order.
        receipt_output: PORTOR answers as recorded, or as the catalogue's sample shows.
        match_entry: whether GrnMatching's Journal and EntryNumber are the receipt's or the invoice's; not published.
        gl_journal_error: AP posts, and the general ledger journal fails.
        closed_periods: ``2024-05``; nothing can be posted into them.
        comfnd_conditions: conditions that COMFND knows; ``EQ`` alone is attested.
        odata_auth: ``basic`` (real) or ``session``: the e.net session in the header or parameter `odata_session_name`.
        odata_user: the OData user name is the operator's e-mail, the code, or either.
        odata_max_rows, odata_next_link: rows in an answer at most; whether a cut answer says where it goes on.
        odata_shuffle: rows that ``$orderby`` leaves equal come in any order, as SQL returns them.
        odata_dates: how dates are written. odata_literal: the only date literal that ``$filter`` takes.
        odata_numbers: numbers as JSON numbers or as texts.
        char_padding: columns of fixed width carry blanks at their end.
        ap_posting_view: the site has built a Business Activity Query named ApPosting.
        requests_per_minute, throttle_status, retry_after: a proxy before the site that limits requests; 0: none.
    """

    model_config = ConfigDict(extra="forbid")

    logon_answer: Literal["raw", "json", "xml"] = "raw"
    session_idle_seconds: float = Field(default=1200.0, ge=0)
    session_calls: int = Field(default=0, ge=0)
    expired_text: str = "ERROR: The logon session is not valid or has expired"
    operator_scope: Literal["site", "company"] = "site"
    seats: int = Field(default=3, ge=0)
    unlicensed: list[str] = []
    version: str = "8.0.0.12"
    max_url_bytes: int = Field(default=16384, ge=0)
    long_url_status: Literal[400, 414] = 414
    key_padding: int = Field(default=15, ge=0, le=15)
    po_numbering: Literal["auto", "manual"] = "auto"
    supplier_numbering: Literal["auto", "manual"] = "manual"
    po_status: Literal["0", "1"] = "1"
    omit_new_number: bool = False
    receipt_output: Literal["recorded", "catalogue"] = "recorded"
    match_entry: Literal["receipt", "invoice"] = "receipt"
    gl_journal_error: bool = False
    closed_periods: list[str] = []
    comfnd_conditions: list[str] = ["EQ", "NE", "GT", "GE", "LT", "LE"]
    odata_auth: Literal["basic", "session"] = "basic"
    odata_session_name: str = "UserId"
    odata_user: Literal["email", "operator", "either"] = "either"
    odata_max_rows: int = Field(default=5000, ge=1)
    odata_next_link: bool = True
    odata_shuffle: bool = True
    odata_dates: Literal["zulu", "offset", "local", "date"] = "zulu"
    odata_literal: Literal["datetimeoffset", "date", "v3"] = "datetimeoffset"
    odata_numbers: Literal["number", "text"] = "number"
    char_padding: bool = True
    ap_posting_view: bool = True
    requests_per_minute: int = Field(default=0, ge=0)
    throttle_status: Literal[429, 503] = 429
    retry_after: int = Field(default=30, ge=0)
