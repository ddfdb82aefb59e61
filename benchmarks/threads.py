#!/usr/bin/env python3
"""Compares two threads with one, on a busy or on an idle machine.

  benchmarks/threads.py busy   beside one busy process per core, two threads take at most 1.3 times the time of one
  benchmarks/threads.py idle   a second thread gives at least 1.7 times the frames of MinVIS with a ResNet-50

Exit code 1: the limit is not met. Variables of OpenMP are passed on: GOMP_SPINCOUNT=300000 benchmarks/threads.py busy
shows what the runtime's own default does. Needs a build (tools/build.sh release) and two cores; Python 3.9 or newer.
"""
import argparse
import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SLOWEST_BUSY = 1.3
LEAST_GAIN = 1.7


def clipwork(program, *arguments):
    done = subprocess.run([program, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{program} {' '.join(map(str, arguments))}\nfailed with exit code {done.returncode}:\n{done.stderr}")


def make_video(program, folder):
    """A folder of pictures."""
    clipwork(program, "dataset", "make", "synthetic", "--profile", "ovis_like", "--split", "val", "--videos", 1, "--out", folder)
    return next((folder / "val" / "JPEGImages").iterdir())


class Runs:
    """Runs of one config over one video, with any number of threads."""

    def __init__(self, program, arguments, video, folder):
        self.program, self.arguments, self.video, self.folder = program, list(arguments), video, folder
        for output in ["ids", "overlay", "report"]:
            self.arguments += ["--set", f"output.{output}=false"]

    def measure(self, threads):
        """Seconds of the whole process, and frames per second of the run."""
        out = self.folder / f"out_{threads}_{time.monotonic_ns()}"
        start = time.monotonic()
        clipwork(self.program, "run", *self.arguments, "--input", self.video, "--out", out, "--quiet", "--set", f"run.threads={threads}")
        seconds = time.monotonic() - start
        return seconds, json.loads((out / "stats.json").read_text())["frames_per_second"]


@contextlib.contextmanager
def busy_processes(count):
    processes = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def compare(runs, rounds):
    """Medians of both figures for one thread and for two, measured in turns."""
    results = {1: [], 2: []}
    for _ in range(rounds):
        for threads, measured in results.items():
            measured.append(runs.measure(threads))
            print(f"  {threads} thread{'s' if threads > 1 else ' '} {measured[-1][0]:7.2f} s  {measured[-1][1]:7.2f} frames/s", flush=True)
    return {threads: [statistics.median(figure) for figure in zip(*measured)] for threads, measured in results.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("machine", choices=["busy", "idle"])
    parser.add_argument("--clipwork", default=ROOT / "build/release/bin/clipwork", help="the program (default: that of build/release)")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        video = make_video(options.clipwork, folder / "synthetic")
        if options.machine == "busy":
            runs = Runs(options.clipwork, ["clipwork:demo/novis.toml"], video, folder)
            with busy_processes(os.cpu_count()):
                medians = compare(runs, options.rounds)
            ratio = medians[2][0] / medians[1][0]
            print(f"two threads take {ratio:.2f} times the time of one; the limit is {SLOWEST_BUSY}")
            return 0 if ratio <= SLOWEST_BUSY else 1
        runs = Runs(options.clipwork, ["clipwork:minvis/ytvis2019_r50.toml", "--weights", "rule"], video, folder)
        medians = compare(runs, options.rounds)
        gain = medians[2][1] / medians[1][1]
        print(f"two threads give {gain:.2f} times the frames of one; at least {LEAST_GAIN} are expected")
        return 0 if gain >= LEAST_GAIN else 1


if __name__ == "__main__":
    sys.exit(main())
