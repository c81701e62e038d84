"""Columns of the purchasing, inventory and ledger tables (notation: ``schema.py``).

Names and types: the stored procedures of https://github.com/dontlookaway/BlackBox and the element names of
https://github.com/LuntuSYSPRO/myGitHub-rep. That CustomerPoNumber can be read back from PorMasterHdr is inferred; the
tables AdmTax, InvWhControl and GenDimension carry names of our own choice. PorHistReceipt is listed without a key.
"""

POR_MASTER_HDR = """
PurchaseOrder varchar20 k
OrderStatus char1
CancelledFlag char1
Supplier varchar15
SupplierClass varchar10
OrderType char1
TaxStatus char1
Currency char3
ExchangeRate dec6
ExchRateFixed char1
OrderEntryDate date
OrderDueDate date
DateLastDocPrt date
DatePoCompleted date
MemoDate date
Buyer varchar20
Customer varchar15
CustomerPoNumber varchar30
PaymentTerms char3
Warehouse varchar10
ShippingInstrs varchar50
ShippingLocation varchar10
DeliveryName varchar50
DeliveryAddr1 varchar40
DeliveryAddr2 varchar40
DeliveryAddr3 varchar40
DeliveryAddr4 varchar40
DeliveryAddr5 varchar40
EdiPoFlag char1
EdiExtractFlag char1
EdiActionFlag char1
EdiConfirmation char1
TimeStamp stamp
"""

POR_MASTER_DETAIL = """
PurchaseOrder varchar20 k
Line int k
LineType char1
MStockCode varchar30
MStockDes varchar50
MWarehouse varchar10
MProductClass varchar20
MSupCatalogue varchar50
MOrderUom varchar10
MStockingUom varchar10
MPriceUom varchar10
MOrderQty dec6
MReceivedQty dec6
MPrice dec5
MForeignPrice dec5
MConvFactPrcUm dec6
MMulDivPrc char1
MConvFactOrdUm dec6
MMulDivAlloc char1
MDecimalsToPrt int
MDiscPct1 dec2
MDiscPct2 dec2
MDiscPct3 dec2
MDiscValFlag char1
MDiscValue dec2
MTaxCode char3
MGlCode varchar35
MLatestDueDate date
MOrigDueDate date
MReschedDueDate date
MLastReceiptDat date
MCompleteFlag char1
MRequisition varchar10
MRequisitionLine int
MJob varchar20
MSalesOrder varchar20
MSalesOrderLine int
MSubcontractOp int
MInspectionReqd char1
MLctConfirmed char1
MVersion varchar5
MRelease varchar5
MOriginalLine int
NComment varchar100
NCommentFromLin int
NMscChargeValue dec2
NMscChargeTax char3
NMscChargeFor dec2
CapexCode varchar15
CapexLine int
AssetFlag char1
SelectionCode varchar10
SelectionType char1
TimeStamp stamp
"""

GRN_DETAILS = """
Supplier varchar15 k
Grn varchar20 k
GrnSource char1 k
Journal int k
JournalEntry int k
PurchaseOrder varchar20
PurchaseOrderLin int
StockCode varchar30
StockDescription varchar50
SupCatalogueNum varchar50
Warehouse varchar10
QtyReceived dec8
QtyUom varchar10
DebitRecGlCode varchar35
Description varchar50
OrigGrnValue dec8
CurGrnValue dec8
MatchedValue dec8
OrigReceiptDate date
PostCurrency char3
ConvRate dec6
MulDiv char1
GrnYear int
GrnMonth int
"""

GRN_ADJUSTMENT = """
Supplier varchar15 k
Grn varchar20 k
GrnSource char1 k
OrigJournal int k
OrigJournalEntry int k
GrnAdjValue dec2
AdjYear int k
AdjMonth int k
"""

POR_HIST_RECEIPT = """
RowId int k h
PurchaseOrder varchar20
PurchaseOrderLin int
DateReceived date
QtyReceived dec6
PriceReceived dec5
RejectCode varchar10
Reference varchar30
"""

GEN_MASTER = """
Company varchar40 k
GlCode varchar35 k
Description varchar50
AccountType char1
ExpenseType char1
GlGroup varchar10
ReportIndex1 varchar35
ReportIndex2 varchar35
ControlAccFlag char1
AccOnHldFlag char1
CurrentBalance dec2
PrevPerEndBal dec2
PtdDrValue dec2
PtdCrValue dec2
"""

GEN_JOURNAL_CTL = """
GlYear int k
GlPeriod int k
GlJournal int k
JournalDate date
PostDate date
JnlStatus char1
JnlPostingType char1
Source char1
JournalSource char2
NumOfEntries int
DebitAmount dec2
CreditAmount dec2
Reference varchar30
Operator varchar20
PostedBy varchar20
Authorised char1
Notation varchar100
"""

GEN_JOURNAL_DETAIL = """
GlYear int k
GlPeriod int k
Journal int k
EntryNumber int k
EntryType char1
GlCode varchar35
Reference varchar50
Comment varchar250
EntryValue dec2
EntryDate date
TransactionDate date
DocumentDate date
EntryPosted char1
Source char2
SubModJournal int
PostCurrency char3
CurrencyValue dec2
AnalysisEntry int
InterCompanyFlag char1
CommitmentFlag char1
Company varchar40
"""

INV_MASTER = """
StockCode varchar30 k
Description varchar50
LongDesc varchar100
StockUom varchar10
AlternateUom varchar10
OtherUom varchar10
ConvFactAltUom dec6
ConvMulDiv char1
Decimals int
Mass dec6
Volume dec6
PartCategory char1
ProductClass varchar20
Supplier varchar15
TaxCode char3
WarehouseToUse varchar10
TraceableType char1
StockOnHold char1
PurchOnHold char1
Buyer varchar20
LeadTime int
CostUom varchar10
DateStkAdded date
"""

INV_WAREHOUSE = """
StockCode varchar30 k
Warehouse varchar10 k
QtyOnHand dec6
UnitCost dec5
"""

INV_WH_CONTROL = """
Warehouse varchar10 k
Description varchar50
"""

TBL_CURRENCY = """
Currency char3 k
Description varchar50
BuyExchangeRate dec6
SellExchangeRate dec6
BuyMulDiv char1 h
"""

ADM_TAX = """
TaxCode char3 k
Description varchar50
CurTaxRate dec2
ApTaxGlCode varchar35
"""

GEN_DIMENSION = """
Company varchar40 k
DimensionCode varchar20 k
DimensionCategory varchar20
Description varchar50
ActiveFromDate date
ActiveToDate date
"""

AP_POSTING = """
TrnYear int k
TrnMonth int k
Journal int k
EntryNumber int k
SubEntry int k
Supplier varchar15
Invoice varchar20
PostDate date
GlCode varchar35
DistrValue dec3
Reference varchar30
PurchaseOrder varchar20
"""
