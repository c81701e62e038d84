"""Entity types of finance, one line a property (the format is described in ``schema.py``).

``VoucherRow``, ``Account`` and the code parts: the ``$metadata`` recorded at
https://github.com/keboola/component-ex-ifs. The supplier invoice has no public projection: its names are a convention
of this simulator, after the columns of INVOICE_TAB and INV_ACCOUNTING_ROW_TAB in public ETL code.
"""

_PARTS = "BCDEFGHIJ"


def _each(template: str) -> str:
    """One line for each of the code parts B to J."""
    return "\n".join(template.replace("?", part) for part in _PARTS)


ACCOUNT = f"""
Company String(20) key
Account String(20) key
CodePart String(1) =A
Description String(100)
ValidFrom Date =2010-01-01
ValidUntil Date =2049-12-31
AccountingTextId String(200)
ReportingEntity String(20)
AccntGroup String(20)
AccntType String(20)
LogicalAccountType Enum(AccountTypeValue) =Cost
ProcessCode String(10)
LedgFlag Enum(AccountingLedgFlag) =NotLedgerAccount
{_each("ReqCode? Enum(AccountRequest) =Can")}
ReqQuantity Enum(AccountRequest) =Can
ReqProcessCode Enum(AccountRequest) =Can
ReqText Enum(AccountRequestText) =Can
{_each("ReqBudgetCode? Enum(AccountRequest) =Can")}
ReqBudgetQuantity Enum(AccountRequest) =Can
MasterCompany String(20)
MasterComCodePartValue String(20)
CurrBalance Enum(AccCurrencyBalanceFlag) =NoCurrencyBalance
BudAccount Enum(BudgetAccountFlag) =NotBudgetAccount
StatAccount Enum(ExcludeStatAccount) =NoStatisticalAccount
Text String(2000)
TaxHandlingValue Enum(TaxHandlingValue) =All
TaxFlag Enum(TaxAccountFlag) =NotTaxAccount
ArchivingTransValue Enum(ArchivingTransValue) =AllTransactions
TaxCodeMandatory Boolean =false
SortValue String(30)
ExcludeProjFollowup String(5)
ExcludePeriodicalCap Enum(ExcludePeriodicalCap) =IncludeInAllLedgers
ExcludeFromCurrTrans Boolean =false
KeepRepCurrency Boolean =false
KeepReportingEntity Boolean =false
IncludeInRevRec Boolean =false
ExchangeDifference Boolean =false
SatAccountType Enum(SatAccountType)
SatLevel Enum(SatLevel)
SatAccountGroup String(20)
SatParentAccount String(20)
"""


def code_part(part: str) -> str:
    """The table of the values of one code part, B to J."""
    return f"""
Company String(20) key
Code{part} String(20) key
CodePart String(1) ={part}
ValidFrom Date =2010-01-01
ValidUntil Date =2049-12-31
Description String(100)
Text String(2000)
SortValue String(30)
BudgetValue Boolean =false
"""


VOUCHERTYPE = """
Company String(20) key
VoucherType String(3) key
Description String(200)
"""

VOUCHERROW = f"""
Company String(20) key
VoucherType String(3) key
AccountingYear Decimal key
VoucherNo Decimal key
RowNo Decimal key
VoucherDate Date
Account String(20)
AccountDesc String(100)
{_each("Code? String(20)")}
{_each("Code?Desc String(100)")}
ProjectId String(10)
ObjectId String(10)
CurrencyDebetAmount Decimal
CurrencyCreditAmount Decimal
CurrencyAmount Decimal
DebetAmount Decimal
CreditAmount Decimal
Amount Decimal
Correction Boolean =false
CurrencyCode String(3)
Quantity Decimal
ProcessCode String(10)
OptionalCode String(20)
ProjectActivityId Decimal
Text String(200)
PartyTypeId String(20)
ReferenceSerie String(50)
ReferenceNumber String(50)
TransCode String(100)
UpdateError String(200)
TransferId String(200)
Corrected Boolean =false
CurrencyRate Decimal =1
PeriodAllocation Boolean =false
ThirdCurrencyDebitAmount Decimal
ThirdCurrencyCreditAmount Decimal
ThirdCurrencyAmount Decimal
AccountingPeriod Decimal
MultiCompanyId String(20)
ConversionFactor Decimal =1
AutoTaxVouEntry Boolean =false
ReferenceRowNo Decimal
FunctionGroup String(20)
YearPeriodKey Decimal
PostingCombinationId Decimal
CurrBalance String(1)
ReferenceVersion Decimal
PartyType String(20)
ParallelCurrencyRate Decimal
ParallelConversionFactor Decimal
ParallelCurrTaxAmount Decimal
ParallelCurrGrossAmount Decimal
ParallelCurrTaxBaseAmount Decimal
ParallelCurrRateType String(10)
DelivTypeId String(20)
PartyName String(100)
TaxBookId String(10)
TaxSeriesId String(20)
TaxSeriesNo Decimal
EntryDate Date
EnteredByUserGroup String(30)
Userid String(30)
ApprovedByUserGroup String(30)
ApprovedByUserid String(30)
SecondApprovedByUserid String(30)
SecondApprovedByUserGroup String(30)
SecondApprovedByDate Date
IsMultiCompanyRow Boolean =false
VoucherTypeReference String(4000)
"""

MANSUPPINVOICE = """
Company String(20) key
InvoiceId Decimal key
Identity String(20)
PartyType Enum(PartyType) =Supplier
SeriesId String(20) =SI
InvoiceNo String(50)
InvoiceType String(20) =SUPPINV
InvoiceDate Date
DueDate Date
PlPayDate Date
ArrivalDate Date
DeliveryDate Date
CreationDate Date
PayTermBaseDate Date
Currency String(3)
CurrRate Decimal =1
DivFactor Decimal =1
NetCurrAmount Decimal
VatCurrAmount Decimal
NetDomAmount Decimal
VatDomAmount Decimal
GrossCurrAmount Decimal
PayTermId String(20)
PoRefNumber String(50)
DeliveryAddressId String(50)
InvoiceRecipient String(20)
VoucherTypeRef String(3)
VoucherNoRef Decimal
AccountingYearRef Decimal
VoucherText String(200)
NcfReference String(50)
Objstate Enum(ManSuppInvoiceState) =Preliminary
"""

MANSUPPINVOICEITEM = """
Company String(20) key
InvoiceId Decimal key
ItemId Decimal key
Description String(200)
NetCurrAmount Decimal =0
VatCurrAmount Decimal =0
VatCode String(20)
Quantity Decimal
PoRefNumber String(50)
PoLineNo String(4)
PoReleaseNo String(4)
Reference String(100)
"""

MANSUPPINVOICEPOSTING = f"""
Company String(20) key
InvoiceId Decimal key
RowId Decimal key
PostingType String(10)
CodeA String(20)
{_each("Code? String(20)")}
TransactionDate Date
CurrAmount Decimal =0
Amount Decimal
OrderNo String(12)
Reference String(100)
"""
