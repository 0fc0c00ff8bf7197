"""The DAG. Put both files into the folder of your DAGs, and `packshot` into Airflow's environment."""

from __future__ import annotations

from datetime import datetime

from airflow.decorators import dag, task

from process_photos import process_photos


@dag(schedule="@hourly", start_date=datetime(2026, 1, 1), catchup=False)
def photos():
    @task(retries=3)
    def process() -> dict[str, int]:
        return process_photos("/data/incoming", "/data/finished", base_url="http://packshot:8080", preset="cutout")

    process()


photos()
