"""`loss diagnose`: what is wrong with a loss's files, one function a rule.

`study.py` is what a rule may ask; `survey.py` collects it in one pass over blocks and tiles, read
as the files have them: what a loss command refuses is a finding here. `rules/` holds the rules.
"""
