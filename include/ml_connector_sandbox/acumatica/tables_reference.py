"""Field tables of the reference entities: chart of accounts, items, codes and calendars.

Account and Subaccount are read from the published specification of ``Default/24.200.001``
(https://github.com/Acumatica/AcumaticaRESTAPIClientForCSharp). The others hold only the fields that a payables
integration reads; the member names of FinancialPeriod's and UnitsOfMeasure's rows are inferred.
"""

ACCOUNT = """
AccountCD String(10) AccountRecords
AccountClass String(20) AccountRecords
AccountGroup String AccountRecords
AccountID Int AccountRecords ro
Active Boolean AccountRecords
CashAccount Boolean AccountRecords
ChartOfAccountsOrder Int AccountRecords
ConsolidationAccount String(30) AccountRecords
CreatedDateTime DateTime AccountRecords ro
CurrencyID String(5) AccountRecords
Description String(60) AccountRecords
LastModifiedDateTime DateTime AccountRecords ro
PostOption String AccountRecords
RequireUnits Boolean AccountRecords
RevaluationRateType String(6) AccountRecords
Secured Boolean AccountRecords
TaxCategory String(15) AccountRecords
Type String AccountRecords
UseDefaultSubaccount Boolean AccountRecords
"""

SUBACCOUNT = """
Active Boolean SubRecords
Description String(255) SubRecords
Secured Boolean SubRecords
SubaccountCD String(30) SubRecords
SubaccountID Int SubRecords ro
"""

VENDORCLASS = """
ClassID String(10) VendorClassRecord
Description String(60) VendorClassRecord
LastModifiedDateTime DateTime VendorClassRecord ro
"""

TAXZONE = """
CreatedDateTime DateTime TxZone ro
Description String(60) TxZone
LastModifiedDateTime DateTime TxZone ro
TaxZoneID String(10) TxZone
"""

TAXCATEGORY = """
Active Boolean TxCategory
CreatedDateTime DateTime TxCategory ro
Description String(60) TxCategory
ExcludeListedTaxes Boolean TxCategory
LastModifiedDateTime DateTime TxCategory ro
TaxCategoryID String(15) TxCategory
"""

TAX = """
Description String(60) Tax
LastModifiedDateTime DateTime Tax ro
TaxID String(60) Tax
TaxType String Tax
"""

CURRENCY = """
Active Boolean CuryListRecords
CurrencyID String(5) CuryListRecords
DecimalPrecision Short CuryListRecords
Description String(60) CuryListRecords
"""

PAYMENTMETHOD = """
Active Boolean PaymentMethod
Description String(60) PaymentMethod
MeansOfPayment String PaymentMethod
PaymentMethodID String(10) PaymentMethod
UseInAP Boolean PaymentMethod
"""

STOCKITEM = """
BaseUOM String(6) Item
DefaultWarehouseID String ItemSettings
Description String(256) Item
InventoryID String(30) Item
ItemClass String ItemSettings
ItemStatus String Item
LastModified DateTime Item ro
PostingClass String(10) ItemSettings
PurchaseUOM String(6) ItemSettings
SalesUOM String(6) ItemSettings
TaxCategory String(15) ItemSettings
"""

NONSTOCKITEM = """
BaseUnit String(6) Item
Description String(256) Item
ExpenseAccount String ItemSettings
ExpenseSubaccount String ItemSettings
InventoryID String(30) Item
ItemClass String ItemSettings
ItemStatus String Item
LastModifiedDateTime DateTime Item ro
PostingClass String(10) ItemSettings
PurchaseUnit String(6) ItemSettings
RequireReceipt Boolean ItemSettings
SalesUnit String(6) ItemSettings
TaxCategory String(15) ItemSettings
"""

WAREHOUSE = """
Active Boolean site
Description String(60) site
LastModifiedDateTime DateTime site ro
WarehouseID String(30) site
"""

UNITSOFMEASURE = """
Conversion UnitConversion[] Units
Description String Units
UnitID String(6) Units
"""

UNITCONVERSION = """
ConversionFactor Decimal Units
FromUOM String(6) Units
MultiplyOrDivide String Units
ToUOM String(6) Units
"""

FINANCIALPERIOD = """
Details FinancialPeriodDetail[] Periods
EndDate Date FiscalYear
FinancialYear String(4) FiscalYear
NumberOfPeriods Short FiscalYear
StartDate Date FiscalYear
"""

FINANCIALPERIODDETAIL = """
ClosedInAP Boolean Periods
Description String(60) Periods
EndDate Date Periods
FinancialPeriodID String(6) Periods
PeriodNbr String(2) Periods
StartDate Date Periods
Status String Periods
"""
