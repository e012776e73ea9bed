"""Who may reach which page: every route and every visitor, with the answer written down."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from lms import clock, create_app
from lms.db import db as database
from tests.conftest import SECRET, Databases
from tests.factories import NOON
from tests.pages import send_json, submit, token_on
from tests.world import VISITORS, World, build

# The columns are VISITORS: signed out (out), the learner of the district (le) and of its neighbour (le*); then whoever
# holds one role over the district: unit administrator, organiser, author, content reviewer, reviewer, grading lead,
# leader, auditor, system administrator; then the same roles over the neighbour (*). Every address names a thing of the
# district.
#
#   ok   a page, a file or an empty success          in   is asked to sign in
#   go   done, and sent on to another page           403, 404, 409, 422   refused with this answer
TABLE = """
#                           out le  le*  UA  OR  AU  CR  RE  GL  LE  AD  SA   UA* OR* AU* CR* RE* GL* LE* AD* SA*
GET  home.desk              in  ok  ok   go  go  go  go  go  go  go  go  go   go  go  go  go  go  go  go  go  go
GET  home.help_page         ok  ok  ok   ok  ok  ok  ok  ok  ok  ok  ok  ok   ok  ok  ok  ok  ok  ok  ok  ok  ok
GET  home.service_worker    ok  ok  ok   ok  ok  ok  ok  ok  ok  ok  ok  ok   ok  ok  ok  ok  ok  ok  ok  ok  ok
GET  home.offline_page      ok  ok  ok   ok  ok  ok  ok  ok  ok  ok  ok  ok   ok  ok  ok  ok  ok  ok  ok  ok  ok
GET  notices.notices        in  ok  ok   ok  ok  ok  ok  ok  ok  ok  ok  ok   ok  ok  ok  ok  ok  ok  ok  ok  ok
GET  people.sign_in         ok  go  go   go  go  go  go  go  go  go  go  go   go  go  go  go  go  go  go  go  go
GET  people.password        in  ok  ok   ok  ok  ok  ok  ok  ok  ok  ok  ok   ok  ok  ok  ok  ok  ok  ok  ok  ok
GET  people.me              in  ok  ok   ok  ok  ok  ok  ok  ok  ok  ok  ok   ok  ok  ok  ok  ok  ok  ok  ok  ok
GET  people.people          in  403 403  ok  403 403 403 403 403 403 403 ok   ok  403 403 403 403 403 403 403 ok
GET  people.person          in  403 403  ok  403 403 403 403 403 403 403 ok   404 403 403 403 403 403 403 403 404
GET  people.absences         in  404 404  ok  404 404 404 404 404 404 404 ok   404 404 404 404 404 404 404 404 404
GET  units.units            in  403 403  ok  ok  403 403 403 403 403 403 ok   ok  ok  403 403 403 403 403 403 ok
GET  content.modules        in  403 403  403 ok  ok  ok  403 403 403 403 403  403 ok  ok  ok  403 403 403 403 403
GET  content.version        in  403 403  403 ok  ok  ok  403 403 403 403 403  403 ok  ok  ok  403 403 403 403 403
GET  content.lesson         in  403 403  403 ok  ok  ok  403 403 403 403 403  403 ok  ok  ok  403 403 403 403 403
GET  drives.drives          in  403 403  403 ok  403 403 403 403 403 403 403  403 ok  403 403 403 403 403 403 403
GET  drives.new             in  403 403  403 ok  403 403 403 403 403 403 403  403 ok  403 403 403 403 403 403 403
GET  drives.plan            in  403 403  403 ok  403 403 403 403 403 403 403  403 404 403 403 403 403 403 403 403
GET  drives.drive           in  403 403  403 ok  403 403 403 403 403 403 403  403 404 403 403 403 403 403 403 403
GET  drives.summons         in  403 403  403 ok  403 403 403 403 403 403 403  403 404 403 403 403 403 403 403 403
GET  drives.points          in  403 403  403 ok  403 403 403 403 403 403 403  403 404 403 403 403 403 403 403 403
GET  drives.attendance      in  403 403  403 ok  403 403 403 403 403 403 403  403 404 403 403 403 403 403 403 403
GET  lessons.module         in  ok  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
GET  lessons.lesson         in  ok  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
GET  lessons.changes        in  go  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
GET  lessons.handbook       in  ok  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
GET  quizzes.quiz           in  ok  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
GET  quizzes.attempt        in  ok  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
GET  quizzes.pulse          in  ok  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
GET  quizzes.look_over      in  ok  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
GET  quizzes.preflight      in  ok  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
GET  quizzes.practice       in  409 404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
GET  quizzes.attempts       in  404 404  404 ok  404 404 404 404 404 ok  404  404 404 404 404 404 404 404 404 404
GET  quizzes.timeline       in  404 404  404 ok  404 404 404 404 404 ok  404  404 404 404 404 404 404 404 404 404
GET  quizzes.anomalies_found in  404 404  404 ok  404 404 404 404 404 ok  404  404 404 404 404 404 404 404 404 404
GET  quizzes.exceptions      in  404 404  404 ok  404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
GET  quizzes.rules_page      in  404 404  404 ok  404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
GET  quizzes.exception_to_withdraw in  404 404  404 ok  404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
GET  quizzes.allowances      in  403 403  ok  ok  403 403 403 403 403 403 403  ok  ok  403 403 403 403 403 403 403
GET  quizzes.allowance_to_withdraw in  403 403  ok  ok  403 403 403 403 403 403 403  404 404 403 403 403 403 403 403 403
GET  quizzes.corrections_made in  404 404  404 ok  404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
GET  quizzes.correct        in  404 404  404 ok  404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
GET  quizzes.correction_to_undo in  404 404  404 ok  404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
GET  quizzes.marking_queue  in  403 403  403 ok  403 403 ok  ok  403 403 403  403 ok  403 403 ok  ok  403 403 403
GET  quizzes.next_to_mark   in  403 403  403 go  403 403 go  go  403 403 403  403 go  403 403 go  go  403 403 403
GET  quizzes.marked_answers in  403 403  403 ok  403 403 ok  ok  403 403 403  403 ok  403 403 ok  ok  403 403 403
GET  quizzes.answer_to_mark in  403 403  403 ok  403 403 ok  ok  403 403 403  403 404 403 403 404 404 403 403 403
GET  reflections.write      in  ok  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
GET  reflections.history    in  ok  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
GET  reflections.check      in  ok  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
GET  reflections.receipt    in  ok  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
GET  reflections.copy       in  ok  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
GET  reflections.routing_list in  403 403  403 ok  403 403 403 ok  403 403 403  403 404 403 403 403 404 403 403 403
GET  reflections.route       in  403 403  403 ok  403 403 403 ok  403 403 403  403 404 403 403 403 404 403 403 403
GET  reflections.dispensations in  404 404  404 ok  404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
GET  reflections.dispensation in  404 404  404 ok  404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
GET  reflections.verify     ok  ok  ok   ok  ok  ok  ok  ok  ok  ok  ok  ok   ok  ok  ok  ok  ok  ok  ok  ok  ok
GET  grading.queue          in  403 403  403 403 403 403 ok  ok  403 403 403  403 403 403 403 ok  ok  403 403 403
GET  grading.next_essay     in  403 403  403 403 403 403 go  go  403 403 403  403 403 403 403 go  go  403 403 403
GET  grading.essay          in  403 403  403 403 403 403 ok  ok  403 403 403  403 403 403 403 404 404 403 403 403
GET  grading.releases       in  403 403  403 403 403 403 403 ok  403 403 403  403 403 403 403 403 ok  403 403 403
GET  grading.wave           in  403 403  403 403 403 403 403 ok  403 403 403  403 403 403 403 403 404 403 403 403
GET  grading.preview        in  403 403  403 403 403 403 403 ok  403 403 403  403 403 403 403 403 404 403 403 403
GET  grading.own_appeal     in  ok  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
GET  grading.appeal_list    in  403 403  403 403 403 403 ok  ok  403 403 403  403 403 403 403 ok  ok  403 403 403
GET  grading.next_appeal    in  403 403  403 403 403 403 go  go  403 403 403  403 403 403 403 go  go  403 403 403
GET  grading.appeal         in  403 403  403 403 403 403 ok  ok  403 403 403  403 403 403 403 404 404 403 403 403
GET  grading.lead           in  403 403  403 403 403 403 403 ok  403 403 403  403 403 403 403 403 404 403 403 403
GET  grading.same_mark      in  403 403  403 403 403 403 403 ok  403 403 403  403 403 403 403 403 404 403 403 403
GET  grading.rubric         in  403 403  403 403 403 403 403 ok  403 403 403  403 403 403 403 403 404 403 403 403
GET  grading.rubric_to_change in  403 403  403 403 403 403 403 ok  403 403 403  403 403 403 403 403 404 403 403 403
GET  grading.rubric_to_undo in  403 403  403 403 403 403 403 ok  403 403 403  403 403 403 403 403 404 403 403 403
GET  grading.archives       in  403 403  403 403 403 403 403 ok  403 403 403  403 403 403 403 403 404 403 403 403
GET  grading.archive_state  in  403 403  403 403 403 403 403 ok  403 403 403  403 403 403 403 403 404 403 403 403
GET  grading.take_archive   in  403 403  403 403 403 403 403 ok  403 403 403  403 403 403 403 403 404 403 403 403
GET  grading.take_text      in  403 403  403 403 403 403 403 ok  403 403 403  403 403 403 403 403 404 403 403 403
GET  grading.allocations    in  403 403  403 403 403 403 403 ok  403 403 403  403 403 403 403 403 ok  403 403 403
GET  grading.reviewers      in  403 403  403 403 403 403 403 ok  403 403 403  403 403 403 403 403 404 403 403 403
GET  grading.plan           in  403 403  403 403 403 403 403 ok  403 403 403  403 403 403 403 403 404 403 403 403
GET  grading.texts          in  403 403  403 403 403 403 403 ok  403 403 403  403 403 403 403 403 404 403 403 403
GET  grading.differences    in  403 403  403 403 403 403 403 ok  403 403 403  403 403 403 403 403 404 403 403 403
GET  grading.sample         in  403 403  403 403 403 403 403 ok  403 403 403  403 403 403 403 403 404 403 403 403
GET  grading.settings       in  403 403  403 ok  403 403 403 403 403 403 403  403 404 403 403 403 403 403 403 403
GET  grading.withdrawal     in  ok  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
GET  grading.result         in  ok  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
GET  papers.papers               in  ok  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
GET  papers.state                in  ok  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
GET  papers.read                 in  ok  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
GET  papers.own_original         in  ok  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
GET  papers.page                 in  ok  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
GET  papers.own_enclosure        in  ok  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
GET  papers.original             in  403 403  403 403 403 403 ok  ok  403 403 403  403 403 403 403 404 404 403 403 403
GET  papers.page_of_essay        in  403 403  403 403 403 403 ok  ok  403 403 403  403 403 403 403 404 404 403 403 403
GET  behalf.entries              in  403 403  ok  ok  403 403 403 403 ok  403 403  404 404 403 403 403 403 404 403 403
GET  behalf.entry                in  403 403  ok  ok  403 403 403 403 ok  403 403  404 404 403 403 403 403 404 403 403
GET  behalf.page                 in  403 403  ok  ok  403 403 403 403 ok  403 403  404 404 403 403 403 403 404 403 403
GET  behalf.original             in  403 403  ok  ok  403 403 403 403 ok  403 403  404 404 403 403 403 403 404 403 403
GET  behalf.state                in  403 403  ok  ok  403 403 403 403 ok  403 403  404 404 403 403 403 403 404 403 403
GET  reports.audit_trail    in  403 403  403 403 403 403 403 403 403 ok  403  403 403 403 403 403 403 403 ok  403
GET  reports.reports        in  403 403  ok  ok  403 403 403 403 ok  403 403  go  go  403 403 403 403 go  403 403
GET  reports.unit           in  403 403  ok  ok  403 403 403 403 ok  403 403  404 404 403 403 403 403 404 403 403
GET  reports.people         in  403 403  ok  ok  403 403 403 403 ok  403 403  404 404 403 403 403 403 404 403 403
GET  reports.people_sheet   in  403 403  ok  ok  403 403 403 403 ok  403 403  404 404 403 403 403 403 404 403 403
GET  reports.questions      in  403 403  403 ok  403 403 403 403 403 403 403  403 404 403 403 403 403 403 403 403
GET  authoring.desk         in  403 403  403 403 ok  ok  403 403 403 403 403  403 403 ok  ok  403 403 403 403 403
GET  authoring.new          in  403 403  403 403 ok  403 403 403 403 403 403  403 403 ok  403 403 403 403 403 403
GET  authoring.module       in  403 403  403 403 ok  ok  403 403 403 403 403  403 403 404 404 403 403 403 403 403
GET  authoring.file         in  403 403  403 403 ok  ok  403 403 403 403 403  403 403 404 404 403 403 403 403 403
GET  authoring.edit         in  403 403  403 403 ok  ok  403 403 403 403 403  403 403 404 404 403 403 403 403 403
GET  authoring.show         in  403 403  403 403 ok  ok  403 403 403 403 403  403 403 404 404 403 403 403 403 403
GET  authoring.picture      in  403 403  403 403 ok  ok  403 403 403 403 403  403 403 404 404 403 403 403 403 403
GET  authoring.new_picture  in  403 403  403 403 ok  403 403 403 403 403 403  403 403 404 403 403 403 403 403 403
GET  authoring.new_import   in  403 403  403 403 ok  403 403 403 403 403 403  403 403 404 403 403 403 403 403 403
GET  authoring.question_sheet in  403 403  403 403 ok  403 403 403 403 403 403  403 403 404 403 403 403 403 403 403
GET  authoring.new_export   in  403 403  403 403 ok  403 403 403 403 403 403  403 403 404 403 403 403 403 403 403
GET  authoring.export_questions in  403 403  403 403 ok  403 403 403 403 403 403  403 403 404 403 403 403 403 403 403
GET  content.image          in  ok  ok   ok  ok  ok  ok  ok  ok  ok  ok  ok   ok  ok  ok  ok  ok  ok  ok  ok  ok
GET  publishing.facts       in  403 403  403 403 ok  ok  403 403 403 403 403  403 403 ok  ok  403 403 403 403 403
GET  publishing.propose     in  403 403  403 403 ok  403 403 403 403 403 403  403 403 404 403 403 403 403 403 403
GET  publishing.proposal    in  403 403  403 403 ok  ok  403 403 403 403 403  403 403 404 404 403 403 403 403 403
GET  publishing.publish     in  403 403  403 403 ok  403 403 403 403 403 403  403 403 404 403 403 403 403 403 403
GET  publishing.versions    in  403 403  403 403 ok  ok  403 403 403 403 403  403 403 404 404 403 403 403 403 403
GET  publishing.version     in  403 403  403 403 ok  ok  403 403 403 403 403  403 403 404 404 403 403 403 403 403
POST reflections.dispense in  404 404  404 go  404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
POST reflections.end_dispensation in  404 404  404 go  404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
POST notices.mark_read      in  go  go   go  go  go  go  go  go  go  go  go   go  go  go  go  go  go  go  go  go
POST people.save_password   in  go  go   go  go  go  go  go  go  go  go  go   go  go  go  go  go  go  go  go  go
POST people.choose_display  in  go  go   go  go  go  go  go  go  go  go  go   go  go  go  go  go  go  go  go  go
POST people.issue_code      in  403 403  ok  403 403 403 403 403 403 403 ok   404 403 403 403 403 403 403 403 404
POST people.grant_role      in  403 403  go  403 403 403 403 403 403 403 go   404 403 403 403 403 403 403 403 404
POST people.end_role        in  403 403  go  403 403 403 403 403 403 403 go   404 403 403 403 403 403 403 403 404
POST people.note_absence     in  404 404  go  404 404 404 404 404 404 404 go   404 404 404 404 404 404 404 404 404
POST people.withdraw_absence in  404 404  go  404 404 404 404 404 404 404 go   404 404 404 404 404 404 404 404 404
POST drives.create          in  403 403  403 go  403 403 403 403 403 403 403  403 422 403 403 403 403 403 403 403
POST drives.change          in  403 403  403 go  403 403 403 403 403 403 403  403 404 403 403 403 403 403 403 403
POST drives.cite_document   in  403 403  403 go  403 403 403 403 403 403 403  403 404 403 403 403 403 403 403 403
POST drives.add_session     in  403 403  403 go  403 403 403 403 403 403 403  403 404 403 403 403 403 403 403 403
POST drives.add_points      in  403 403  403 go  403 403 403 403 403 403 403  403 404 403 403 403 403 403 403 403
POST drives.assign_point    in  403 403  403 go  403 403 403 403 403 403 403  403 404 403 403 403 403 403 403 403
POST drives.summon          in  403 403  403 go  403 403 403 403 403 403 403  403 404 403 403 403 403 403 403 403
POST drives.withdraw        in  403 403  403 go  403 403 403 403 403 403 403  403 404 403 403 403 403 403 403 403
POST drives.note_attendance in  403 403  403 go  403 403 403 403 403 403 403  403 404 403 403 403 403 403 403 403
POST lessons.read           in  go  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
POST lessons.keep_place     in  ok  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
POST quizzes.start          in  go  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
POST quizzes.save           in  go  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
POST quizzes.flag           in  go  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
POST quizzes.try_out        in  go  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
POST quizzes.check_answer   in  go  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
POST quizzes.hand_in        in  go  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
POST quizzes.set_rules       in  404 404  404 go  404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
POST quizzes.make_exception  in  404 404  404 go  404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
POST quizzes.withdraw_exception in  404 404  404 go  404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
POST quizzes.give_allowance  in  403 403  go  go  403 403 403 403 403 403 403  422 422 403 403 403 403 403 403 403
POST quizzes.withdraw_allowance in  403 403  go  go  403 403 403 403 403 403 403  404 404 403 403 403 403 403 403 403
POST quizzes.make_correction in  404 404  404 go  404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
POST quizzes.undo_correction in  404 404  404 go  404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
POST quizzes.judge_anomaly  in  404 404  404 go  404 404 404 404 404 403 404  404 404 404 404 404 404 404 404 404
POST quizzes.mark_answer    in  403 403  403 go  403 403 go  go  403 403 403  403 404 403 403 404 404 403 403 403
POST reflections.keep       in  go  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
POST reflections.merge      in  go  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
POST reflections.save       in  go  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
POST reflections.hand_in    in  go  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
POST reflections.reroute     in  403 403  403 go  403 403 403 go  403 403 403  403 404 403 403 403 404 403 403 403
POST reflections.verify_receipt ok  ok  ok   ok  ok  ok  ok  ok  ok  ok  ok  ok   ok  ok  ok  ok  ok  ok  ok  ok  ok
POST grading.unmask         in  403 403  403 403 403 403 403 409 403 403 403  403 403 403 403 403 404 403 403 403
POST grading.moderate       in  403 403  403 403 403 403 403 go  403 403 403  403 403 403 403 403 404 403 403 403
POST grading.set_rules      in  403 403  403 go  403 403 403 403 403 403 403  403 404 403 403 403 403 403 403 403
POST grading.set_capacity   in  403 403  403 403 403 403 403 go  403 403 403  403 403 403 403 403 404 403 403 403
POST grading.allocate       in  403 403  403 403 403 403 403 409 403 403 403  403 403 403 403 403 404 403 403 403
POST grading.move           in  403 403  403 403 403 403 403 go  403 403 403  403 403 403 403 403 404 403 403 403
POST grading.withdraw       in  409 404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
POST grading.claim          in  403 403  403 403 403 403 go  go  403 403 403  403 403 403 403 404 404 403 403 403
POST grading.keep           in  403 403  403 403 403 403 400 400 403 403 403  403 403 403 403 400 400 403 403 403
POST grading.take_back      in  403 403  403 403 403 403 404 404 403 403 403  403 403 403 403 404 404 403 403 403
POST grading.deal_with      in  404 404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
POST grading.confirm        in  403 403  403 403 403 403 404 404 403 403 403  403 403 403 403 404 404 403 403 403
POST grading.add_phrase     in  403 403  403 403 403 403 go  go  403 403 403  403 403 403 403 go  go  403 403 403
POST grading.grade          in  403 403  403 403 403 403 go  go  403 403 403  403 403 403 403 404 404 403 403 403
POST grading.make_appeal    in  409 404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
POST grading.add_own_note   in  go  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
POST grading.add_note       in  403 403  403 403 403 403 go  go  403 403 403  403 403 403 403 404 404 403 403 403
POST grading.decide_appeal  in  403 403  403 403 403 403 409 go  403 403 403  403 403 403 403 404 404 403 403 403
POST grading.withdraw_appeal in  go  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
POST grading.change_rubric  in  403 403  403 403 403 403 403 409 403 403 403  403 403 403 403 403 404 403 403 403
POST grading.undo_rubric    in  403 403  403 403 403 403 403 go  403 403 403  403 403 403 403 403 404 403 403 403
POST grading.ask_for_archive in  403 403  403 403 403 403 403 go  403 403 403  403 403 403 403 403 404 403 403 403
POST grading.release        in  403 403  403 403 403 403 403 go  403 403 403  403 403 403 403 403 404 403 403 403
POST papers.send_document        in  go  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
POST papers.send_photos          in  go  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
POST papers.confirm              in  go  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
POST papers.change_page          in  go  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
POST papers.remove_document      in  go  404  404 404 404 404 404 404 404 404 404  404 404 404 404 404 404 404 404 404
POST behalf.start                in  403 403  go  go  403 403 403 403 go  403 403  404 404 403 403 403 403 404 403 403
POST behalf.save                 in  403 403  go  go  403 403 403 403 go  403 403  404 404 403 403 403 403 404 403 403
POST behalf.add_document         in  403 403  go  go  403 403 403 403 go  403 403  404 404 403 403 403 403 404 403 403
POST behalf.add_photos           in  403 403  go  go  403 403 403 403 go  403 403  404 404 403 403 403 403 404 403 403
POST behalf.change_page          in  403 403  go  go  403 403 403 403 go  403 403  404 404 403 403 403 403 404 403 403
POST behalf.remove_document      in  403 403  go  go  403 403 403 403 go  403 403  404 404 403 403 403 403 404 403 403
POST behalf.decide               in  403 403  go  go  403 403 403 403 go  403 403  404 404 403 403 403 403 404 403 403
POST behalf.withdraw             in  403 403  go  go  403 403 403 403 go  403 403  404 404 403 403 403 403 404 403 403
POST authoring.create       in  403 403  403 403 go  403 403 403 403 403 403  403 403 422 403 403 403 403 403 403
POST authoring.add          in  403 403  403 403 go  403 403 403 403 403 403  403 403 404 403 403 403 403 403 403
POST authoring.move         in  403 403  403 403 go  403 403 403 403 403 403  403 403 404 403 403 403 403 403 403
POST authoring.rename       in  403 403  403 403 go  403 403 403 403 403 403  403 403 404 403 403 403 403 403 403
POST authoring.delete       in  403 403  403 403 go  403 403 403 403 403 403  403 403 404 403 403 403 403 403 403
POST authoring.restore      in  403 403  403 403 go  403 403 403 403 403 403  403 403 404 403 403 403 403 403 403
POST authoring.save         in  403 403  403 403 go  403 403 403 403 403 403  403 403 404 403 403 403 403 403 403
POST authoring.check        in  403 403  403 403 ok  ok  403 403 403 403 403  403 403 404 404 403 403 403 403 403
POST authoring.show_unsaved in  403 403  403 403 ok  ok  403 403 403 403 403  403 403 404 404 403 403 403 403 403
POST authoring.add_picture  in  403 403  403 403 ok  403 403 403 403 403 403  403 403 404 403 403 403 403 403 403
POST authoring.read_import  in  403 403  403 403 ok  403 403 403 403 403 403  403 403 404 403 403 403 403 403 403
POST authoring.write_import in  403 403  403 403 go  403 403 403 403 403 403  403 403 404 403 403 403 403 403 403
POST publishing.send_proposal in  403 403  403 403 409 403 403 403 403 403 403  403 403 404 403 403 403 403 403 403
POST publishing.decide      in  403 403  403 403 403 go  403 403 403 403 403  403 403 404 404 403 403 403 403 403
POST publishing.make_version in  403 403  403 403 409 403 403 403 403 403 403  403 403 404 403 403 403 403 403 403
POST publishing.restore     in  403 403  403 403 409 403 403 403 403 403 403  403 403 404 403 403 403 403 403 403
POST people.sign_out        go  go  go   go  go  go  go  go  go  go  go  go   go  go  go  go  go  go  go  go  go
POST people.open_sign_in    go  go  go   go  go  go  go  go  go  go  go  go   go  go  go  go  go  go  go  go  go
"""


@dataclass(frozen=True, eq=False)
class Row:
    method: str
    endpoint: str
    answers: dict[str, str]


def the_table() -> list[Row]:
    rows = []
    for line in TABLE.strip().splitlines()[1:]:
        method, endpoint, *answers = line.split()
        rows.append(Row(method, endpoint, dict(zip(VISITORS, answers, strict=True))))
    return rows


def ask(app: Flask, world: World, visitor: str, client: FlaskClient, row: Row) -> str:
    path = world.address(app, visitor, row.endpoint)
    answer = client.get(path) if row.method == "GET" else submit(client, path, **world.form(visitor, row.endpoint))
    return in_short(row.endpoint, answer)


def in_short(endpoint: str, answer: TestResponse) -> str:
    """An answer as the table writes it. Signing out leads to the sign-in page, too, but as to the page that follows."""
    to_sign_in = urlsplit(answer.location or "").path == "/people/sign-in" and endpoint != "people.sign_out"
    if to_sign_in or answer.status_code == 401:
        return "in"
    if answer.status_code in (200, 204):
        return "ok"
    return "go" if answer.status_code == 302 else str(answer.status_code)


def everything_stored(app: Flask) -> dict[str, list[str]]:
    """Every row of every table, and so every lasting effect that a request can have had."""
    with app.app_context(), database.engine.connect() as connection:
        return {
            table.name: sorted(repr(tuple(row)) for row in connection.execute(select(table)))
            for table in database.metadata.sorted_tables
        }


class Here(NamedTuple):
    app: Flask
    world: World


@pytest.fixture(scope="module")
def shared(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Here]:
    """One world for all visitors: what one of them changes is nothing that another one asks for."""
    url = databases.fresh()
    folder = tmp_path_factory.mktemp("routes")
    app = create_app(folder, SECRET_KEY=SECRET, DATABASE_URL=url, TESTING=True, THREADS=2)
    with app.app_context():
        world = build()
        database.session.remove()
    yield Here(app, world)
    with app.app_context():
        database.engine.dispose()
    databases.drop(url)


@pytest.fixture
def here(shared: Here) -> Iterator[Here]:
    with clock.stopped_at(NOON):
        yield shared


REACHED = ("ok", "go")
NOTED = ("reports.people_sheet", "quizzes.timeline", "papers.original", "grading.take_text", "grading.take_archive")
"""The GETs that write: taking names or an original away and looking into an attempt are noted in the audit trail."""


@pytest.mark.parametrize("visitor", VISITORS)
def test_every_route_answers_every_visitor_as_written_down(here: Here, visitor: str) -> None:
    app, world = here
    client = world.visit(app, visitor)
    table = the_table()
    harmless = [
        row
        for row in table
        if row.answers[visitor] not in REACHED or (row.method == "GET" and row.endpoint not in NOTED)
    ]
    stored = everything_stored(app)

    answers = {row: ask(app, world, visitor, client, row) for row in harmless}
    stored_after_harmless = everything_stored(app)
    answers |= {row: ask(app, world, visitor, client, row) for row in table if row not in harmless}

    wrong = [
        f"{row.method} {row.endpoint}: {answers[row]} instead of {row.answers[visitor]}"
        for row in table
        if answers[row] != row.answers[visitor]
    ]
    assert not wrong, f"{visitor}:\n" + "\n".join(wrong)
    assert stored_after_harmless == stored


def test_the_table_has_a_row_for_every_route_and_a_route_for_every_row(app: Flask) -> None:
    routes = {
        (method, rule.endpoint)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint != "static"
    }

    rows = [(row.method, row.endpoint) for row in the_table()]

    assert sorted(rows) == sorted(routes)


def test_only_sign_in_help_and_the_check_of_a_receipt_are_open_to_everybody(app: Flask) -> None:
    public = {endpoint for endpoint, view in app.view_functions.items() if getattr(view, "is_public", False)}

    assert public == {
        "people.sign_in",
        "people.open_sign_in",
        "home.help_page",
        "home.offline_page",
        "home.service_worker",
        "reflections.verify",
        "reflections.verify_receipt",
    }


def who_reaches(row: Row) -> str:
    """A visitor who is signed in and reaches the route, even if a rule then says no; the learner where nobody does."""
    return next((visitor for visitor in VISITORS[1:] if row.answers[visitor] in (*REACHED, "409")), "learner")


@pytest.mark.parametrize("token", ["none", "of another visitor"])
def test_a_post_without_its_own_token_is_refused_and_changes_nothing(here: Here, token: str) -> None:
    app, world = here
    stranger = token_on(app.test_client().get("/help")) if token == "of another visitor" else ""
    posts = [row for row in the_table() if row.method == "POST"]
    able = {row: who_reaches(row) for row in posts}
    clients = {visitor: world.visit(app, visitor) for visitor in set(able.values())}
    stored = everything_stored(app)

    answers = {}
    for row, visitor in able.items():
        fields = {"csrf_token": stranger, **world.form(visitor, row.endpoint)}
        path = world.address(app, visitor, row.endpoint)
        answers[row.endpoint] = clients[visitor].post(path, data=fields).status_code

    assert answers == dict.fromkeys(answers, 400)
    assert everything_stored(app) == stored


def test_another_learners_attempt_is_not_found(here: Here) -> None:
    app, world = here
    client = world.visit(app, "learner")
    path = f"/quizzes/attempts/{world.colleagues_attempt}"
    own = f"/quizzes/attempts/{world.finished_attempt}"
    answer = {"question": "mau-01", "chosen": ["a"], "counter": 9}
    stored = everything_stored(app)

    assert client.get(own).status_code == 200
    assert client.get(path).status_code == 404
    assert send_json(client, f"{path}/answers", answer).status_code == 404
    assert submit(client, f"{path}/answers", counter=9, **{"answer-mau-01": "a"}).status_code == 404
    assert submit(client, f"{path}/hand-in", counter=9).status_code == 404
    assert everything_stored(app) == stored


@pytest.mark.parametrize("whose", ["reflection", "own_reflection"])
def test_nobody_grades_their_own_reflection_and_everybody_of_the_unit_the_others(here: Here, whose: str) -> None:
    app, world = here
    client, path = world.visit(app, "reviewer_who_learns"), f"/grading/{getattr(world, whose)}"
    stored = everything_stored(app)
    scores: dict[str, Any] = {"revision": 1, "score-noi-dung": "10", "score-lien-he": "10"}

    opened = client.get(path).status_code
    claimed = submit(client, f"{path}/claim").status_code
    graded = submit(client, path, **scores).status_code

    expected = (404, 404, 404) if whose == "own_reflection" else (200, 302, 302)
    assert (opened, claimed, graded) == expected
    assert (everything_stored(app) == stored) == (whose == "own_reflection")


@pytest.mark.parametrize("visitor", ["reviewer", "grading_lead"])
def test_a_draft_is_read_by_nobody_but_its_author(here: Here, visitor: str) -> None:
    app, world = here
    client = world.visit(app, visitor)

    assert client.get(f"/grading/{world.reflection}").status_code == 200
    assert client.get(f"/grading/{world.draft}").status_code == 404


def test_a_neighbours_grading_lead_does_not_find_what_is_not_theirs_to_release(here: Here) -> None:
    app, world = here
    client = world.visit(app, "grading_lead_there")
    stored = everything_stored(app)

    answer = submit(client, f"/grading/release/{world.drive}", reflection=world.kept_back)

    assert answer.status_code == 404
    assert everything_stored(app) == stored


@pytest.mark.parametrize("number", [2**31, 10**30])
def test_a_number_that_no_column_holds_is_not_found_or_counts_as_not_given(here: Here, number: int) -> None:
    app, world = here
    rows = [row for row in the_table() if row.endpoint not in ("people.sign_out", "people.open_sign_in")]
    able = {row: who_reaches(row) for row in rows}
    clients = {visitor: world.visit(app, visitor) for visitor in set(able.values())}
    query = "&".join(f"{name}={number}" for name in ("from", "version", "after", "number"))

    for row, visitor in able.items():
        rule = next(app.url_map.iter_rules(row.endpoint))
        path = world.address(app, visitor, row.endpoint)
        if "<int:" in rule.rule:
            strange = re.sub(r"/\d+", f"/{number}", path)
            sent = clients[visitor].get(strange) if row.method == "GET" else submit(clients[visitor], strange)
            assert sent.status_code in (404, 405), strange
        if row.method == "GET":
            assert clients[visitor].get(f"{path}?{query}").status_code in (200, 302, 404), path
    forms: list[dict[str, Any]] = [{"based_on": number, "text-tam-dac": "Chữ."}, {"number": number, "commitment": 1}]
    for fields in forms:
        for action in ("", "keep", "hand-in"):
            path = f"/reflections/{world.drive}/{action}"
            assert submit(clients["learner"], path, **fields).status_code in (302, 404, 409), path
    draft = {"texts": {"tam-dac": "Chữ."}, "based_on": number}
    assert send_json(clients["learner"], f"/reflections/{world.drive}/", draft).status_code == 400
