"""Parsing the DAG file of a fleet, 200 tenants of 5 pairs, against a file of as many DAGs whose tasks do nothing.

Those of the pairs have the same number of tasks in task groups of four, one after the other, and nothing else: what
Airflow itself takes for such DAGs. Each tenant has two DAGs more, of three tasks and of one, as its replay and its
preflight are. Each file is run in a process of its own, as Airflow does; Airflow's own import is left out.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from bench.figures import Row, at_most, load
from ml_connector.orchestration import catalog
from ml_connector.orchestration.deployments import Deployment

TENANTS, ROUNDS = 200, 3
LOADER = Path("dags/ml_connector_pairs.py")
EMPTY = """
import datetime as dt
from airflow.sdk import DAG, CronDataIntervalTimetable, task, task_group
for number, flows in enumerate({flows} * {tenants}):
    with DAG(
        f"empty_{{number}}", schedule=CronDataIntervalTimetable("*/15 * * * *", timezone="UTC"), catchup=False,
        start_date=dt.datetime({year}, 1, 1, tzinfo=dt.timezone.utc), max_active_runs=1, tags=["empty"],
    ) as dag:
        groups = []
        for flow in range(flows):
            @task_group(group_id=f"flow_{{flow}}")
            def group():
                last = None
                for step in range(4):
                    @task(task_id=f"step_{{step}}")
                    def nothing():
                        return None
                    made = nothing()
                    if last is not None:
                        last >> made
                    last = made
            groups.append(group())
        @task(task_id="end")
        def end():
            return None
        groups >> end()
    globals()[f"empty_{{number}}"] = dag
for tenant in range({tenants}):
    for steps in (3, 1):
        with DAG(f"by_hand_{{tenant}}_{{steps}}", schedule=None, tags=["empty"]) as dag:
            last = None
            for step in range(steps):
                @task(task_id=f"step_{{step}}")
                def nothing():
                    return None
                made = nothing()
                if last is not None:
                    last >> made
                last = made
        globals()[dag.dag_id] = dag
"""
PARSE = """
import json, re, resource, runpy, sys, time, warnings
warnings.simplefilter("ignore")
import airflow.sdk
def cpu(): return time.process_time()
def mb(name): return int(re.findall(name + r":\\s+(\\d+)", open("/proc/self/status").read())[0]) / 1024
begun, clock, before = cpu(), time.perf_counter(), mb("VmRSS")
made = runpy.run_path(sys.argv[1])
dags = [one for one in made.values() if isinstance(one, airflow.sdk.DAG)]
print(json.dumps({"cpu": cpu() - begun, "wall": time.perf_counter() - clock, "mb": mb("VmHWM") - before,
                  "whole": mb("VmHWM"), "dags": len({dag.dag_id for dag in dags}),
                  "tasks": sum(len(dag.tasks) for dag in dags)}))
"""


def fleet() -> list[Row]:
    """Return how the connector's file compares with the empty one, in time and memory, and what one task waits for."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        many = write_files(folder, year=2026)
        ours, empty = [], []
        for _ in range(ROUNDS):
            ours.append(_parse(LOADER, folder))
            empty.append(_parse(folder / "empty.py", folder))
    we, they = ({key: statistics.median(run[key] for run in runs) for key in runs[0]} for runs in (ours, empty))
    told = f"{we['cpu']:.2f} and {they['cpu']:.2f} processor s, {we['tasks']:.0f} tasks; median of {ROUNDS}; {load()}"
    return [
        at_most(f"parsing {many} DAGs, to as many whose tasks do nothing", we["cpu"] / they["cpu"], 1.5, told),
        Row(f"parsing {many} DAGs, one task", we["cpu"] / we["tasks"] * 1e6, note="processor µs"),
        Row(f"memory of {many} DAGs", we["mb"], note=f"MB; as many whose tasks do nothing {they['mb']:.0f}"),
    ]


def write_files(folder: Path, year: int) -> int:
    """Write pairs.yaml of the fleet and empty.py of as many DAGs, all starting in that year; return how many."""
    pairs = [
        {"pair": pair, "tenant": f"t{n:03}", "connections": {"cin7": f"cin7_t{n:03}"}, "start_date": f"{year}-01-01"}
        for n in range(TENANTS)
        for pair in catalog.PAIRS
    ]
    (folder / "pairs.yaml").write_text(yaml.safe_dump({"deployments": pairs}), encoding="utf-8")
    flows = [len(Deployment(pair=pair).active_flows()) for pair in catalog.PAIRS]
    (folder / "empty.py").write_text(EMPTY.format(flows=flows, tenants=TENANTS, year=year), encoding="utf-8")
    return len(pairs) + 2 * TENANTS


def _parse(file: Path, folder: Path) -> dict[str, float]:
    environment = {**os.environ, "ML_CONNECTOR_PAIRS": str(folder / "pairs.yaml"), "AIRFLOW_HOME": str(folder)}
    run = [sys.executable, "-c", PARSE, str(file)]
    done = subprocess.run(run, check=True, capture_output=True, text=True, env=environment)  # noqa: S603 - our own
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    if told["dags"] != TENANTS * (len(catalog.PAIRS) + 2):
        raise RuntimeError(f"{file}: {told['dags']} DAGs")
    return told
