"""Work that no request waits for, done by `lms worker`: closing overdue attempts, moving texts that nobody can grade
where they are, taking texts back that their reviewers do not read, reading handed-in files, forgetting old failures to
sign in, sealing the audit trail, working out what attempts say about their questions,
making archives of graded texts.

Huey schedules; its tables lie in the instance folder, or in PostgreSQL where the database is PostgreSQL. Every job may
run twice, late, or in two workers at once without harm.
"""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, current_app
from huey import Huey, PostgresHuey, SqliteHuey, crontab

from lms import audit, clock

log = logging.getLogger("lms.jobs")


def queue_for(app: Flask) -> Huey:
    """The queue with all periodic jobs; each runs inside the application's context."""
    huey: Any = (
        PostgresHuey("lms", dsn=app.config["DATABASE_URL"])
        if app.config["DATABASE_URL"].startswith("postgresql")
        else SqliteHuey("lms", filename=str(Path(app.instance_path) / "jobs.sqlite"))
    )

    @huey.periodic_task(crontab(minute="*"))
    def every_minute() -> None:
        with app.app_context():
            run_all()

    @huey.periodic_task(crontab(minute="30", hour="19"))
    def every_night() -> None:
        from lms.uploads import services as uploads

        with app.app_context():
            log.info("forget_unused: %s", uploads.forget_unused(at=clock.now()))

    return huey


def watch_for_files(app: Flask) -> None:
    """Read handed-in files within a second of their coming, for somebody waits; the minutely run only catches up."""
    from lms.uploads import services as uploads

    while True:
        try:
            with app.app_context():
                uploads.read_due(most=None)
        except Exception:
            log.exception("watch_for_files")
        time.sleep(1)


URGENT_EVERY = 20
"""Seconds after which attempts are closed again while longer work is under way."""

FILES_A_RUN = 3
"""Handed-in files that a run reads at most: however many were sent, the other jobs have their turn."""


def run_all() -> None:
    """Everything that is due, in order. A job that fails is logged and does not keep the others from running."""
    from lms.grading import archiving, moving
    from lms.people import services as people
    from lms.quizzes import corrections, statistics, watching
    from lms.quizzes import services as quizzes
    from lms.reflections import routing
    from lms.uploads import services as uploads

    now, last = clock.now(), time.monotonic()

    def meanwhile() -> None:
        """Nobody's attempt waits for its end, and no mark for being put right, while a large quiz is worked out."""
        nonlocal last
        if time.monotonic() - last >= URGENT_EVERY:
            _run("close_due", lambda: quizzes.close_due(at=clock.now()))
            _run("mark_anew", lambda: corrections.settle(at=clock.now(), portions=5))
            last = time.monotonic()

    for name, job in (
        ("close_due", lambda: quizzes.close_due(at=now)),
        ("mark_anew", lambda: corrections.settle(at=now)),
        ("hand_back", lambda: moving.hand_back(at=now)),
        ("read_files", lambda: uploads.read_due(most=FILES_A_RUN)),
        ("reroute", lambda: routing.reroute_due(at=now)),
        ("forget_failures", lambda: people.forget_failures(at=now)),
        ("forget_addresses", lambda: quizzes.forget_addresses(current_app.config["ADDRESS_DAYS"], at=now)),
        ("seal", audit.seal),
        ("analyse", lambda: statistics.analyse(at=now, meanwhile=meanwhile)),
        ("look", lambda: watching.look(at=now)),
        ("archive", lambda: archiving.make_due(at=now)),
    ):
        _run(name, job)


def _run(name: str, job: Callable[[], object]) -> None:
    try:
        if count := job():
            log.info("%s: %s", name, count)
    except Exception:
        log.exception("%s", name)
