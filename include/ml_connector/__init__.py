"""Keeps Cin7 Core and an ERP ledger in agreement: the package behind the generated Airflow DAGs."""
