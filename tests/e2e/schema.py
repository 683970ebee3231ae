#!/usr/bin/python3
"""Holds what the programs write against the schemas, and the schemas against broken lines.

schema.py described              every field of every schema is described
schema.py valid SCHEMA FILE      every object in FILE keeps to it, and every null has its reason
schema.py broken SCHEMA FILE     for each way to break an object of FILE, a line: "ok NAME", or
                                 "not ok NAME" where the schema did not notice

Needs Debian's python3-jsonschema, no network: a schema names another one by its file.
"""

import copy
import json
import pathlib
import sys

from jsonschema import Draft202012Validator, RefResolver

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "bench" / "schema"


def validator(name):
    path = FOLDER / name
    schema = json.loads(path.read_text())
    return Draft202012Validator(schema, resolver=RefResolver(path.as_uri(), schema))


def objects(path):
    """The objects of a file one after another, each on one line or on several."""
    text, at = pathlib.Path(path).read_text().strip(), 0
    while at < len(text):
        value, end = json.JSONDecoder().raw_decode(text, at)
        yield value
        at = end + len(text[end:]) - len(text[end:].lstrip())


# ---- The schemas themselves. ----


def undescribed(schema, whole, path=""):
    """Fields of which neither their place nor what they refer to says what they are."""
    for key, part in schema.items() if isinstance(schema, dict) else enumerate(schema):
        if key in ("properties", "patternProperties"):
            for field, what in part.items():
                shared = what.get("$ref", "").removeprefix("#/$defs/")
                if "description" not in {**whole["$defs"].get(shared, {}), **what}:
                    yield f"{path}.{field}"
        # What stands below these are rules for fields that are described elsewhere.
        if isinstance(part, (dict, list)) and key not in ("if", "then", "else", "allOf"):
            yield from undescribed(part, whole, f"{path}.{key}")


def described():
    faults = []
    for path in sorted(FOLDER.glob("*.json")):
        schema = json.loads(path.read_text())
        Draft202012Validator.check_schema(schema)
        if schema["$id"] != path.name:
            faults.append(f"{path.name} calls itself {schema['$id']}")
        faults += [f"{path.name}: nothing is said of {at}" for at in undescribed(schema, schema)]
    return faults


# ---- What was written. ----


def nulls(value, path=""):
    """Paths of the nulls, except in parts that have reasons of their own."""
    for key, part in value.items():
        if part is None:
            yield path + key
        elif isinstance(part, dict) and "missing" not in part:
            yield from nulls(part, f"{path}{key}.")


def unexplained(value):
    """Paths where nulls and reasons differ; the schemas can say this only of the names they know."""
    if isinstance(value, dict):
        if "missing" in value or value.get("type") in ("launch", "block"):
            differ = set(nulls(value)) ^ set(value.get("missing", {}))
            # A cell of commands alone has no workload; it also says what its launches will lack.
            lacks = {"workload", "syscalls", "account"} if value.get("type") == "cell" else set()
            yield from differ - lacks
        value = list(value.values())
    for part in value if isinstance(value, list) else []:
        yield from unexplained(part)


def valid(name, path):
    check, faults, count = validator(name), [], 0
    for count, value in enumerate(objects(path), 1):
        what = f"object {count} ({value.get('type', '')} {value.get('kind', '')})"
        for error in check.iter_errors(value):
            at = ".".join(map(str, error.absolute_path))
            faults.append(f"{what} at '{at}': {error.message[:200]}")
        faults += [f"{what}: '{at}': null without a reason, or the reverse" for at in unexplained(value)]
    return faults if count > 0 else [f"{path} is empty"]


# ---- Broken on purpose. ----


def put(new, *path):
    def change(value):
        for key in path[:-1]:
            value = value.setdefault(key, {}) if isinstance(value, dict) else value[key]
        value[path[-1]] = new

    return change


def drop(*path):
    def change(value):
        for key in path[:-1]:
            value = value[key]
        del value[path[-1]]

    return change


def line(kind):
    return lambda value: value["type"] == kind


def launch(*kinds, having=()):
    return lambda value: (
        value["type"] == "launch"
        and (not kinds or value["kind"] in kinds)
        and all(key in value for key in having)
    )


def good(value):
    return value["type"] == "launch" and "failed" not in value


def with_record(value):
    return good(value) and "record" in value


def with_ideal(value):
    return value["type"] == "ideal" and "record" in value


def accounted(value):
    return value["type"] == "account" and "record" in value


def with_account(value):
    return value["cells"][0]["arms"][0]["account"] is not None


def any_object(value):
    return True


def with_ratio(value):
    return value["cells"][0]["arms"][0]["over_ideal"] is not None


def with_figures(value):
    return value["figures"] is not None and None not in value["figures"].values()


def counted(value):
    return value["certificate"]["operations"] is not None


def simulated(value):
    return value["simulated"]


def measured(value):
    return not value["simulated"]


