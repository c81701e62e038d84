"""The fields of each entity, in the notation of ``schema``.

Names of suppliers, orders and order lines are those that public clients send; lengths are those of the tables
(``vd_addr`` 8, ``po_nbr`` 8) and of the QadFinancials API. The names of receipts, supplier invoices, GL accounts, cost
centres and of line fields beyond site, item, quantity, cost and due date are conventions of this sandbox.
"""

from __future__ import annotations

HOUSEKEEPING = """
uri:c~ instanceURI:c~ dataOperation:c~ changeStatus:c~ concurrencyHash:c~ tcRowid:c~ disallowedActions:c~
disallowedActionsMessage:c~ supplementaryMessages:l~ lastModifiedDate:d~ lastModifiedTime:c~ lastModifiedUser:c~
customNote:c
"""

SUPPLIER = """
supplierCode:c8! sharedSetCode:c! businessRelationCode:c20! isCreateBusinessRelationRequired:b
businessRelationName:c36 businessRelationName2:c36 businessRelationName3:c36 isActive:b! currencyCode:c3!
creditTermsCode:c8! invoiceStatusCode:c20! invoiceControlGLProfileCode:c20! creditNoteControlGLProfileCode:c20!
prePaymentControlGLProfileCode:c20! purchaseAccountGLProfileCode:c20! subAccountProfileCode:c20 purchaseTypeCode
supplierTypeCode:c4 addressName addressSearchName addressTypeCode street1 street2 street3
zipCode city stateCode countyCode countryCode postalFormat languageCode telephone fax
EMail webSite taxZone taxClass taxUsage taxNature isTaxableSupplier:b isTaxInCity:b isTaxIncluded:b
isTaxReport:b federalTax stateTax miscellaneousTax1 miscellaneousTax2 miscellaneousTax3 paymentGroupCode commentNote
isBusinessRelationFieldsEnabled:b isBusinessRelationIntercompany:b supplierID:i businessRelationID:i currencyID:i
creditTermsID:i invoiceStatusID:i supplierContactV2s:l supplierSafDefaultV2s:l supplierVatV2s:l bankNumberRefV2s:l
MDMBankNrSharedSets:l
"""

MFG_SUPPLIER = """
domainCode:c8~ supplierCode:c8~ siteCode:c8 daybookSetCode:c8 buyerCode shipViaCode remarks
"""

BUSINESS_RELATION = """
businessRelationCode:c20! businessRelationName:c36! businessRelationName2:c36 businessRelationName3:c36 isActive:b
addressName addressSearchName addressTypeCode street1 street2 street3 zipCode city
stateCode countryCode languageCode telephone fax EMail webSite taxZone
"""

ORDER = """
purchaseOrderNumber:c8 domainCode:c8! supplierCode:c8! currencyCode:c3! exchangeRate:n exchangeRate2:n
exchangeRateType creditTermsCode:c8! daybookSetCode:c8! shipToSite:c8! billToCode:c8! orderDate:d dueDate:d
pricingDate:d lastPriceDate:d startEffective:d endEffective:d orderRevisionDate:d taxDateSummary:d orderStatus
isConfirmed:b isFixedPrice:b isPrintPurchaseOrder:b isTaxable:b isDisplayTaxAmounts:b isUsingConsignmentInventory:b
isIntrastatUsed:b isPredefaulted:b taxEnvironment languageCode contact remarks maximumAgingDays:i transmitFlag
ERSOption ERSPriceListOption POIntrastats:l
"""

ORDER_LINE = """
domainCode:c8! purchaseOrderNumber:c8! purchaseOrderLine:i siteCode:c8! itemCode:c18! itemDescription lineType
locationCode:c8 unitOfMeasure:c2 quantityOrdered:n quantityReceived:n~ purchaseCost:n dueDate:d isTaxable:b
glAccountCode:c8 subAccountCode:c8 costCenterCode:c8 projectCode:c8 lineStatus
"""

RECEIPT = """
domainCode:c8! purchaseOrderNumber:c8! receiverNumber:c8 packingSlipNumber receiptDate:d! effectiveDate:d
purchaseOrderReceiptLines:l!
"""

INVOICE = """
entityCode:c8! supplierCode:c8! invoiceType:c! invoiceReference:c! daybookCode:c8! voucher:i postingYear:i~
postingPeriod:i~ invoiceDate:d! postingDate:d! dueDate:d discountDueDate:d taxPointDate:d currencyCode:c3!
exchangeRate:n invoiceAmount:n! holdAmount:n balance:n~ allocatedAmount:n~ creditTermsCode:c8 invoiceStatusCode:c20!
isInitialStatus:b isReceiverMatching:b isTaxable:b isERS:b description registrationNumber batchNumber
subAccountCode:c8 costCenterCode:c8 supplierInvoicePOs:l supplierInvoiceGLLines:l receiverMatching:o
"""

ITEM = """
domainCode:c8! itemCode:c18! description1:c24! description2:c24 unitOfMeasure:c2! itemStatus:c8 productLine:c4
siteCode:c8 locationCode:c8 purchaseCost:n isTaxable:b glAccountCode:c8
"""

GL_ACCOUNT = """
glAccountCode:c8! glAccountDescription:c24! glAccountType:c20 isActive:b analysisType analysisLimitation currencyCode:c3
"""

COST_CENTER = "costCenterCode:c8! costCenterDescription:c24! isActive:b"

PARTS = {
    "purchaseOrderReceiptLines": """
        purchaseOrderLine:i! itemCode:c18 siteCode:c8 locationCode:c8 lotSerial quantityReceived:n
        unitOfMeasure:c2 cancelBackorder:b
    """,
    "supplierInvoicePOs": "domainCode:c8! purchaseOrderNumber:c8!",
    "supplierInvoiceGLLines": """
        glAccountCode:c8! subAccountCode:c8 costCenterCode:c8 projectCode:c8 amount:n taxCode description
    """,
    "receiverMatching": "daybookCode:c8! isStatusFinal:b lines:l! priceVariance:n~ quantityVariance:n~",
    "lines": """
        receiverNumber:c8! packingSlipNumber purchaseOrderNumber:c8! purchaseOrderLine:i! pendingInvoiceId:i
        pendingInvoiceLine:i matchedQuantity:n matchedUnitPrice:n isFinished:b
    """,
}
