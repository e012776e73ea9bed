"""What holds everywhere: in every page, every answer, every table and every import."""

import ast
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import func, inspect, select, text
from werkzeug.test import TestResponse

import lms
from lms import MIGRATIONS, access, clock, create_app, web
from lms.config import SETTINGS
from lms.db import db as database
from lms.drives.models import Drive
from tests.conftest import SECRET, Databases
from tests.factories import NOON, a_changed_version, a_district, a_drive, moved_to
from tests.pages import hidden_fields, send_json, submit
from tests.world import HERE, build

PACKAGE = Path(lms.__file__).parent
README = PACKAGE.parent / "README.md"


@dataclass
class Fetched:
    """A page, who asked for it, and what is to be said of its HTML."""

    name: str
    visitor: str
    answer: TestResponse
    html: "Html" = field(init=False)

    def __post_init__(self) -> None:
        self.html = Html()
        self.html.feed(self.answer.text)


class Html(HTMLParser):
    """What the rules of the house ask of a page, gathered in one reading."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.controls: list[dict[str, str]] = []
        """Fields that no label is wrapped around."""
        self.texts: dict[str, list[str]] = {"title": [], "h1": [], "script": [], "button": []}
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append((tag, given))
        if tag in ("input", "select", "textarea") and given.get("type") != "hidden" and "label" not in self.inside:
            self.controls.append(given)
        if tag in self.texts:
            self.texts[tag].append("")
        if tag in ("label", *self.texts):
            self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.inside:
            self.inside.remove(tag)

    def handle_data(self, data: str) -> None:
        for tag in self.inside:
            if tag in self.texts:
                self.texts[tag][-1] += data

    def values(self, *names: str) -> list[str]:
        """Every value that an attribute of one of these names has, in any tag."""
        return [value for _tag, given in self.tags for name, value in given.items() if name in names]


class House:
    """Every page that the program has, once: as found by those who may, and in the states that only a POST shows."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        with app.app_context():
            self.world = build()
        self.clients = {visitor: self.world.visit(app, visitor) for visitor in ("signed_out", "learner", *HERE)}
        self.pages: list[Fetched] = []
        self.endpoints: set[str] = set()
        self._pages_by_route()
        self._pages_in_other_states()

    def _pages_by_route(self) -> None:
        for rule in self.app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or rule.endpoint in ("static", "broken"):
                continue
            for visitor, client in self.clients.items():
                answer = client.get(self.world.address(self.app, visitor, rule.endpoint))
                if answer.status_code == 200:
                    self.endpoints.add(rule.endpoint)
                    self.add(rule.endpoint, visitor, answer)
                    break

    def _pages_in_other_states(self) -> None:
        world, drive = self.world, f"/drives/{self.world.drive}"
        gets = {
            "auditor": ["/"],
            "learner": [
                "/khong-co",
                "/hong",
                "/people/",
                f"/quizzes/attempts/{world.finished_attempt}",
                "/?drive=dot-cu",
                f"/reflections/{world.finished_drive}/history",
            ],
            "organiser": [
                "/drives/khong-co",
                f"{drive}/summons?q=khong-co",
                "/units/?q=khong-co",
                "/units/?from=1",
                f"/reports/{world.drive}/{world.unit}/people?state=done",
            ],
            "unit_admin": ["/people/?q=khong-co", "/people/?from=1"],
            "grading_lead": [f"/grading/allocation/{world.drive}/texts?of=1", f"/grading/allocation/{world.drive}"],
            "reviewer": ["/grading/?show=graded", f"/grading/{world.graded_reflection}"],
            "author": ["/content/khong-co"],
        }
        for visitor, paths in gets.items():
            for path in paths:
                self.add(path, visitor, self.clients[visitor].get(path))
        posts: list[tuple[str, str, dict[str, Any]]] = [
            ("signed_out", "/people/sign-in", {}),
            ("signed_out", f"/reflections/{world.drive}/", {"text-tam-dac": "Đang viết dở. " * 9}),
            ("learner", "/people/password", {}),
            ("learner", "/help", {}),
            ("learner", f"/reflections/{world.drive}/hand-in", {"commitment": 1, "number": 2}),
            ("unit_admin", f"/people/{world.clerks['unit_admin']}/code", {}),
            ("unit_admin", f"/people/{world.clerks['unit_admin']}/roles", {}),
            ("organiser", "/drives/new", {}),
            ("organiser", f"{drive}/plan", {}),
            ("organiser", f"{drive}/documents", {}),
            ("organiser", f"{drive}/sessions", {}),
            ("organiser", f"{drive}/summons", {}),
            ("organiser", f"/quizzes/{world.drive}/exceptions", {}),
            (
                "organiser",
                f"/quizzes/{world.drive}/exceptions",
                {**world.form("organiser", "quizzes.make_exception"), "step": "check"},
            ),
            ("organiser", f"/reflections/{world.drive}/dispensations", {}),
            (
                "organiser",
                f"/reflections/{world.drive}/dispensations",
                {**world.form("organiser", "reflections.dispense"), "step": "check"},
            ),
            ("unit_admin", "/quizzes/allowances", {}),
            ("reviewer", f"/grading/{world.reflection}", {"revision": 1}),
        ]
        for visitor, path, fields in posts:
            self.add(f"POST {path}", visitor, submit(self.clients[visitor], path, **fields))
        self._writing()
        self._reading()

    def _writing(self) -> None:
        """An expired session with its form, two texts side by side, and a text that came back."""
        world, learner = self.world, self.clients["learner"]
        path = f"/reflections/{world.drive}/"
        asked = submit(self.app.test_client(), path, **{"text-tam-dac": "Đang viết dở. " * 9})
        fields = hidden_fields(asked, "/people/sign-in")
        fields.pop("csrf_token")  # of another browser
        again = world.visit(self.app, "signed_out")
        name = world.usernames["learner"]
        self.add(
            "resend", "signed_out", submit(again, "/people/sign-in", username=name, secret="mot-cau-de-nho", **fields)
        )
        submit(learner, path, based_on=0, **{"text-tam-dac": "Bản từ một trang mở trước đó."})
        self.add("two texts", "learner", learner.get(path))
        submit(learner, f"{path}keep", number=2)
        text = "Tôi tâm đắc với cách phân công."
        submit(learner, path, based_on=2, **{"text-tam-dac": text, "text-lien-he": text})
        self.add("ready to hand in", "learner", learner.get(f"{path}check"))

    def _reading(self) -> None:
        """A lesson that changed since it was read."""
        world, learner = self.world, self.clients["learner"]
        path = f"/lessons/{world.drive}/{world.slug}/{world.lesson}"
        submit(learner, f"{path}/read")
        submit(learner, f"{path}/place", text=world.text, paragraph=1)
        self.add("where reading stopped", "learner", learner.get(path))
        with self.app.app_context():
            moved_to(
                a_changed_version(), database.session.scalars(select(Drive).where(Drive.code == world.drive)).one()
            )
        self.add("changed", "learner", learner.get(path))
        self.add("changes", "learner", learner.get(f"{path}/changes"))

    def add(self, name: str, visitor: str, answer: TestResponse) -> None:
        if answer.mimetype == "text/html" and not answer.location:
            self.pages.append(Fetched(name, visitor, answer))

    def faults(self, look) -> dict[str, object]:
        """What a look at each page finds wrong, by page."""
        found = {f"{page.visitor}: {page.name}": look(page.html) for page in self.pages}
        return {name: fault for name, fault in found.items() if fault}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Pages do not depend on the kind of database, so one is enough."""
    folder = tmp_path_factory.mktemp("house")
    url = Databases("sqlite", folder).fresh()
    app = create_app(folder, SECRET_KEY=SECRET, DATABASE_URL=url, THREADS=2, MAX_UPLOAD_MB=1)
    app.add_url_rule("/hong", "broken", access.public(lambda: str(1 // 0)))
    with clock.stopped_at(NOON):
        yield House(app)
    with app.app_context():
        database.engine.dispose()


def test_every_page_that_can_be_fetched_is_looked_at(house: House) -> None:
    getable = {rule.endpoint for rule in house.app.url_map.iter_rules() if "GET" in (rule.methods or ())}

    led_on = {"grading.next_essay", "grading.next_appeal", "quizzes.next_to_mark", "lessons.changes"}
    in_a_browser_test = {"quizzes.practice"}
    assert getable - house.endpoints == {"static", "broken", *led_on, *in_a_browser_test}
    assert len(house.pages) > 60
    statuses = Counter(page.answer.status_code for page in house.pages)
    assert set(statuses) == {200, 401, 403, 404, 405, 409, 422, 500}


def test_every_page_has_a_language_a_title_and_one_heading(house: House) -> None:
    def look(html: Html) -> Sequence[object]:
        languages = [given.get("lang") for tag, given in html.tags if tag == "html"]
        titles = [title.removesuffix("· Thu Hoạch").strip() for title in html.texts["title"]]
        headings = [" ".join(heading.split()) for heading in html.texts["h1"]]
        return (
            []
            if languages == ["vi"] and len(titles) == len(headings) == 1 and all(titles + headings)
            else [languages, titles, headings]
        )

    assert house.faults(look) == {}


def test_every_field_has_a_label_and_every_button_a_word(house: House) -> None:
    def look(html: Html) -> Sequence[object]:
        named = {"aria-label", "aria-labelledby"}
        labelled = html.values("for")
        named |= {"hidden"}  # is for scripts alone
        fields = [given for given in html.controls if not named & set(given) and given.get("id") not in labelled]
        return fields + [text for text in html.texts["button"] if not text.strip()]

    assert house.faults(look) == {}


def test_no_script_and_no_style_stands_in_a_page(house: House) -> None:
    def look(html: Html) -> Sequence[object]:
        inline = [(tag, name) for tag, given in html.tags for name in given if name == "style" or name.startswith("on")]
        tags = [tag for tag, given in html.tags if tag == "style" or (tag == "script" and not given.get("src"))]
        return inline + tags + [text for text in html.texts["script"] if text.strip()]

    assert house.faults(look) == {}


def test_ids_are_unique_and_what_points_to_one_finds_it(house: House) -> None:
    def look(html: Html) -> Sequence[object]:
        ids = html.values("id")
        lists = html.values("for", "aria-describedby", "aria-labelledby", "aria-controls", "data-count-for")
        targets = [target for value in lists for target in value.split()]
        targets += [value[1:] for value in html.values("href") if value.startswith("#")]
        return [id for id, count in Counter(ids).items() if count > 1] + sorted(set(targets) - set(ids))

    assert house.faults(look) == {}


def test_every_image_says_what_it_shows(house: House) -> None:
    def look(html: Html) -> Sequence[object]:
        images = [given for tag, given in html.tags if tag == "img" and "alt" not in given]
        drawings = [
            given for tag, given in html.tags if tag == "svg" and not {"aria-hidden", "aria-label"} & set(given)
        ]
        return images + drawings

    assert house.faults(look) == {}


def test_nothing_comes_from_a_foreign_host(house: House) -> None:
    """The sample's lessons link to no source outside; a real lesson may, by a link that a reader follows."""

    def look(html: Html) -> Sequence[object]:
        return [
            value
            for value in html.values("src", "href", "action", "formaction", "data-sign-in", "data-claim")
            if re.match(r"[a-z]+:|//", value)
        ]

    texts = {file.name: file.read_text("utf-8") for file in (PACKAGE / "static").rglob("*.*")}
    addresses = {name: re.findall(r"(?:https?:)?//[\w-]+\.[\w.-]+", text) for name, text in texts.items()}

    assert house.faults(look) == {}
    assert {name: set(found) for name, found in addresses.items() if set(found) - {"http://www.w3.org"}} == {}


