"""The members of the enumerations.

Those of the accounts are in the ``$metadata`` recorded at https://github.com/keboola/component-ex-ifs; the address
types and communication methods in a public migration tool. Of the order and invoice states only ``Released``,
``Preliminary`` and ``Cancelled`` were seen; the others, and the small enumerations around them, are inferred.
"""

import pycountry

_ORDER_STATES = (
    "Planned",
    "Released",
    "Confirmed",
    "Arrived",
    "Received",
    "Invoiced",
    "Closed",
    "Stopped",
    "Cancelled",
)

ENUMS: dict[str, tuple[str, ...]] = {
    "Lookup_IsoCountry": tuple(country.alpha_2 for country in pycountry.countries),
    "PartyType": ("Company", "Customer", "Supplier", "Person", "Manufacturer", "Owner", "Forwarder", "Employee"),
    "IdentifierRefValidation": ("None", "CURP", "RFC", "ITFiscalCode"),
    "SupplierInfoCategory": ("Supplier", "SupplierTemplate"),
    "AddressTypeCode": ("Delivery", "Document", "Pay", "PrimaryContact", "Visit"),
    "CommMethodCode": ("Phone", "Mobile", "Fax", "EMail", "Pager", "Www", "Messenger"),
    "TaxRegime": ("Vat", "SalesTax", "Mixed"),
    "PurchaseOrderState": _ORDER_STATES,
    "PurchaseOrderLineState": _ORDER_STATES,
    "PurchaseOrderLineCloseCode": ("Automatic", "Manual"),
    "ReceiptInfoState": ("Arrived", "Received", "Cancelled"),
    "ManSuppInvoiceState": (
        "Preliminary",
        "Posted",
        "PaidPosted",
        "PartlyPaidPosted",
        "PostedAuth",
        "PrelPosted",
        "PrelPostedAuth",
        "Cancelled",
        "Unposted",
    ),
    "AccountTypeValue": ("Assets", "Liabilities", "Revenues", "Cost", "Statistics", "StatisticsOpeningBalance"),
    "AccountingLedgFlag": ("LedgerAccount", "NotLedgerAccount"),
    "AccountRequest": ("Can", "Mandatory", "Blocked"),
    "AccountRequestText": ("Can", "Mandatory"),
    "AccCurrencyBalanceFlag": ("CurrencyBalance", "NoCurrencyBalance"),
    "BudgetAccountFlag": ("BudgetAccount", "NotBudgetAccount"),
    "ExcludeStatAccount": ("StatisticalAccount", "NoStatisticalAccount"),
    "TaxHandlingValue": ("Restricted", "All", "Blocked"),
    "TaxAccountFlag": ("TaxAccount", "NotTaxAccount"),
    "ArchivingTransValue": ("AllTransactions", "MatchedTransOnly"),
    "ExcludePeriodicalCap": ("IncludeInAllLedgers", "ExcludeFromAllLedgers", "ExcludeFromGL", "ExcludeFromIL"),
    "SatAccountType": ("Debit", "Credit"),
    "SatLevel": ("One", "Two"),
    "HistoryType": ("Insert", "Modify", "Delete"),
}


def country_name(code: str | None) -> str | None:
    """The name of an ISO country in capital letters, as the vendor describes it."""
    country = pycountry.countries.get(alpha_2=code) if code else None
    return country.name.upper() if country else None
