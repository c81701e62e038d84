# ruff: noqa: PLC0415 - each reader imports its own
"""Who reads 100,000 suppliers, each in a process of its own: ``python -m bench.readers NAME URL FOLDER``.

It prints seconds, processor seconds, the most memory and the number of records as one line of JSON. Nothing of Airflow
is imported; the time counts from the first line of work, not from the start of the interpreter.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PAGE = 1000
SUPPLIERS = "/supplier"
TABLES = ("ApSupplier", "ApSupplierAddr")


def connector_pages(url: str, folder: Path) -> int:
    """The connector reads Cin7's supplier list into its staging."""
    from ml_connector.systems.cin7.adapter import Cin7Adapter
    from ml_connector.systems.cin7.dialect import Cin7Dialect
    from ml_connector.systems.cin7.options import Cin7Options
    from ml_connector.transport.client import Client
    from ml_connector.transport.rate import Unlimited

    client = Client(_session(), url, dialect=Cin7Dialect(), budget=Unlimited())
    return _extract("cin7_qad", "suppliers", folder, lambda database, audit: Cin7Adapter(
        client, Cin7Options(page_size=PAGE), record_pull=audit.pull, cache=database.record_cache("bench", "cin7"),
    ))  # fmt: skip


def connector_odata(url: str, folder: Path) -> int:
    """The connector reads SYSPRO's suppliers with their addresses by OData into its staging."""
    from ml_connector.systems.syspro.adapter import SysproAdapter
    from ml_connector.systems.syspro.connection import read_settings
    from ml_connector.systems.syspro.options import SysproOptions
    from ml_connector.systems.syspro.session import open_client

    extra = {"company_id": "B", "odata_url": url, "odata_user": "o", "odata_password": "p"}
    settings = read_settings("bench", host=url, login="o", password="p", extra=extra)  # noqa: S106 - of nobody
    client, options = open_client(settings, _session), SysproOptions(page_size=PAGE, local_currency="NZD")
    return _extract("syspro_cin7", "suppliers", folder, lambda database, audit: SysproAdapter(
        client, options, record_pull=audit.pull, cache=database.record_cache("bench", "syspro"),
    ))  # fmt: skip


