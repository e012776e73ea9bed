"""Work that no request waits for, done by `lms worker`: closing overdue attempts, moving texts that nobody can grade
where they are, taking texts back that their reviewers do not read, forgetting old failures to sign in, sealing the
audit trail, working out what attempts say about their questions.

Huey schedules; its tables lie in the instance folder, or in PostgreSQL where the database is PostgreSQL. Every job may
run twice, late, or in two workers at once without harm.
"""

import logging
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

    return huey


def run_all() -> None:
    """Everything that is due, in order. A job that fails is logged and does not keep the others from running."""
    from lms.grading import moving
    from lms.people import services as people
    from lms.quizzes import corrections, statistics
    from lms.quizzes import services as quizzes
    from lms.reflections import routing

    now = clock.now()
    for name, job in (
        ("close_due", lambda: quizzes.close_due(at=now)),
        ("mark_anew", lambda: corrections.settle(at=now)),
        ("hand_back", lambda: moving.hand_back(at=now)),
        ("reroute", lambda: routing.reroute_due(at=now)),
        ("forget_failures", lambda: people.forget_failures(at=now)),
        ("forget_addresses", lambda: quizzes.forget_addresses(current_app.config["ADDRESS_DAYS"], at=now)),
        ("seal", audit.seal),
        ("analyse", lambda: statistics.analyse(at=now)),
    ):
        try:
            if count := job():
                log.info("%s: %s", name, count)
        except Exception:
            log.exception("%s", name)
