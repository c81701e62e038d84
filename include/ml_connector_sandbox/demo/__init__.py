"""The demo: simulators and a real Airflow on this machine, one run of the pair, and a look at both sides."""