def bare_pages(url: str, folder: Path) -> int:
    """A bare loop reads Cin7's supplier list into a file."""
    session, count = _session(), 0
    with (folder / "out.jsonl").open("w", encoding="utf-8") as out:
        while True:
            answer = session.get(url + SUPPLIERS, params={"Page": count // PAGE + 1, "Limit": PAGE}, timeout=60).json()
            count += _write(out, answer["SupplierList"])
            if count >= answer["Total"]:
                return count


def bare_odata(url: str, folder: Path) -> int:
    """A bare loop reads SYSPRO's suppliers and their addresses into two files."""
    session, counts = _session(), []
    for table in TABLES:
        count, address = 0, f"{url}/B/{table}?$top={PAGE}&$orderby=Supplier"
        with (folder / f"{table}.jsonl").open("w", encoding="utf-8") as out:
            while address:
                answer = session.get(address, timeout=60).json()
                count += _write(out, answer["value"])
                address = answer.get("@odata.nextLink", "")
        counts.append(count)
    return min(counts)


def dlt_pages(url: str, folder: Path) -> int:
    """The REST source of dlt reads Cin7's supplier list into a SQLite database, by key."""
    return _dlt(url, folder, _pages_resources(), "sqlite")


def dlt_pages_files(url: str, folder: Path) -> int:
    """The REST source of dlt reads Cin7's supplier list into files of lines, its quickest destination."""
    return _dlt(url, folder, _pages_resources(), "files")


def dlt_odata(url: str, folder: Path) -> int:
    """The REST source of dlt reads SYSPRO's suppliers and their addresses into a SQLite database, by key."""
    return _dlt(url, folder, _odata_resources(), "sqlite")


def dlt_odata_files(url: str, folder: Path) -> int:
    """The REST source of dlt reads SYSPRO's suppliers and their addresses into files of lines."""
    return _dlt(url, folder, _odata_resources(), "files")


def _pages_resources() -> list[Any]:
    pages = {"type": "page_number", "base_page": 1, "page_param": "Page", "total_path": None}
    endpoint = {"path": SUPPLIERS, "params": {"Limit": PAGE}, "paginator": pages, "data_selector": "SupplierList"}
    return [{"name": "suppliers", "primary_key": "ID", "endpoint": endpoint}]


def _odata_resources() -> list[Any]:
    pages = {"type": "json_link", "next_url_path": "'@odata.nextLink'"}
    common = {"params": {"$top": PAGE, "$orderby": "Supplier"}, "paginator": pages, "data_selector": "value"}
    return [
        {"name": table, "primary_key": "Supplier", "endpoint": {"path": f"B/{table}", **common}} for table in TABLES
    ]


def _session() -> Any:
    import requests

    session = requests.Session()
    session.trust_env = False
    return session


def _write(out: Any, rows: list[Any]) -> int:
    out.writelines(json.dumps(row) + "\n" for row in rows)
    return len(rows)


def _extract(pair: str, flow_name: str, folder: Path, make: Callable[[Any, Any], Any]) -> int:
    from ml_connector.orchestration import catalog
    from ml_connector.store.database import Database
    from ml_connector.sync.extract import extract
    from ml_connector.sync.run import FlowRun, Policies
    from ml_connector.sync.window import WindowPlan

    database, spec = Database(f"sqlite:///{folder / 'connector.db'}"), catalog.pair(pair)
    database.migrate()
    names, audit = (pair, flow_name, "bench"), database.audit(pair, flow_name, "bench")
    adapter: Any = make(database, audit)
    run = FlowRun(
        deployment=pair, pair=spec, flow=spec.flow(flow_name), run_id="bench", source=adapter, destination=adapter,
        staging=database.staging(*names), journal=database.journal(*names), reverse_journal=None,
        links=database.links(pair), code_maps=database.code_maps(pair), audit=audit,
        watermarks=database.watermarks(*names), policies=Policies(),
    )  # fmt: skip
    plan = WindowPlan(start=None, end=dt.datetime.now(dt.timezone.utc), moves_watermark=True, carries_open=True)
    return extract(run, plan)["read"]


def _dlt(url: str, folder: Path, resources: list[Any], into: str) -> int:
    os.environ.update({"RUNTIME__DLTHUB_TELEMETRY": "false", "DLT_DATA_DIR": str(folder / "dlt")})
    import dlt  # type: ignore[import-not-found]
    from dlt.sources.rest_api import rest_api_source  # type: ignore[import-not-found]

    if into == "files":
        how: dict[str, Any] = {"loader_file_format": "jsonl", "write_disposition": "append"}
        destination: Any = dlt.destinations.filesystem(str(folder / "out"))
    else:
        how = {"write_disposition": "merge"}
        destination = dlt.destinations.sqlalchemy(f"sqlite:///{folder / 'out.db'}")
    pipeline = dlt.pipeline("bench", destination=destination, dataset_name="main", pipelines_dir=str(folder / "p"))
    config: Any = {"client": {"base_url": url}, "resources": resources}
    pipeline.run(rest_api_source(config), **how).raise_on_failed_jobs()
    counts = pipeline.last_trace.last_normalize_info.row_counts
    return min(int(count) for name, count in counts.items() if not name.startswith("_dlt") and "__" not in name)


def _most_memory() -> float:
    """Return the most memory that this process has held, MB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) / 1024


def main() -> None:
    """Read, and say what it took."""
    name, url, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    begun = time.perf_counter()
    records = globals()[name](url, folder)
    seconds, times = time.perf_counter() - begun, os.times()
    told = {"seconds": seconds, "cpu": times.user + times.system, "mb": _most_memory(), "records": records}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
