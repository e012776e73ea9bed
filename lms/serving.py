"""The server process: Granian in front of the application, the worker beside it."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Thread

from flask import Flask
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

INSTANCE = "LMS_INSTANCE"
"""Tells server processes which instance folder is theirs."""


def application() -> Flask:
    """What each server process serves; it starts afresh there, so settings come from the instance folder."""
    from lms import create_app

    return create_app(os.environ[INSTANCE])


def serve(app: Flask, *, with_worker: bool, target: str = "lms.serving:application") -> None:
    """Serve until told to stop. The worker stops with the server."""
    os.environ[INSTANCE] = app.instance_path
    worker = start_worker(Path(app.instance_path)) if with_worker else None
    try:
        Granian(
            target,
            address=app.config["HOST"],
            port=app.config["PORT"],
            interface=Interfaces.WSGI,
            factory=True,
            workers=app.config["PROCESSES"],
            blocking_threads=app.config["THREADS"],
            log_access=False,
            log_level=LogLevels.warning,
        ).serve()
    finally:
        if worker is not None:
            worker.terminate()
            worker.wait(timeout=30)


def start_worker(instance: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "lms", "--instance", str(instance), "worker"])  # noqa: S603


def step_back() -> None:
    """Let the server go first where both want the same core."""
    os.nice(10)


def work(app: Flask) -> None:
    """Run the worker until told to stop; `terminate` lets the job at hand finish."""
    from lms.jobs import queue_for, watch_for_files

    step_back()

    consumer = queue_for(app).create_consumer(workers=1, periodic=True, graceful_signal="TERM")
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    Thread(target=watch_for_files, args=[app], daemon=True).start()
    consumer.run()
