"""The demo: simulators and a real Airflow on this machine, started, filled, run, checked and stopped."""