def test_no_link_leads_nowhere(house: House) -> None:
    links = {
        (page.visitor, urljoin(page.answer.request.path, href))
        for page in house.pages
        for tag, given in page.html.tags
        if (href := given.get("href") or given.get("src")) and not href.startswith("#")
    }

    dead = {}
    for visitor, link in sorted(links):
        with house.clients[visitor].get(link.partition("#")[0]) as answer:
            if answer.status_code not in (200, 302):
                dead[visitor, link] = answer.status_code

    assert dead == {}
    assert len(links) > 100


def test_every_answer_has_the_safe_headers(house: House) -> None:
    world, client, learner = house.world, house.clients["signed_out"], house.clients["learner"]
    large = {"username": "a", "secret": "b", "kept": "x" * 1_000_000}
    answers = {
        "page": client.get("/help"),
        "redirect": client.get("/"),
        "static": client.get("/static/css/base.css?v=1"),
        "file": house.clients["leader"].get(f"/reports/{world.drive}/{world.unit}/people.xlsx"),
        "JSON": send_json(learner, f"/reflections/{world.drive}/", {"texts": {}, "based_on": 0}),
        "400": client.post("/people/sign-in"),
        "401": send_json(client, f"/reflections/{world.drive}/", {}),
        "403": learner.get("/people/"),
        "404": client.get("/khong-co"),
        "404 of a file": client.get("/static/khong-co.css"),
        "405": client.post("/help"),
        "409": submit(learner, f"/reflections/{world.drive}/hand-in", commitment=1, number=1),
        "413": submit(client, "/people/sign-in", **large),
        "422": submit(client, "/people/sign-in"),
        "500": client.get("/hong"),
    }

    assert {name: answer.status_code for name, answer in answers.items()} == {
        "page": 200, "redirect": 302, "static": 200, "file": 200, "JSON": 200,
        **{name: int(name[:3]) for name in answers if name[:3].isdigit()},
    }  # fmt: skip
    for name, answer in answers.items():
        assert {header: answer.headers.get(header) for header in web.HEADERS} == web.HEADERS, name
        answer.close()
    kept = {name: answer.headers.get("Cache-Control") for name, answer in answers.items()}
    assert kept.pop("static") == "public, max-age=31536000"
    assert set(kept.values()) == {"no-store"}


