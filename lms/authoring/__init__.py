"""Authoring: a module's files, written and tried in the browser. The text is the same as in `content/`.

Pages: the desk of modules, a module as files, the editor with faults and preview, pictures, import of questions.
"""
