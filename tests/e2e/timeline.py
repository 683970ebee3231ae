#!/usr/bin/python3
"""Holds a trace against the rules of its format, the run's record, and what its model is.

timeline.py TRACE RECORD LANES CAN…

RECORD is what the run printed with --json --account (simulated, there is none), LANES what `crossover timeline --json` printed
of the trace, CAN what `crossover list --json` says of the model, "simulated" among it. A line for
each check: "ok NAME" or "not ok NAME: WHY".
"""

import collections
import json
import pathlib
import sys

TASKS_PID = (1 << 22) + 1
ROUNDED_US = 0.0021  # begin and length are each rounded to nanoseconds


def load(path):
    return json.loads(pathlib.Path(path).read_text())


def rows_of(trace):
    """The slices of each process and thread, in their order."""
    rows = collections.defaultdict(list)
    for event in trace["traceEvents"]:
        if event["ph"] == "X":
            rows[event["pid"], event["tid"]].append(event)
    for slices in rows.values():
        slices.sort(key=lambda event: event["ts"])
    return rows


def end(event):
    return event["ts"] + event["dur"]


def check_events(trace):
    for event in trace["traceEvents"]:
        assert event["ph"] in "MX", f"an event of the phase {event['ph']}"
        assert isinstance(event["pid"], int) and isinstance(event["tid"], int), event
        assert isinstance(event["name"], str), event
        if event["ph"] == "X":
            assert event["dur"] >= 0 and event["ts"] >= 0, event


def check_rows(trace):
    for row, slices in rows_of(trace).items():
        for before, after in zip(slices, slices[1:]):
            assert end(before) <= after["ts"] + ROUNDED_US, f"{row}: {before} is in {after}"


def check_tasks(trace, can):
    rows = rows_of(trace)
    names = {
        event["tid"]: event["args"]["name"]
        for event in trace["traceEvents"]
        if event["pid"] == TASKS_PID and event["name"] == "thread_name"
    }
    for task in range(trace["otherData"]["tasks"]):
        slices = rows[TASKS_PID, task + 2]
        assert names[task + 2] == f"task {task}", names[task + 2]
        assert slices, f"task {task} has no row"
        assert slices[0]["cat"] in ("queued", "running") or "simulated" in can, slices[0]
        assert slices[-1]["name"] == "its last step" or "simulated" in can, slices[-1]
        for before, after in zip(slices, slices[1:]):
            gap = after["ts"] - end(before)
            assert gap <= 1, f"task {task}: {gap:.3f} us between {before} and {after}"
            assert after["cat"] != "queued", f"task {task} is queued twice"


def check_workers(trace, can):
    """What a task runs stands in its worker's row too, at the same time."""
    kinds = {"running", "computing", "holding"} - ({"computing"} if "simulated" in can else set())
    ran = {
        (event["pid"], event["tid"], event["name"], event["cat"], event["ts"], event["dur"])
        for event in trace["traceEvents"]
        if event["ph"] == "X" and event["pid"] != TASKS_PID
    }
    for (pid, tid), slices in rows_of(trace).items():
        for event in slices:
            if pid == TASKS_PID and event["cat"] in kinds:
                name = "root" if tid == 1 else f"task {tid - 2}"
                at = event["args"]["process"], event["args"]["thread"]
                same = *at, name, event["cat"], event["ts"], event["dur"]
                assert same in ran, f"nobody ran {event}"


def check_sums(trace, record, lanes):
    children = [
        event
        for event in trace["traceEvents"]
        if event["ph"] == "X" and event["pid"] == TASKS_PID and event["tid"] > 1
    ]
    life = sum(event["dur"] for event in children) / 1e6
    if record.get("account") is not None:
        life = record["account"]["life_s"]
    rounded = 1e-9 * len(children) + 1e-8 * life  # the record has nine digits
    for what, total in (
        ("the trace's", sum(event["dur"] for event in children) / 1e6),
        ("the timeline's", sum(lanes["states_s"].values())),
        ("its lanes'", sum(sum(lane["states_s"].values()) for lane in lanes["lanes"])),
    ):
        assert abs(total - life) <= rounded, f"{what} sum is {total}, the account's {life}"
    wall, recorded = trace["otherData"]["wall_s"], record["wall_s"]
    assert abs(wall - recorded) <= 1e-8 * wall + 1e-9, f"the run took {wall}, by the record {recorded}"


def check_places(lanes):
    """No two are in a row at the same time, and each in as low a one as was free."""
    rows = collections.defaultdict(list)
    for task in lanes["in_progress"]:
        assert task["row"] < lanes["lanes"][task["lane"]]["rows"], task
        rows[task["lane"], task["row"]].append(task)
    for tasks in rows.values():
        tasks.sort(key=lambda task: task["begin_s"])
        for before, after in zip(tasks, tasks[1:]):
            assert before["end_s"] <= after["begin_s"] + 3e-9, f"{before} and {after}"
    assert len(lanes["in_progress"]) == lanes["tasks"], "not every task has a row"


def check_model(lanes, root, can):
    """What tells the models apart."""
    stepping = sorted({task["lane"] for task in lanes["in_progress"]})
    used = [lanes["lanes"][lane] for lane in stepping]
    rows = [lane["rows"] for lane in used]
    tasks, width, model = lanes["tasks"], lanes["width"], lanes["model"]
    # A loop that computes itself has one task in progress: the next begins when that is over.
    inline = lanes["workload"] == "squares" and "parallel_compute" not in can
    computing = [lane for lane in lanes["lanes"] if lane["states_s"]["computing"] > 0]
    if "concurrent" not in can:
        assert rows == [1], rows
    elif "preemptive" in can:
        assert set(rows) == {1} and len(rows) <= width, rows
        assert model != "threads" or len(rows) == tasks, rows
    elif "parallel_steps" in can:
        assert len(rows) == 2 or (inline and len(rows) == 1), rows
        assert inline or sum(rows) == tasks, rows
    else:
        assert rows == [1 if inline else tasks], rows
    processes = {lane["process"] for lane in used}
    if model == "processes":
        assert len(processes) == len(used) and root not in processes, processes
    else:
        assert processes == {root}, processes
    if model == "uv-pool" and lanes["workload"] == "squares":
        assert computing and not set(map(id, computing)) & set(map(id, used)), "the loop computed"
    if "concurrent" in can and "preemptive" not in can and "simulated" not in can and not inline:
        assert any(lane["idle_s"] > 0 for lane in used), "no loop waited for the kernel"


def root_process(trace):
    return rows_of(trace)[TASKS_PID, 1][0]["args"]["process"]


def main():
    trace, record = load(sys.argv[1]), load(sys.argv[2])
    lanes, can = load(sys.argv[3])["timelines"][0], sys.argv[4:]
    checks = {
        "its events are the format's": lambda: check_events(trace),
        "no slice is in another": lambda: check_rows(trace),
        "each task's row has no gap": lambda: check_tasks(trace, can),
        "workers show what tasks ran": lambda: check_workers(trace, can),
        "its sums are the record's": lambda: check_sums(trace, record, lanes),
        "each task has a place": lambda: check_places(lanes),
        "its lanes are the model's": lambda: check_model(lanes, root_process(trace), can),
    }
    for name, check in checks.items():
        try:
            check()
            print(f"ok {name}")
        except (AssertionError, KeyError, TypeError, IndexError) as error:
            print(f"not ok {name}: {type(error).__name__} {error}"[:500].replace("\n", " "))


main()
