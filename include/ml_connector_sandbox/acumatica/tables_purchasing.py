"""Field tables of the purchasing entities: PurchaseOrder and PurchaseReceipt.

Source and notation as in ``tables_payables.py``.
"""

PURCHASEORDER = """
BaseCurrencyID String Current_currencyinfo ro
Branch String CurrentDocument
ControlTotal Decimal Document
CurrencyID String(5) Document
CurrencyEffectiveDate Date Current_currencyinfo
CurrencyRate Decimal Current_currencyinfo
CurrencyRateTypeID String Current_currencyinfo
CurrencyReciprocalRate Decimal Current_currencyinfo
Date Date Document
Description String(60) Document
Details PurchaseOrderDetail[] -
Hold Boolean Document
IsTaxValid Boolean Document >=22
LastModifiedDateTime DateTime Document ro
LineTotal Decimal Document ro
Location String Document
OrderNbr String(15) Document
OrderTotal Decimal Document ro
Owner String Document
Project String Document
PromisedOn Date Document
ShippingInstructions ShippingInstructions -
Status String Document ro
TaxDetails PurchaseOrderTaxDetail[] -
TaxTotal Decimal Document ro
Terms String(10) CurrentDocument
Type String Document
VendorID String Document
VendorRef String(40) Document
VendorTaxZone String(10) CurrentDocument
"""

PURCHASEORDERDETAIL = """
Account String Transactions
AlternateID String(50) Transactions
BranchID String Transactions
CalculateDiscountsOnImport Boolean Transactions
Cancelled Boolean Transactions
Completed Boolean Transactions
CompleteOn Decimal Transactions
CostCode String Transactions
Description String Transactions ro
ExtendedCost Decimal Transactions
InventoryID String Transactions
LineDescription String(256) Transactions
LineNbr Int Transactions ro
LineType String Transactions
MaxReceiptPercent Decimal Transactions
MinReceiptPercent Decimal Transactions
OrderNbr String(15) Transactions ro
OrderQty Decimal Transactions
OrderedQty Decimal Transactions ro >=22
OrderType String Transactions ro
OrigPONbr String(15) Transactions
OrigPOType String Transactions
Project String Transactions
ProjectTask String Transactions
Promised Date Transactions
QtyOnReceipts Decimal Transactions ro
ReceiptAction String Transactions
ReceivedAmount Decimal Transactions ro
Requested Date Transactions
Subaccount String Transactions
Subitem String Transactions
TaxCategory String(15) Transactions
UnitCost Decimal Transactions
UOM String(6) Transactions
WarehouseID String Transactions
"""

PURCHASERECEIPT = """
BaseCurrencyID String Current_currencyinfo ro
BillDate Date CurrentDocument
Branch String CurrentDocument
ControlQty Decimal Document
CreateBill Boolean Document
CurrencyID String(5) Document
CurrencyEffectiveDate Date Current_currencyinfo
CurrencyRate Decimal Current_currencyinfo
CurrencyRateTypeID String Current_currencyinfo
CurrencyReciprocalRate Decimal Current_currencyinfo
Date Date Document
Details PurchaseReceiptDetail[] -
Hold Boolean Document
InventoryRefNbr String(15) CurrentDocument ro >=22
LastModifiedDateTime DateTime Document ro >=23
Location String Document
PostPeriod String Document
ProcessReturnWithOriginalCost Boolean Document
ReceiptNbr String(15) Document
Status String Document ro
TotalCost Decimal Document ro
TotalQty Decimal Document ro
Type String Document
UnbilledQuantity Decimal Document ro
VendorID String Document
VendorRef String(40) Document
Warehouse String Document
"""

PURCHASERECEIPTDETAIL = """
Account String transactions
AccrualAccount String transactions
AccrualSubaccount String transactions
Branch String transactions
Description String transactions ro
EditableUnitCost Boolean transactions
EstimatedINExtendedCost Decimal transactions ro
ExtendedCost Decimal transactions
ExpirationDate Date transactions
FinalINExtendedCost Decimal transactions ro
InventoryID String transactions
LineNbr Int transactions ro
LineType String transactions
Location String transactions
LotSerialNbr String(100) transactions
OpenQty Decimal transactions ro
OrderedQty Decimal transactions ro
POLineNbr Int transactions
POOrderNbr String(15) transactions
POOrderType String transactions
POReceiptLineNbr Int transactions
POReceiptNbr String(15) transactions
ReceiptQty Decimal transactions
Subaccount String transactions
Subitem String transactions
TransactionDescription String(256) transactions
TransferOrderNbr String(15) transactions
TransferOrderLineNbr Int transactions
TransferOrderType String transactions
TransferShipmentNbr String(15) transactions
UnitCost Decimal transactions
UOM String(6) transactions
Warehouse String transactions
"""

PURCHASEORDERTAXDETAIL = """
TaxID String(60) Taxes
TaxRate Decimal Taxes
TaxableAmount Decimal Taxes
TaxAmount Decimal Taxes
RetainedTaxableAmount Decimal Taxes
RetainedTaxAmount Decimal Taxes
"""

SHIPPINGINSTRUCTIONS = """
ShippingDestinationType String CurrentDocument
ShipTo String CurrentDocument
ShippingLocation String CurrentDocument
Warehouse String CurrentDocument
ShipToAddress Address ShipAddress
ShipToAddressOverride Boolean ShipAddress
ShipToContact Contact ShipContact
ShipToContactOverride Boolean ShipContact
"""
