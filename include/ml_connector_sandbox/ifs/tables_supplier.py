"""Entity types around the supplier, one line a property (the format is described in ``schema.py``).

Collections and keys: a public migration tool for ``SupplierHandling``; the customer twin of the contact, address and
communication fields: https://github.com/knakit/ifs-mcp-skills. Property names of the company and purchase tabs are
inferred from the columns; ``SupplierPaymentAddress`` (bank details) is a convention of this simulator.
"""

SUPPLIERINFOGENERAL = """
SupplierId String(20) key upper
Name String(100) req
AssociationNo String(50)
DefaultLanguage String(5) =en
Country Enum(Lookup_IsoCountry)
CountryCode String(2) ro
SuppliersOwnId String(20)
CreationDate Date ro
Party String(20) ro
PartyType Enum(PartyType) =Supplier ro
DefaultDomain Boolean =true ro
CorporateForm String(8)
IdentifierReference String(100)
IdentifierRefValidation Enum(IdentifierRefValidation) =None
SupplierCategory Enum(SupplierInfoCategory) =Supplier ins
OneTime Boolean =false
B2bSupplier Boolean =false
ValidDataProcessingPurpose Boolean =false ro
BusinessClassification String(10)
DateOfRegistration Date
"""

SUPPLIERINFOADDRESS = """
SupplierId String(20) key upper
AddressId String(50) key
Name String(100)
Address1 String(35)
Address2 String(35)
Address3 String(100)
Address4 String(100)
Address5 String(100)
Address6 String(100)
ZipCode String(35)
City String(35)
State String(35)
County String(35)
Country Enum(Lookup_IsoCountry) req
CountryDesc String(740) ro
JurisdictionCode String(20)
EanLocation String(100)
ValidFrom Date
ValidTo Date
PrimaryContact String(100)
SecondaryContact String(100)
SupplierBranch String(20)
PartyType Enum(PartyType) =Supplier ro
DefaultDomain Boolean =true ro
Address String(2000) ro
"""

SUPPLIERINFOADDRESSTYPE = """
SupplierId String(20) key upper
AddressId String(50) key
AddressTypeCode Enum(AddressTypeCode) key
DefAddress Boolean =false
"""

SUPPLIERCOMMMETHOD = """
SupplierId String(20) key upper
CommId Decimal key
AddressId String(50)
Name String(100)
Description String(100)
MethodId Enum(CommMethodCode) req
Value String(200) req
MethodDefault Boolean =false
AddressDefault Boolean =false
ValidFrom Date
ValidTo Date
"""

SUPPLIERINFOCONTACT = """
SupplierId String(20) key upper
PersonId String(20) key upper
Name String(100)
Role String(200)
SupplierPrimary Boolean =false
SupplierSecondary Boolean =false
SupplierAddress String(50)
Phone String(200)
Mobile String(200)
Email String(200)
Fax String(200)
Created Date ro
Changed Timestamp ro
NoteText String(2000)
"""

SUPPLIERDELIVERYTAXINFO = """
SupplierId String(20) key upper
AddressId String(50) key
Company String(20) key
"""

SUPPLIERDELIVERYTAXCODE = """
SupplierId String(20) key upper
AddressId String(50) key
Company String(20) key
TaxCode String(20) key
"""

SUPPLIERADDRESS = """
VendorNo String(20) key upper
AddrNo String(50) key
DeliveryTerms String(5)
ShipViaCode String(3)
ContactName String(100)
"""

SUPPOUTBOUNDADDRINFO = """
SupplierId String(20) key upper
AddressId String(50) key
"""

MESSAGESETUP = """
SupplierId String(20) key upper
SequenceNo Decimal key
MessageClass String(30)
Media String(30)
Address String(255)
"""

SUPPLIERINVOICECOMPANY = """
Company String(20) key
Identity String(20) key upper
PartyType Enum(PartyType) key =Supplier
GroupId String(20) =0
DefCurrency String(3)
PayTermId String(20)
InvoiceType String(20) =SUPPINV
TaxLiability String(20) =TAX
TaxRegime Enum(TaxRegime) =Vat
DefVatCode String(20)
AutomaticInvoice Boolean =false
ExpireDate Date
"""

SUPPLIERPAYMENT = """
Company String(20) key
Identity String(20) key upper
PartyType Enum(PartyType) key =Supplier
PaymentReceiptType String(20)
PriorityDays Decimal =0
BlockedForPayment Boolean =false
NettingAllowed Boolean =false
"""

SUPPLIERPAYMENTWAY = """
Company String(20) key
Identity String(20) key upper
PartyType Enum(PartyType) key =Supplier
WayId String(20) key upper
DefaultPaymentWay Boolean =false
FormatId String(20)
"""

SUPPLIERPAYMENTADDRESS = """
Company String(20) key
Identity String(20) key upper
PartyType Enum(PartyType) key =Supplier
WayId String(20) key upper
AddressId String(50) key
Description String(100)
BankAccount String(100)
BicCode String(20)
BankName String(100)
CountryDb Enum(Lookup_IsoCountry)
ValidFrom Date
ValidUntil Date
DefaultAddress Boolean =false
"""

SUPPLIERPURCHASE = """
VendorNo String(20) key upper
CurrencyCode String(3) req
BuyerCode String(20)
SuppGrp String(10)
DeliveryTerms String(5)
ShipViaCode String(3)
PayTermId String(20)
ContactName String(100)
QcApproval Boolean =false
QcDate Date
ExpireDate Date
"""