def test_the_security_policy_allows_our_own_files_and_nothing_else() -> None:
    allowed = dict(part.split(" ", 1) for part in web.CONTENT_SECURITY_POLICY.split("; "))

    assert allowed == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }


def differences() -> Sequence[object]:
    """What a new migration would have to change, as Alembic sees it."""
    with database.engine.connect() as connection:
        return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), database.metadata)


def in_words(fact: object) -> str:
    return json.dumps(fact, default=str, sort_keys=True)


def tables() -> dict[str, object]:
    """All that the database says about its tables, checks and partial indexes too, where Alembic is blind."""
    seen = inspect(database.engine)
    return {
        table: {
            "columns": {
                column["name"]: (str(column["type"]), column["nullable"]) for column in seen.get_columns(table)
            },
            "key": seen.get_pk_constraint(table),
            "foreign": sorted(map(in_words, seen.get_foreign_keys(table))),
            "unique": sorted(map(in_words, seen.get_unique_constraints(table))),
            "checks": sorted(map(in_words, seen.get_check_constraints(table))),
            "indexes": sorted(map(in_words, seen.get_indexes(table))),
        }
        for table in seen.get_table_names()
        if table != "alembic_version"
    }


def test_the_migrated_tables_equal_the_models(db: Flask) -> None:
    migrated, left = tables(), differences()

    database.drop_all()
    database.create_all()

    assert left == []
    assert migrated == tables()
    assert len(migrated) > 25


