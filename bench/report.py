#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""From the JSON of the benchmark programs to the table of goals (docs/performance.md says more) and the plots in docs.

Usage: report.py DIRECTORY_WITH_JSON LIBRARY DOCS_DIRECTORY
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

import plot

SHAPES = ["flat", "chain", "tree", "stacked", "host", "desktop"]
PEERS = {"libmount": ("libmount", 20), "moby": ("moby/sys/mountinfo, Go", 8), "procfs": ("procfs crate, Rust", 20)}


class Figures:
    """Medians by the name of the benchmark, the units of time made seconds."""

    def __init__(self, directory):
        self.by_name = {}
        for path in sorted(directory.glob("*.json")):
            for run in json.loads(path.read_text())["benchmarks"]:
                if run.get("aggregate_name") == "median":
                    name = re.sub("/(manual|real)_time$", "", run["run_name"])
                    self.by_name[name] = run

    def has(self, name):
        return name in self.by_name

    def get(self, name, what="per_mount"):
        return self.by_name[name][what]

    def seconds(self, name):
        run = self.by_name[name]
        return run["real_time"] * {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1}[run["time_unit"]]


def row(number, figure, goal, median, ratio, met):
    return f"| {number} | {figure} | {goal} | {median} | {ratio} | {'yes' if met else 'no'} |"


def parse_rows(figures):
    for shape in SHAPES:
        ours = figures.get(f"parse/{shape}/10000")
        yield row("P1", f"parse, {shape}, 10 000 mounts", "<= 50 ns per mount", f"{ours * 1e9:.0f} ns", "", ours <= 50e-9)
        for peer, (words, goal) in PEERS.items():
            if figures.has(f"{peer}/{shape}/10000"):
                ratio = figures.get(f"{peer}/{shape}/10000") / ours
                yield row("P1", f"the same, {words}", f">= {goal} x", f"{ratio * ours * 1e9:.0f} ns", f"{ratio:.1f} x", ratio >= goal)
        if figures.has(f"libmount/{shape}/10000"):
            scalar = figures.get(f"scalar/{shape}/10000")
            ratio = figures.get(f"libmount/{shape}/10000") / scalar
            yield row("P1", "the same, ours without SIMD", ">= 8 x libmount", f"{scalar * 1e9:.0f} ns", f"{ratio:.1f} x", ratio >= 8)


def unfold_rows(figures):
    for shape in SHAPES:
        small, large = figures.get(f"unfold/{shape}/10000"), figures.get(f"unfold/{shape}/100000")
        for count, seconds in (("10 000", small), ("100 000", large)):
            yield row("P2", f"unfold, {shape}, {count} mounts", "<= 100 ns per mount", f"{seconds * 1e9:.0f} ns", "", seconds <= 100e-9)
        growth = 10 * large / small
        yield row("P2", f"the same, time of 100 000 to 10 000", "<= 12", "", f"{growth:.1f}", growth <= 12)


def live_rows(figures):
    for count in (100, 1000, 10000):
        ours, bare = figures.seconds(f"live/text/{count}"), figures.seconds(f"live/read/{count}")
        yield row("P3", f"read, parse and unfold {count} live mounts", "<= 1.05 x read(2) alone", f"{ours * 1e3:.2f} ms",
                  f"{ours / bare:.2f}", ours <= 1.05 * bare)
    for backend in ("detached", "fd"):
        calls = [int(figures.get(f"bind_tree/{backend}/{n}", "calls")) for n in (10, 100, 1000)]
        reads = [int(figures.get(f"bind_tree/{backend}/{n}", "reads")) for n in (10, 100, 1000)]
        yield row("P4", f"calls to bind a tree of 10, 100, 1 000 mounts, {backend}", "the same, no read(2)", ", ".join(map(str, calls)), "",
                  len(set(calls)) == 1 and not any(reads))


