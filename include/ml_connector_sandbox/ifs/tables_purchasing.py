"""Entity types of purchasing, one line a property (the format is described in ``schema.py``).

Order and line names: public notes on 25R1 end points and the columns of PURCHASE_ORDER_TAB and
PURCHASE_ORDER_LINE_TAB in public ETL code; quantities of progress, tax code and discount are inferred.
``PreAccounting`` and ``ReceiptInfo`` are conventions of this simulator.
"""

PURCHASEORDER = """
OrderNo String(12) key
VendorNo String(20) upper req ins
OrderDate Date
DateEntered Timestamp ro
Objstate Enum(PurchaseOrderState) =Planned ro
Contract String(5) upper req ins
Company String(20) ro
CurrencyCode String(3)
BuyerCode String(20) upper
AuthorizeCode String(20) upper
OrderCode String(3) =1 ins
AddrNo String(50)
DeliveryAddress String(50)
WantedReceiptDate Date
PayTermId String(20)
DeliveryTerms String(5)
ShipViaCode String(3)
LanguageCode String(2) =en
CountryCode String(2)
PreAccountingId Decimal ro
Revision Decimal =1 ro
NoteText String(2000)
"""

PURCHASEORDERLINE = """
OrderNo String(12) key
LineNo String(4) key
ReleaseNo String(4) key =1
PartNo String(25) upper ins
Description String(200)
BuyQtyDue Decimal req
BuyUnitMeas String(10)
BuyUnitPrice Decimal =0
NetAmtCurr Decimal ro
GrossAmtCurr Decimal ro
CurrencyCode String(3) ro
Objstate Enum(PurchaseOrderLineState) ro
Contract String(5) ro
VendorNo String(20) ro
WantedDeliveryDate Date
PlannedDeliveryDate Date
PlannedReceiptDate Date
ProjectId String(10)
LastActivityDate Timestamp ro
DateEntered Timestamp ro
Discount Decimal =0
TaxCode String(20)
DueInStores Decimal ro
QtyArrived Decimal =0 ro
QtyInvoiced Decimal =0 ro
CloseCode Enum(PurchaseOrderLineCloseCode) =Automatic
PreAccountingId Decimal ro
"""

PREACCOUNTING = """
PreAccountingId Decimal key
Company String(20)
CodenoA String(20)
CodenoB String(20)
CodenoC String(20)
CodenoD String(20)
CodenoE String(20)
CodenoF String(20)
CodenoG String(20)
CodenoH String(20)
CodenoI String(20)
CodenoJ String(20)
AmountDistribution Decimal =100
"""

RECEIPTINFO = """
ReceiptSequence Decimal key
SourceRef1 String(50)
SourceRef2 String(50)
SourceRef3 String(50)
ReceiptNo Decimal =1
SenderId String(50)
InvQtyReceived Decimal
SourceQtyReceived Decimal
UnitMeas String(10)
ReceivedDate Date
ArrivalDate Timestamp
ReceiptReference String(50)
Contract String(5)
Objstate Enum(ReceiptInfoState) =Received
"""
