"""The DAG, for Airflow 3. Put both files into the folder of your DAGs, and `packshot` into Airflow's environment.

Folders and preset are parameters of a run: ``airflow dags trigger photos --conf '{"source": "/data/autumn"}'``.
"""

from __future__ import annotations

import os
from datetime import datetime
from typing import Any

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowFailException
from packshot import PackshotError

from process_photos import PhotosFailed, process_photos


@dag(
    schedule="@hourly",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    # Two runs at once would process the same photos.
    max_active_runs=1,
    params={"source": "/data/incoming", "target": "/data/finished", "preset": "cutout"},
)
def photos():
    # Of what may pass: Packshot cannot be reached, or has too much to do.
    @task(retries=3)
    def process(params: dict[str, Any] | None = None) -> dict[str, int]:
        try:
            return process_photos(
                **params, base_url=os.environ["PACKSHOT_URL"], api_key=os.environ.get("PACKSHOT_API_KEY")
            )
        except (PackshotError, PhotosFailed) as error:
            if error.retryable:
                raise
            raise AirflowFailException(str(error)) from error

    process()


photos()