def test_every_migration_goes_both_ways(db: Flask) -> None:
    migrated = tables()

    downgrade(directory=str(MIGRATIONS), revision="base")
    without = tables()
    upgrade(directory=str(MIGRATIONS))

    assert without == {}
    assert tables() == migrated
    assert differences() == []


def test_migrating_loses_no_row_and_no_row_that_points_to_it(db: Flask) -> None:
    """Behind this revision the questions' table, into which others point, is made anew on SQLite."""
    a_drive(a_district())
    before = rows()

    downgrade(directory=str(MIGRATIONS), revision="0025")
    upgrade(directory=str(MIGRATIONS))

    assert before["question_fact"] > 0
    assert rows() == before


def rows() -> dict[str, int]:
    """How many rows every table has."""
    with database.engine.connect() as connection:
        return {name: connection.scalar(select(func.count()).select_from(text(name))) or 0 for name in sorted(tables())}


PATH = (
    *("units", "notices", "people", "content", "drives", "lessons", "quizzes", "uploads", "reflections"),
    *("grading", "papers", "behalf", "completion", "certificates", "reports", "authoring", "publishing", "home"),
)
"""The learner's path; `home` looks across all of it."""

WIRING = {
    *("__init__", "__main__", "bench", "cli", "demonstration", "demonstration_marking", "jobs", "load", "serving"),
    "simulate",
}
"""Files that put the parts together, and so may import any of them."""


def part_of(file: Path) -> str:
    """The step or the file of the ground that a file belongs to."""
    return file.relative_to(PACKAGE).with_suffix("").parts[0]


def imported_parts(tree: ast.AST) -> set[str]:
    """The parts of the program that a file needs to run; what is imported for types alone does not count."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    nodes = list(ast.walk(tree))
    modules = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module == "lms":
            modules += [f"lms.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules.append(node.module or "")
    parts = {module.split(".")[1] for module in modules if module.startswith("lms.")}
    return {part if (PACKAGE / f"{part}.py").exists() or (PACKAGE / part).is_dir() else "__init__" for part in parts}


def test_imports_point_back_along_the_learners_path() -> None:
    allowed: dict[str, set[str]] = {}
    ground = {file.stem for file in PACKAGE.glob("*.py")} - WIRING
    for position, step in enumerate(PATH):
        allowed[step] = ground | set(PATH[: position + 1])
    allowed |= dict.fromkeys(ground, ground)

    strange = {
        str(file.relative_to(PACKAGE)): needs - allowed[part_of(file)]
        for file in PACKAGE.rglob("*.py")
        if part_of(file) not in WIRING
        and (needs := imported_parts(ast.parse(file.read_text("utf-8")))) - allowed[part_of(file)]
    }

    assert strange == {}


def test_a_step_is_a_folder_on_the_path() -> None:
    folders = {folder.name for folder in PACKAGE.iterdir() if (folder / "__init__.py").exists()}

    assert folders <= set(PATH)
    assert {step for step in folders if find_spec(f"lms.{step}.views")} == set(lms.STEPS)


def test_the_readme_explains_every_setting() -> None:
    text = README.read_text("utf-8")

    assert [setting.name for setting in SETTINGS if f"`{setting.name}`" not in text] == []
