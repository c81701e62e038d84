"""Field tables of the payables entities: Vendor, Bill and Check.

Read from the published specification and endpoint metadata of ``Default/24.200.001``
(https://github.com/Acumatica/AcumaticaRESTAPIClientForCSharp, ``EndpointDefinitions`` and
``EndpointMetadata``). One line a field: name, type with the greatest length, screen view, flags. The notation is
explained in ``schema.py``.
"""

VENDOR = """
AccountRef String(50) CurrentVendor
APAccount String DefLocation
APSubaccount String DefLocation
Attributes AttributeValue[] -
CashAccount String DefLocation
CreatedDateTime DateTime BAccount ro
CurrencyID String(5) CurrentVendor
CurrencyRateType String(6) CurrentVendor
EnableCurrencyOverride Boolean CurrentVendor
EnableRateOverride Boolean CurrentVendor
F1099Box String CurrentVendor
F1099Vendor Boolean CurrentVendor
FATCA Boolean CurrentVendor
FOBPoint String(15) DefLocation
ForeignEntity Boolean CurrentVendor
LandedCostVendor Boolean CurrentVendor
LastModifiedDateTime DateTime BAccount ro
LeadTimedays Short DefLocation
LegalName String(255) BAccount >=22
LocationName String(60) DefLocation
MainContact Contact -
MaxReceipt Decimal DefLocation
MinReceipt Decimal DefLocation
ParentAccount String CurrentVendor
PaymentBy String DefLocation
PaymentLeadTimedays Short DefLocation
PaymentMethod String(10) DefLocation
PaySeparately Boolean DefLocation
PrimaryContact Contact -
PrintOrders Boolean DefLocation
ReceiptAction String DefLocation
ReceivingBranch String DefLocation
RemittanceAddressOverride Boolean DefLocation
RemittanceContact Contact -
RemittanceContactOverride Boolean DefLocation
SendOrdersbyEmail Boolean DefLocation
ShippingContactOverride Boolean DefLocation
ShippingAddressOverride Boolean DefLocation
ShippingContact Contact -
ShippingTerms String(10) DefLocation
ShipVia String(15) DefLocation
Status String BAccount
TaxCalculationMode String DefLocation
TaxRegistrationID String(50) DefLocation
TaxZone String(10) DefLocation
Terms String(10) CurrentVendor
ThresholdReceipt Decimal DefLocation
VendorClass String(10) BAccount
VendorID String(30) BAccount
VendorIsLaborUnion Boolean CurrentVendor
VendorIsTaxAgency Boolean CurrentVendor
VendorName String(255) BAccount
Warehouse String DefLocation
"""

BILL = """
Amount Decimal Document
Applications BillApplicationDetail[] -
ApprovedForPayment Boolean CurrentDocument
Balance Decimal Document ro
BranchID String CurrentDocument
CashAccount String CurrentDocument
CurrencyID String(5) Document
Date Date Document
Description String(512) Document
Details BillDetail[] -
DueDate Date Document
Hold Boolean Document
LocationID String Document
PostPeriod String Document
Project String Document
ReferenceNbr String(15) Document
Status String Document ro
TaxDetails BillTaxDetail[] -
TaxTotal Decimal Document ro
Terms String(10) Document
Type String Document
Vendor String Document
VendorRef String(40) Document
IsTaxValid Boolean Document !=22
LastModifiedDateTime DateTime Document ro
"""

BILLDETAIL = """
Account String Transactions
Amount Decimal Transactions ro
Branch String Transactions
CalculateDiscountsOnImport Boolean Transactions
CostCode String Transactions
Description String Transactions ro
ExtendedCost Decimal Transactions
InventoryID String Transactions
LCLineNbr Int Transactions >=24
LCNbr String(15) Transactions >=24
LCType String Transactions >=24
NonBillable Boolean Transactions
POLine Int Transactions
POOrderNbr String(15) Transactions
POOrderType String Transactions
POReceiptLine Int Transactions
POReceiptType String Transactions
POReceiptNbr String(15) Transactions
Project String Transactions
ProjectTask String Transactions
Qty Decimal Transactions
Subaccount String Transactions
TaxCategory String(15) Transactions
TransactionDescription String(256) Transactions
UnitCost Decimal Transactions
UOM String(6) Transactions
"""

CHECK = """
ApplicationDate Date Document
CashAccount String Document
CurrencyID String(5) Document
Description String(512) Document
Details CheckDetail[] -
Hold Boolean Document
PaymentAmount Decimal Document
PaymentMethod String(10) Document
PaymentRef String(40) Document
ReferenceNbr String(15) Document
Status String Document ro
Type String Document
UnappliedBalance Decimal Document ro
Vendor String Document
LastModifiedDateTime DateTime Document ro
"""

CONTACT = """
Address Address DefAddress
AddressValidated Boolean DefContact
Attention String(255) DefContact
ContactID Int DefContact ro
DisplayName String(255) DefContact
Email String(255) DefContact
Fax String(50) DefContact
FirstName String(50) DefContact
JobTitle String(255) DefContact
LastName String(100) DefContact
MiddleName String(50) DefContact
Phone1 String(50) DefContact
Phone1Type String DefContact
Phone2 String(50) DefContact
Phone2Type String DefContact
Title String(50) DefContact
WebSite String(255) DefContact
"""

ADDRESS = """
AddressLine1 String(50) DefAddress
AddressLine2 String(50) DefAddress
City String(50) DefAddress
Country String(2) DefAddress
PostalCode String(20) DefAddress
State String(50) DefAddress
BuildingName String DefAddress >=25
BuildingNumber String DefAddress >=25
Department String DefAddress >=25
DistrictName String DefAddress >=25
Floor String DefAddress >=25
PostBox String DefAddress >=25
Room String DefAddress >=25
StreetName String DefAddress >=25
SubDepartment String DefAddress >=25
TownLocationName String DefAddress >=25
UnitNumber String DefAddress >=25
"""

ATTRIBUTEVALUE = """
AttributeID String(10) Answers
AttributeDescription String Answers ro
RefNoteID Guid Answers ro
Required Boolean Answers ro
Value String(255) Answers
ValueDescription String Answers ro
IsActive Boolean Answers >=24
"""

BILLTAXDETAIL = """
TaxID String(60) Taxes
TaxRate Decimal Taxes
TaxableAmount Decimal Taxes
TaxAmount Decimal Taxes
"""

BILLAPPLICATIONDETAIL = """
AmountPaid Decimal Adjustments ro
Balance Decimal Adjustments ro
DocType String Adjustments ro
ReferenceNbr String Adjustments ro
Status String Adjustments ro
"""

CHECKDETAIL = """
AmountPaid Decimal Adjustments
Balance Decimal Adjustments ro
CashDiscountBalance Decimal Adjustments ro
DocLineNbr Int Adjustments
DocType String Adjustments
ReferenceNbr String(15) Adjustments
"""
