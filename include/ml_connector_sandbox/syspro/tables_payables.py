"""Columns of the accounts payable tables: name, type with length or decimals, and flags (see ``schema.py``).

Names and types: the stored procedures of https://github.com/dontlookaway/BlackBox, which read SYSPRO company databases;
element names of https://github.com/LuntuSYSPRO/myGitHub-rep (APSSSP, APSTIN, APSTRI). Which table holds an address
column, and the key of GrnDetails, are inferred; GrnMatching is listed without a key. The tables ApBranch, ApBank and
ApRegInvoice carry names of our own choice.
"""

AP_SUPPLIER = """
Supplier varchar15 k
SupplierName varchar50
SupShortName varchar20
SupplierClass varchar10
Branch varchar10
Currency char3
TermsCode char2
Bank varchar15
Contact varchar40
Telephone varchar20
Email varchar80
OnHold char1
MerchGlCode varchar35
FreightGlCode varchar35
TaxRegnNum varchar15
GrnMatchReqd char1
PurchOrdAllowed char1
CurrentBalance dec2
LastPurchDate date
DateSuppAdded date
UserField1 varchar10
UserField2 varchar10
TimeStamp stamp
SupplierChName varchar50 h
LanguageCode varchar2 h
Fax varchar20 h
WithTaxId char1 h
WithTaxCode char3 h
LineDiscCode varchar2 h
InvDiscCode varchar2 h
Area varchar10 h
DefTaxCode char3 h
DefaultChequeDay varchar2 h
SupplierType char1 h
PayByEft char1 h
BankBranch varchar15 h
BankAccount varchar30 h
MinPoVal dec2 h
LctRequired char1 h
Nationality char3 h
DeliveryTerms char3 h
"""

AP_SUPPLIER_ADDR = """
Supplier varchar15 k
SupAddr1 varchar40
SupAddr2 varchar40
SupAddr3 varchar40
SupAddr3Loc varchar40
SupAddr4 varchar40
SupAddr5 varchar40
SupPostalCode varchar15
RemitName varchar50
RemitAddr1 varchar40
RemitAddr2 varchar40
RemitAddr3 varchar40
RemitAddr4 varchar40
RemitAddr5 varchar40
RemitPostalCode varchar15
TimeStamp stamp
"""

AP_INVOICE = """
Supplier varchar15 k
Invoice varchar20 k
InvoiceDate date
DueDate date
DiscountDate date
JournalDate date
Journal int
EntryNumber int
NextPaymEntry int
NextRevalNo int
InvoiceYear int
InvoiceMonth int
Branch varchar10
Reference varchar30
OrigInvValue dec2
OrigDiscValue dec2
MthInvBal1 dec2
MthInvBal2 dec2
MthInvBal3 dec2
CurrencyValue dec2
Currency char3
PostCurrency char3
ExchangeRate dec6
ConvRate dec6
MulDiv char1
FirstTaxCode char3
SecondTaxCode char3
Tax2Value dec2
TaxPortionDisc dec2
TaxReverse char1
Tax2Reverse char1
VatInvalid char1
WithTaxCode char3
WithTaxRate dec2
WithTaxValue dec2
InvoiceStatus char1
DiscActiveFlag char1
InvoiceTakeOn char1
FixExchangeRate char1
PaymentNumber varchar15
ManualChRef varchar30
ManualChqNum int
ManualChqDate date
PaymGrossValue dec2
PaymDiscValue dec2
PaymentChkType char1
Bank varchar15
NotificationDate date
YearInvBalZero int
MonthInvBalZero int
AccountCur char3
AccConvRate dec6
AccMulDiv char1
TriangCurrency char3
TriangRate dec6
TriangMulDiv char1
NationalitySource char3
NationalityDest char3
AutoVoucherCreated char1
AutoVoucherPrinted char1
TimeStamp stamp
"""

AP_INVOICE_PAY = """
Supplier varchar15 k
Invoice varchar20 k
JournalDate date
Journal int k
TrnType char1 k
TrnValue dec2
PostValue dec2
PostCurrency char3
PostConvRate dec6
PostMulDiv char1
PaymentNumber varchar15
PaymentReference varchar30
"""

AP_JNL_SUMMARY = """
TrnYear int k
TrnMonth int k
Journal int k
EntryNumber int k
AnalysisEntry int
Supplier varchar15
Invoice varchar20
TransactionCode char1
InvoiceValue dec2
SupplierGlCode varchar35
TrnDate date
"""

AP_JNL_DISTRIB = """
TrnYear int k
TrnMonth int k
Journal int k
EntryNumber int k
SubEntry int k
AnalysisEntry int
ExpenseGlCode varchar35
ExpenseType char1
DistrValue dec3
Reference varchar30
"""

AP_REG_INVOICE = """
Supplier varchar15 k
Invoice varchar20 k
TransactionType char1
EntryNumber int
Branch varchar10
InvoiceValue dec2
Reference varchar30
InvoiceDate date
DueDate date
DiscountDate date
AuthorisingPerson varchar20
Buyer varchar20
Department varchar20
Narration varchar100
PurchaseOrder varchar20
"""

GRN_MATCHING = """
RowId int k h
Supplier varchar15
Grn varchar20
TransactionType char1
Journal int
EntryNumber int
Invoice varchar20
MatchedValue dec8
MatchedQty dec6
MatchedYear int
MatchedMonth int
MatchedDate date
"""

AP_BRANCH = """
Branch varchar10 k
Description varchar50
ApGlCode varchar35
"""

AP_BANK = """
Bank varchar15 k
Description varchar50
"""

TBL_AP_TERMS = """
TermsCode char2 k
Description varchar50
DueDays int h
"""
