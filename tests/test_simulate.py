"""What measurements stand on: a large world that fits the tables as they are now, with every page that is measured."""

from sqlalchemy import func, select

from lms import create_app, simulate
from lms.db import db
from lms.quizzes.models import Attempt
from lms.reflections.models import HandIn


def test_a_simulated_world_has_all_that_is_measured(tmp_path):
    world = simulate.fill(
        tmp_path, f"sqlite:///{tmp_path / 'lms.sqlite'}", learners=simulate.learners_for(21), attempts=21
    )
    app = create_app(tmp_path)
    client = app.test_client(use_cookies=False)
    with app.app_context():
        names = [world.reader, world.fresh[0], world.drafters[0], world.reviewer, world.leader]
        reader, fresh, drafter, reviewer, leader = simulate.sign_in_all(names)
        attempts = db.session.scalar(select(func.count()).select_from(Attempt))
        hand_ins = db.session.scalar(select(func.count()).select_from(HandIn))
        db.session.remove()

    def status(device: simulate.Device, path: str) -> int:
        return client.get(path, headers={"Cookie": device.cookie}).status_code

    started = client.post(f"{world.quiz}start", data={"csrf_token": fresh.token}, headers={"Cookie": fresh.cookie})
    seen = {
        path: status(device, path)
        for device, path in (
            (reader, world.lesson),
            (reader, world.quiz),
            (reader, world.reflection),
            (drafter, f"{world.reflection}check"),
            (reviewer, "/grading/"),
            (leader, world.unit_page),
        )
    }
    with app.app_context():
        db.engine.dispose()

    assert (attempts, hand_ins > 0, started.status_code) == (21, True, 302)
    assert {path: code for path, code in seen.items() if code != 200} == {}
