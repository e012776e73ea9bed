"""A prompt's criteria and model passages, from the file to the page beside the text."""

from datetime import date

from flask import Flask

from lms import clock
from lms.content import checker, services
from lms.content.files import read_folder
from lms.content.rules import Passage, Prompt, Severity
from lms.quizzes.kinds import CHECKS
from tests.factories import NOON, PASSWORD, SAMPLE, a_district, a_drive, a_learner
from tests.pages import submit

REFLECTION = "modules/mau/reflection.md"
ASKED = "Đồng chí tâm đắc điều gì?\n"
MODELS = f"""{ASKED}
### Đoạn mẫu: Nói vì sao

Tôi giữ lại *một* điều.

### Đoạn mẫu

Trước đây tôi làm khác.
"""
FIRST = "max_words: 50\n  - id"
LAST = "max_words: 50\nrubric"


def checked(*changes: tuple[str, str]) -> checker.Report:
    files = dict(read_folder(SAMPLE))
    text = files[REFLECTION].decode()
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    return checker.check({**files, REFLECTION: text.encode()}, kinds=CHECKS, on=date(2026, 11, 1))


def test_a_prompt_has_its_criteria_and_its_model_passages():
    report = checked((ASKED, MODELS), (FIRST, "max_words: 50\n    criteria: [noi-dung]\n  - id"))

    first, second = report.modules["mau"].prompts
    assert report.faults == []
    assert first.criteria == ("noi-dung",)
    assert first.models == (
        Passage("Nói vì sao", "<p>Tôi giữ lại <em>một</em> điều.</p>"),
        Passage("Đoạn mẫu", "<p>Trước đây tôi làm khác.</p>"),
    )
    assert "Đoạn mẫu" not in first.html
    assert (second.criteria, second.models) == ((), ())
    rubric = report.modules["mau"].rubric
    assert [[one.id for one in prompt.marked_by(rubric)] for prompt in (first, second)] == [
        ["noi-dung"],
        ["noi-dung", "lien-he"],
    ]


def test_a_criterion_that_no_prompt_names_is_a_warning():
    named = "max_words: 50\n    criteria: [noi-dung]\n"
    report = checked((FIRST, f"{named}  - id"), (LAST, f"{named}rubric"))

    assert [(fault.code, fault.severity) for fault in report.faults] == [("unused-criterion", Severity.WARNING)]


def test_what_an_older_version_does_not_say_holds_by_default():
    older = {"id": "a", "title": "A", "min_words": 1, "max_words": 2, "html": "<p>A</p>"}

    assert Prompt.from_json(older) == Prompt("a", "A", 1, 2, "<p>A</p>")


def test_the_author_reads_prompt_rubric_and_models_beside_the_text(app: Flask) -> None:
    report = checked((ASKED, MODELS), (FIRST, "max_words: 50\n    criteria: [noi-dung]\n  - id"))
    with app.app_context(), clock.stopped_at(NOON):
        version, _is_new = services.publish(report.modules["mau"], by=None, at=NOON)
        district = a_district()
        learner = a_learner(a_drive(district, versions=[version]), district, password=PASSWORD)
        assert learner.account is not None
        name = learner.account.username
    client = app.test_client()

    with clock.stopped_at(NOON):
        submit(client, "/people/sign-in", username=name, secret=PASSWORD)
        page = client.get("/reflections/dot-mau/").text

    first = page.split("Điểm tâm đắc", 1)[1].split("</section>")[0]
    assert "Nói vì sao" in first
    assert "<em>một</em>" in first
    assert "Nêu đúng và đủ." in first
    assert "Có liên hệ." not in first
    assert "Có liên hệ." in page
