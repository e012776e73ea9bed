"""Topic modules: Markdown folders, checked and published as versions that never change.

Pages: for authors, the list of modules and each version as learners see it, with keys, explanations and sources.
"""
