"""What "done" means: worked out from the facts of the steps before, for one learner and for every unit of the tree.

It has no pages of its own: the learner's desk (`home`) and the units' progress (`reports`) show what it says.
"""