def run_rows(figures):
    for count, goal in ((0, 0.8), (1000, 0.3), (3000, 0.1)):
        ours, peer = (figures.seconds(f"run/{name}/whole/{count}") for name in ("mountplan", "bwrap"))
        yield row("P5", f"`mountplan run`, {count} extra mounts", f"<= {goal} x bubblewrap", f"{ours * 1e3:.1f} ms", f"{ours / peer:.2f}",
                  ours <= goal * peer)


def memory_rows(figures):
    shape = max(SHAPES, key=lambda name: figures.get(f"parse/{name}/10000", "memory_per_text"))
    memory = figures.get(f"parse/{shape}/10000", "memory_per_text")
    yield row("P6", f"memory of table and tree, 10 000 mounts, {shape} (the most)", "<= 2.5 x the text", "", f"{memory:.2f}", memory <= 2.5)


def library_rows(library):
    with tempfile.TemporaryDirectory() as directory:
        stripped = pathlib.Path(directory, "library")
        subprocess.run(["strip", "-o", stripped, library], check=True)
        size = stripped.stat().st_size / 1024
        needed = re.findall(r"NEEDED.*\[(.*)\]", subprocess.run(["readelf", "-d", stripped], check=True, capture_output=True, text=True).stdout)
    yield row("P7", "libmountplan.so, stripped", "<= 150 KiB", f"{size:.0f} KiB", "", size <= 150)
    yield row("P7", "what it needs", "libc alone", ", ".join(needed), "", needed == ["libc.so.6"])


def call_rows(figures):
    calls, fewest = (figures.get("apply/detached", what) for what in ("calls", "fewest"))
    yield row("P8", "calls of prepare and apply of a plan of 20 ops", f"<= 1.5 x the fewest, {fewest:.0f}", f"{calls:.0f}",
              f"{calls / fewest:.2f}", calls <= 1.5 * fewest)


def other_lines(figures):
    names = ["options/host", "options/desktop", "live/statmount/1000", "prepare/detached", "prepare/fd", "prepare/classic", "apply/detached",
             "apply/fd", "apply/classic", "bind_tree/detached/1000", "bind_tree/fd/1000", "bind_tree/classic/1000", "spawn/bare", "spawn/mount",
             "spawn/mount_unverified", "spawn/user_pid", "list/mountplan/1000", "list/findmnt/1000"]
    for name in names:
        if figures.has(name):
            yield f"| {name} | {figures.seconds(name) * 1e6:.0f} us |"


def draw(figures, docs):
    counts = (100, 1000, 10000, 100000)
    names = {"parse": "libmountplan", "scalar": "the same, no SIMD", **{peer: words.split(",")[0] for peer, (words, _) in PEERS.items()}}
    series = [(words, [(n, figures.get(f"{name}/host/{n}") * 1e9) for n in counts]) for name, words in names.items()
              if figures.has(f"{name}/host/100")]
    (docs / "parse.svg").write_text(plot.draw("Parsing the mount table of a container host", "mounts", "ns per mount", series, True))
    if figures.has("run/bwrap/whole/0"):
        series = [(words, [(n, figures.seconds(f"run/{name}/whole/{n}") * 1e3) for n in (0, 1000, 3000)])
                  for name, words in (("mountplan", "mountplan run"), ("bwrap", "bubblewrap"))]
        (docs / "run.svg").write_text(plot.draw("A sandbox with all of the host read-only, from start to end", "extra mounts on the host",
                                                "ms", series, False))


def main():
    figures, library, docs = Figures(pathlib.Path(sys.argv[1])), sys.argv[2], pathlib.Path(sys.argv[3])
    print("| | figure | goal | median | ratio in the same run | met |\n|---|---|---|---|---|---|")
    live = figures.has("live/read/100")
    for rows in (parse_rows(figures), unfold_rows(figures), live_rows(figures) if live else (), run_rows(figures) if live else (),
                 memory_rows(figures), library_rows(library), call_rows(figures) if live else ()):
        for line in rows:
            print(line)
    print("\n| other | median |\n|---|---|")
    for line in other_lines(figures):
        print(line)
    draw(figures, docs)


if __name__ == "__main__":
    main()
