"""`content/glossary.yaml`: what the abbreviations of the trade union stand for, one on a line."""

import re
from collections.abc import Mapping

import yaml

from lms.content.files import GLOSSARY, Files
from lms.content.frontmatter import Fields, Page, compose, fault_at

WORD = re.compile(r"[A-ZĐƯÂÊÔĂƠ]{2,12}\Z")


def read_glossary(files: Files) -> tuple[Page, Mapping[str, str]]:
    """The abbreviations with their expansions; a folder without the file has none."""
    page = Page(files if GLOSSARY in files else {GLOSSARY: b""}, GLOSSARY)
    node = compose(page, page.text)
    names = [key for key, _ in node.value] if isinstance(node, yaml.MappingNode) else []
    fields = Fields(page, node, [key.value for key in names if isinstance(key, yaml.ScalarNode)])
    for key in names:
        if not isinstance(key, yaml.ScalarNode) or not WORD.match(key.value):
            cure = "Viết chữ tắt bằng chữ hoa, ví dụ “CĐCS: công đoàn cơ sở”."
            fault_at(page, key, "bad-id", "Chữ tắt này chưa đúng mẫu.", cure)
    return page, {name: fields.text(name, most=120) for name in fields.nodes}