# What it is, the objects that it is done to, what is done to the first of them.
WAYS = {
    "launches-1.json": [
        ("a line of an unknown type", line("end"), put("pause", "type")),
        ("a line without a type", line("block"), drop("type")),
        ("a session of a future version", line("session"), put(2, "schema_version")),
        ("a cell of a future version", line("cell"), put(2, "schema_version")),
        ("a record of a future version", with_record, put(4, "record", "schema_version")),
        ("an environment of a future version", line("session"), put(3, "environment", "schema_version")),
        ("a session without its seed", line("session"), drop("seed")),
        ("a launch without its kind", launch(), drop("kind")),
        ("a launch of an unknown kind", launch(), put("cold", "kind")),
        ("a launch with an unknown key", launch(), put(1, "wall_s")),
        ("a time that is text", good, put("0.1", "process_s")),
        ("a negative time", good, put(-0.1, "process_s")),
        ("a null without its reason", good, put(None, "machine", "steal_s")),
        ("a reason for what is not null", good, put("why not", "missing", "exit_status")),
        ("a failure without a reason", launch(having=["failed"]), put("", "failed")),
        ("a launch that counts in spite of its status", good, put(1, "exit_status")),
        ("a launch that counts in spite of wrong results", with_record, put(False, "record", "verified")),
        ("a bounded launch that counts", launch(having=["bound"]), drop("failed")),
        ("a warm-up in a block", launch("warm-up"), put(0, "block")),
        ("a timed launch without its block", launch("timed"), drop("block")),
        ("a timed launch with a look at its tree", launch("timed"), put(None, "tree")),
        ("a traced launch without its system calls", launch("traced"), drop("syscalls")),
        ("an ideal without a record or a reason", with_ideal, drop("record")),
        ("an ideal with both", with_ideal, put("why not", "failed")),
        ("an ideal without its command", with_ideal, drop("command")),
        ("an ideal of a run that was stopped", with_ideal, put(False, "record", "complete")),
        ("an ideal of which nobody knows what was computed", with_ideal, put(None, "record", "computed_s")),
        ("an account without a record or a reason", accounted, drop("record")),
        ("an account with both", accounted, put("why not", "failed")),
        ("an account of nobody", accounted, drop("arm")),
        ("an account of a launch that was not asked for it", accounted, put(["noop", "-m"], "command")),
        ("an account of a run that was stopped", accounted, put(False, "record", "complete")),
        ("an account without what is unexplained", accounted, drop("record", "account", "residual_s")),
        ("an unknown outcome", with_record, put(1, "record", "outcomes", "vanished")),
        ("a record without its latency", with_record, drop("record", "latency_s")),
        ("a record's null without its reason", with_record, drop("record", "missing", "cancel_latency_s")),
        ("half a task in a histogram", with_record, put([[1, 0.5]], "record", "histograms", "latency")),
        ("an arm without a command", line("cell"), put({"label": "x", "command": []}, "arms", 0)),
        ("a program's hash cut short", line("cell"), put("0123", "programs", "x")),
        ("a CPU without a number", line("cell"), put(["first"], "placement", "client_cpus")),
        ("a block with a negative number", line("block"), put(-1, "block")),
        ("a disturbance by nobody known", line("disturbed"), put("the moon", "by")),
        ("an end for no known reason", line("end"), put("boredom", "why")),
    ],
    "record-3.json": [
        ("a record of a former version", any_object, put(2, "schema_version")),
        ("a certificate without an id", any_object, drop("certificate", "id")),
        ("a certificate's count that is text", any_object, put("4", "certificate", "tasks")),
        ("a certificate's null without a reason", counted, put(None, "certificate", "operations")),
        ("a simulated run that used the machine", simulated, put(0, "user_s")),
        ("a run that was said to be simulated", measured, put(True, "simulated")),
        ("a record without a seed", any_object, drop("seed")),
        ("a record with an unknown key", any_object, put(0, "wall_ns")),
        ("a record's negative time", any_object, put(-1e-9, "wall_s")),
        ("a record's reason for an unknown path", any_object, put("why not", "missing", "wall_s")),
        ("a figure's null without a reason", with_figures, put(None, "figures", "x_ns")),
    ],
    "summary-1.json": [
        ("a summary of a future version", any_object, put(2, "schema_version")),
        ("a summary's median without a reason", any_object, put(None, "cells", 0, "arms", 0, "median")),
        ("an arm's ratio to the ideal without a reason", with_ratio, put(None, "cells", 0, "arms", 0, "over_ideal")),
        ("an ideal without a reason", any_object, put({"seconds": None, "missing": {}}, "cells", 0, "ideal")),
        ("an ideal without its width", any_object, drop("cells", 0, "ideal", "width")),
        ("an arm's account without a reason", with_account, put(None, "cells", 0, "arms", 0, "account")),
        ("an account's unknown part", with_account, put(0, "cells", 0, "arms", 0, "account", "luck_s")),
        ("an account without what is unexplained", with_account,
         drop("cells", 0, "arms", 0, "account", "shares", "residual")),
        ("an unknown cost", any_object, put(1, "cells", 0, "arms", 0, "costs", "money")),
    ],
    "environment-2.json": [
        ("an environment without a CPU", any_object, drop("cpu")),
        ("an environment with an unknown key", any_object, put("red", "colour")),
    ],
}


def broken(name, path):
    check, all_objects = validator(name), list(objects(path))
    for what, selects, change in WAYS[name]:
        whole = next((value for value in all_objects if selects(value)), None)
        if whole is None or not check.is_valid(whole):
            yield f"not ok {what}: there is nothing to break"
            continue
        part = copy.deepcopy(whole)
        change(part)
        yield f"not ok {what}" if part == whole or check.is_valid(part) else f"ok {what}"


def main(command, *arguments):
    if command == "broken":
        print(*broken(*arguments), sep="\n")
        return 0
    faults = described() if command == "described" else valid(*arguments)
    print(*faults[:5], sep="; ")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
