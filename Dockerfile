FROM apache/airflow:3.3.2
USER root
RUN apt-get update && apt-get install -y --no-install-recommends postgresql-client && rm -rf /var/lib/apt/lists/* \
    && mkdir /sandbox && chown airflow:0 /sandbox
USER airflow
COPY --chown=airflow:0 pyproject.toml README.md LICENSE requirements.txt constraints.txt /opt/ml-connector/
COPY --chown=airflow:0 include /opt/ml-connector/include
RUN pip install --no-cache-dir -c /opt/ml-connector/constraints.txt "/opt/ml-connector[postgres]" \
    apache-airflow-providers-celery apache-airflow-providers-postgres
COPY --chown=airflow:0 dags /opt/airflow/dags
