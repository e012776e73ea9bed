"""Files that people hand in: kept by their content outside the web root, read by the worker in a child process with
limits, photographed pages made small, and what lay with a text frozen when it is handed in.
"""
