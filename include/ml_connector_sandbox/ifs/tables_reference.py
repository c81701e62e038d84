"""Entity types that only rules and defaults look at, and those of the framework.

No public name exists for sites, terms, tax codes, parts, buyers or currencies: they can be seeded and are not served.
``Company`` and the columns of ``Projection`` beside the first two are conventions of this simulator; ``KeyRef`` and
``HistoryType`` of the history log are inferred.
"""

COMPANY = """
Company String(20) key
Name String(100)
Country String(2)
CurrencyCode String(3)
DefaultLanguage String(5) =en
"""

SITE = """
Contract String(5) key
Company String(20)
Description String(100)
"""

PAYMENTTERM = """
Company String(20) key
PayTermId String(20) key
Description String(100)
DaysToDueDate Decimal =0
"""

TAXCODE = """
Company String(20) key
TaxCode String(20) key
Description String(100)
Percentage Decimal =0
"""

PURCHASEPART = """
Contract String(5) key
PartNo String(25) key
Description String(200)
BuyUnitMeas String(10) =pcs
"""

BUYER = """
BuyerCode String(20) key
Name String(100)
"""

CURRENCY = """
CurrencyCode String(3) key
Description String(100)
"""

HISTORYLOG = """
LogId Decimal key
LuName String(30)
KeyRef String(600)
TimeStamp Timestamp
UserId String(30)
HistoryType Enum(HistoryType)
"""

HISTORYLOGATTRIBUTE = """
LogId Decimal key
ColumnName String(30) key
ColumnNamePrompt String(100)
OldValue String(4000)
NewValue String(4000)
"""

PROJECTION = """
ProjectionName String(128) key
Categories String(100)
Description String(200)
ApiClass String(20)
"""
