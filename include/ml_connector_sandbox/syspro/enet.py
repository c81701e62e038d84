"""The e.net Solutions REST service: everything is a GET, and failure is status 200 with text.

Operations, answers and recorded texts: https://github.com/wildland/syspro-ruby (``test/cassettes``),
https://github.com/trismegistus0/rectella-shopify-service (``internal/syspro``), and for PostLD
https://github.com/LuntuSYSPRO/myGitHub-rep (``servers/syspro-enet``). The names ``Utilities/Logon`` and
``Utilities/Logoff`` are those of the COM interface; whether the REST service knows them is not published. This one
does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.responses import Response

from .call import Call
from .company import Company
from .markup import BareError, document, plain, read, text_of
from .objects import OBJECTS
from .sessions import NO_SEAT, Session, Sessions
from .settings import Settings

_LOGON = ("operator", "operatorpassword", "companyid", "companypassword")
_UNKNOWN_ID = "ERROR: Unable to read the SYSPRO base directory registry string BaseDir8"
_NO_OBJECT = "ERROR: e.net exception raised: 100000"
_CLASSES = {
    "query/query": "Query", "query/browse": "Browse", "query/fetch": "Fetch", "setup/add": "Add",
    "setup/update": "Update", "setup/delete": "Delete", "transaction/post": "Post", "transaction/build": "Build",
}  # fmt: skip
_WITHOUT_NAME = {"Browse": "COMBRW", "Fetch": "COMFCH"}
_LD = "{http://SYSPROWcfService}"


@dataclass
class Enet:
    """Answers the calls of one site; names of routes and parameters are known in any case."""

    settings: Settings
    companies: dict[str, Company]
    sessions: Sessions

    def answer(self, path: str, query: Mapping[str, str]) -> Response | None:
        """Return the answer to a GET below ``/Rest``; None for a route that there is not."""
        asked = {name.lower(): value for name, value in query.items()}
        route = path.strip("/").lower()
        single: dict[str, Callable[[], Response]] = {
            "logon": lambda: self._log_on(asked),
            "logoff": lambda: self._log_off(asked),
            "getversion": lambda: plain(self.settings.version),
            "getlogonprofile": lambda: self._profile(self._session(asked.get("userid", ""))),
        }
        for name, answer in single.items():
            if route in {name, f"utilities/{name}"}:
                return _guarded(answer)
        if route in _CLASSES:
            return _guarded(lambda: self._run(_CLASSES[route], asked))
        return None

    def post_large(self, body: bytes) -> Response:
        """Return the answer to ``POST /Transaction/PostLD``."""
        return _guarded(lambda: self._run("Post", _large(body)))

    def _log_on(self, asked: Mapping[str, str]) -> Response:
        missing = [name for name in _LOGON if name not in asked]
        if missing:
            raise BareError(f"ERROR: Missing parameter {missing[0]}")
        operator, password, name, company_password = (asked[part] for part in _LOGON)
        company = self.companies.get(name.strip())
        if company is None:
            raise BareError("ERROR: Invalid company id")
        known = company.operators.get(operator.strip())
        if known is None:
            raise BareError("ERROR: Invalid operator code")
        if known.password != password:
            raise BareError("ERROR: Invalid operator password")
        if company.password != company_password:
            raise BareError("ERROR: Invalid company password")
        made = self.sessions.log_on(self.settings, company, known.code)
        if made is None:
            raise BareError(NO_SEAT)
        text = f"{made}  "
        return plain({"raw": text, "json": json.dumps(text), "xml": f"<string>{text}</string>"}[
            self.settings.logon_answer
        ])  # fmt: skip

    def _log_off(self, asked: Mapping[str, str]) -> Response:
        if not self.sessions.log_off(asked.get("userid", "")):
            raise BareError(_UNKNOWN_ID)
        return plain("0")

    def _session(self, user_id: str) -> Session:
        session = self.sessions.use(self.settings, user_id)
        if session is None:
            raise BareError(self.settings.expired_text)
        return session

    def _profile(self, session: Session) -> Response:
        company = session.company
        today = company.today().isoformat()
        operator = company.operators[session.operator]
        given = {
            "CompanyName": company.title, "OperatorCode": operator.code, "OperatorGroup": "ADMIN",
            "OperatorEmailAddress": operator.email, "OperatorLanguageCode": "05", "SystemLanguage": "05",
            "AccountingDate": today, "CompanyDate": today, "DefaultApBranch": "10", "DefaultBank": "01",
            "DefaultWarehouse": "E", "SystemSiteId": "SITE", "LocalCurrencyCode": company.local_currency,
            "DecimalFormat": "1", "DateFormat": "01", "DatabaseType": "SQL", "SysproVersion": self.settings.version,
            "EnetVersion": self.settings.version, "SysproServerBitWidth": "64",
        }  # fmt: skip
        return document("LogonProfile", [(name, given.get(name, "")) for name in _PROFILE])

    def _run(self, method: str, asked: Mapping[str, str]) -> Response:
        session = self._session(asked.get("userid", ""))
        code = _WITHOUT_NAME.get(method) or asked.get("businessobject", "").strip().upper()
        handler = OBJECTS.get((method, code))
        if handler is None or code in self.settings.unlicensed:
            raise BareError(_NO_OBJECT)
        parameters = asked.get("xmlparameters", "").strip()
        call = Call(
            self.settings, session.company, session.operator, method, read(asked.get("xmlin", "").strip()),
            read(parameters) if parameters else None,
        )  # fmt: skip
        return handler(call)


def _guarded(answer: Callable[[], Response]) -> Response:
    try:
        return answer()
    except BareError as error:
        return plain(str(error))


def _large(body: bytes) -> dict[str, str]:
    root = read(body.decode("utf-8", "replace"))
    if root.tag != f"{_LD}TransactionPostLD":
        raise BareError("ERROR: TransactionPostLD expected")
    names = ("UserId", "BusinessObject", "XmlParameters", "XmlIn")
    return {name.lower(): text_of(root, f"{_LD}{name}") for name in names}


_PROFILE = (
    "CompanyName", "OperatorCode", "OperatorGroup", "OperatorEmailAddress", "OperatorLocation", "OperatorLanguageCode",
    "SystemLanguage", "AccountingDate", "CompanyDate", "DefaultArBranch", "DefaultApBranch", "DefaultBank",
    "DefaultWarehouse", "DefaultCustomer", "SystemSiteId", "SystemNationalityCode", "LocalCurrencyCode",
    "CurrencyDescription", "DefaultRequisitionUser", "XMLToHTMLTransform", "CssStyle", "CssSuffix", "DecimalFormat",
    "DateFormat", "FunctionalRole", "DatabaseType", "SysproVersion", "EnetVersion", "SysproServerBitWidth",
)  # fmt: skip
"""Fields of the recorded GetLogonProfile; the name of its root is ours."""
