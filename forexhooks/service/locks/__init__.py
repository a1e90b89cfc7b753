"""Locks: the rates that a program used, in a file that answers the same questions for ever.

A lock holds questions with their answers, not a table. What was not asked is not in it, and nothing
in it can be mistaken for the answer to another question. `entries.py` turns a question and its
answer into a line, `file.py` the lines into a file, `lock.py` keeps them while a program runs, and
`locked.py` answers.
"""
