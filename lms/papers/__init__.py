"""A reflection on paper or in a file: the author sends it, checks what was read in it, puts pages in order; whoever may
read the essay sees its pages and takes the originals away as downloads.
"""
