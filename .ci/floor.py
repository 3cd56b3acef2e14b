"""Compares a runner's totals with the committed floor: a class may pass more cases than its floor, never fewer.

    python3 floor.py floor.json RUNNER.json     RUNNER.json is loglik.conformance/1 or loglik.nasty/1
"""
import json
import sys

floors, run = (json.load(open(path)) for path in sys.argv[1:3])
floor = floors[run["format"]]
passed = {}
for case in run["cases"]:
    kind = case.get("class", "nasty")
    passed[kind] = passed.get(kind, 0) + (case["verdict"] == "pass")
short = {kind: (passed.get(kind, 0), least) for kind, least in floor.items() if passed.get(kind, 0) < least}
for kind, (got, least) in sorted(short.items()):
    print(f"{kind}: {got} cases pass, the floor is {least}")
above = {kind: n for kind, n in passed.items() if n > floor.get(kind, 0)}
if above:
    print("above their floor (raise it):", ", ".join(f"{kind} {n}" for kind, n in sorted(above.items())))
sys.exit(1 if short else 0)
