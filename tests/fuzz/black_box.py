#!/usr/bin/env python3
"""Runs the program on damaged files of every format that it reads, and reports crashes, hangs and memory without bound.

  tests/fuzz/black_box.py --count 20000 -j 2 --out build/black_box      and again with the same --out, to go on after an interruption
  tests/fuzz/black_box.py --only video:17 --out build/black_box         makes one input again and runs it

Input N of a format is a function of the seed, the format and N. Every run may take 10 s of processor time (30 s in all), and 1 GB of
memory. A crash is a death by signal; exit codes other than 0, 2 and 3, and control characters in what is printed, are findings too.
Runs are copies of a process that has loaded LibTorch already (program_server.cpp); --only starts the program itself.
OUT/findings keeps every such input with its command and output, OUT/results.tsv has one line for each run.
Exit code 1: there are findings. Needs a build (tools/build.sh release); Python 3.9 or newer and nothing else.
"""
import argparse
import concurrent.futures
import copy
import dataclasses
import io
import json
import os
import pathlib
import queue
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SEEDS = ROOT / "tests/fuzz/seeds"

CPU_SECONDS = 10
WALL_SECONDS = 30
MEMORY_KB = 1 << 20
# The program itself maps LibTorch. Beyond this an allocation fails, which is a finding as well.
ADDRESS_SPACE_KB = 8 << 20
SMALL_FILE = 1 << 20

GOOD_CODES = {0, 2, 3}
CONTROLS = set(range(32)) - {9, 10} | {127}

# ---------------------------------------------------------------------------------------------------------------------------------------
# Mutations

NUMBERS = ["0", "-0", "1", "-1", "255", "256", "65535", "65536", "2147483647", "2147483648", "4294967295", "4294967296",
           "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551616", "1e308", "-1e308", "1e99999",
           "0e308", "1e-320", "0." + "0" * 348 + "1", "0." + "0" * 25, "1" + "0" * 400, "NaN", "Infinity", "-Infinity"]
TEXTS = ["", "a", "../../etc/passwd", "/etc/passwd", "\x1b]0;x\x07\x1b[31m", "line\rbreak\n", "\u202e", "\U0010ffff", "9" * 300, "x" * 70000,
         "(" * 3000, "(a*)*" * 20 + "b", "no_occlusion", "0d0", "34="]
WORDS = {
    "annotations": ['"videos"', '"images"', '"annotations"', '"segmentations"', '"counts"', '"size"', "[[[[", "null", "{}", "\ufeff"],
    "results": ['"video_id"', '"score"', '"segmentations"', '"counts"', '"image_id"', "null", "[]", "\ufeff"],
    "config": ["extends = ", "[model.decoder]", "type = ", "[plugins]\npath = ['.']", "{ a = ", "[[", '"""', "replace = true", "inf",
               "allow_missing = ['(a+)+$']", "1979-05-27", "\ufeff", "a.b.c.d.e"],
    "checkpoint": ["ctorch\nFloatStorage\n", "ccollections\nOrderedDict\n", "h\0", "q\0", "}", "u.", "(", "tR", "\x80\x02", "__metadata__"],
    "picture": ["IHDR", "IDAT", "IEND", "\xff\xd8", "\xff\xda", "\xff\xc0", "\xff\xd9", "P6 65536 65536 255\n"],
    "ids": ["IHDR", "IDAT", "IEND", "PLTE"],
    "video": ["moov", "mdat", "stts", "stsz", "stco", "edts", "elst", "tkhd", "avc1", "ftyp", "#EXTM3U\n/etc/passwd\n"],
}


class Mutator:
    def __init__(self, draws, words):
        self.draws = draws
        self.words = [word.encode("utf-8" if ord(max(word)) > 255 else "latin-1") for word in words]

    def some(self, data):
        """Two places in the data, seldom far from each other."""
        first = self.draws.randint(0, len(data))
        length = self.draws.randint(0, len(data) - first if self.draws.random() < 0.3 else min(16, len(data) - first))
        return first, first + length

    def change(self, data, other):
        """A few changes of bytes that know nothing of the format; `other` is another file of it."""
        data = bytearray(data)
        for _ in range(self.draws.choice([1, 1, 1, 2, 3, 6])):
            self.change_once(data, other)
        return bytes(data)

    def change_once(self, data, other):
        draws = self.draws
        begin, end = self.some(data)
        kind = draws.randrange(12)
        if kind == 0 and begin < len(data):
            data[begin] ^= 1 << draws.randrange(8)
        elif kind == 1 and begin < len(data):
            data[begin] = draws.choice([0, 1, 0x7F, 0x80, 0xFF, draws.randrange(256)])
        elif kind == 2:
            del data[begin:end]
        elif kind == 3:
            del data[begin:]
        elif kind == 4:
            data[begin:begin] = data[begin:end]
        elif kind == 5:
            place = draws.randint(0, len(data))
            data[place:place + end - begin] = data[begin:end]
        elif kind == 6:
            data[begin:begin] = draws.choice(self.words)
        elif kind == 7:
            data[begin:begin] = bytes([draws.randrange(256)]) * draws.choice([1, 7, 300, 5000])
        elif kind == 8:  # the front of this and the back of another
            data[begin:] = other[draws.randint(0, len(other)):]
        elif kind == 9:
            self.change_decimal(data, begin)
        elif kind == 10:
            value = draws.choice([0, 1, 0x7F, 0x80, 0xFFFF, 1 << 31, 1 << 32, (1 << 64) - 1]) + draws.choice([-1, 0, 1])
            size = draws.choice([1, 2, 4, 8])
            data[begin:begin + size] = (value % (1 << 8 * size)).to_bytes(size, draws.choice(["little", "big"]))
        elif begin < len(data):  # deep nesting
            data[begin:begin] = data[begin:begin + draws.choice([1, 1, 5])] * draws.choice([10, 600, 20000])

    def change_decimal(self, data, place):
        while place < len(data) and not chr(data[place]).isdigit():
            place += 1
        end = place
        while end < len(data) and chr(data[end]).isdigit():
            end += 1
        data[place:end] = self.draws.choice(NUMBERS).encode()

    def change_json(self, data, other):
        """Changes a tree of values and writes it again; what is no JSON is changed as bytes."""
        if self.draws.random() < 0.3:
            return self.change(data, other)
        try:
            tree = json.loads(data)
        except (ValueError, RecursionError):
            return self.change(data, other)
        holder = [copy.deepcopy(tree)]
        raw = {}
        try:
            for _ in range(self.draws.choice([1, 1, 2, 4])):
                self.change_value(holder, raw)
            text = json.dumps(holder[0])
        except RecursionError:
            return self.change(data, other)
        for mark, number in raw.items():
            text = text.replace(f'"{mark}"', number)
        return text.encode("utf-8", "surrogatepass")

    def change_value(self, holder, raw):
        draws = self.draws
        places = []
        queue = [holder]
        while queue:
            node = queue.pop()
            for key in range(len(node)) if isinstance(node, list) else list(node):
                places.append((node, key))
                if isinstance(node[key], (list, dict)) and node[key]:
                    queue.append(node[key])
        node, key = draws.choice(places)
        kind = draws.randrange(8)
        if kind == 0:  # a number that Python would write in another way
            mark = f"number {len(raw)}"
            raw[mark] = draws.choice(NUMBERS)
            node[key] = mark
        elif kind == 1:
            node[key] = draws.choice(TEXTS)
        elif kind == 2:
            node[key] = draws.choice([None, True, False, [], {}, 0, -1, 0.5, 20000, 1 << 31])
        elif kind == 3 and node is not holder:
            del node[key]
        elif kind == 4:
            from_node, from_key = draws.choice(places)
            if from_key in from_node if isinstance(from_node, dict) else from_key < len(from_node):
                node[key] = copy.deepcopy(from_node[from_key])
        elif kind == 5 and isinstance(node, list) and node is not holder:
            node.extend(copy.deepcopy([node[key]]) * draws.choice([1, 3, 200]))
        elif kind == 6 and isinstance(node, dict):
            node[draws.choice(TEXTS + list(node))] = copy.deepcopy(node[key])
        else:
            for _ in range(draws.choice([1, 40, 400])):
                node[key] = [node[key]]

    def change_png(self, data, other):
        """Changes the pixels behind their compression, or the header, with checksums that are right."""
        chunks = png_chunks(data)
        if not chunks or self.draws.random() < 0.3:
            return self.change(data, other)
        changed = []
        chosen = self.draws.choice(["IHDR", "IDAT", "IDAT"]).encode()
        for kind, content in chunks:
            if kind == chosen and kind == b"IHDR":
                content = struct.pack(">IIBBBBB", self.draws.choice([1, 5, 65535, 65536, 1 << 20, *struct.unpack(">II", content[:8])]),
                                      self.draws.choice([1, 5, 4096, 65536, *struct.unpack(">II", content[:8])]),
                                      self.draws.choice([1, 2, 4, 8, 16]), self.draws.choice([0, 2, 3, 4, 6]), 0, 0, self.draws.choice([0, 0, 1]))
            elif kind == chosen:
                try:
                    content = zlib.compress(self.change(zlib.decompress(content), b"\0\1\2\3\4"), 1)
                except zlib.error:
                    content = self.change(content, other)
            changed.append((kind, content))
        return data[:8] + b"".join(
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content)) for kind, content in changed)

    def change_checkpoint(self, data, other):
        if data[:2] == b"PK" and self.draws.random() < 0.6:
            return self.change_zip(data, other)
        if data[8:9] == b"{" and self.draws.random() < 0.6:
            length = struct.unpack("<Q", data[:8])[0]
            header = self.change_json(data[8:8 + length], other)
            return struct.pack("<Q", len(header)) + header + data[8 + length:]
        return self.change(data, other)

    def change_zip(self, data, other):
        """Changes one entry of an archive and packs it again."""
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                entries = [(info.filename, archive.read(info), info.compress_type) for info in archive.infolist()]
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError):
            return self.change(data, other)
        chosen = self.draws.randrange(len(entries))
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for index, (name, content, compression) in enumerate(entries):
                if index == chosen:
                    change = self.change_json if name.endswith(".json") else self.change
                    content = change(content, other)
                archive.writestr(zipfile.ZipInfo(name), content, compression)
        return out.getvalue()

    def change_results(self, data, other):
        return self.change_zip(data, other) if data[:2] == b"PK" and self.draws.random() < 0.7 else self.change_json(data, other)


def png_chunks(data):
    """Kinds and contents of a PNG picture's chunks; empty where it is none."""
    chunks, at = [], 8
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        return []
    while at + 12 <= len(data):
        length = struct.unpack(">I", data[at:at + 4])[0]
        chunks.append((data[at + 4:at + 8], data[at + 8:at + 8 + length]))
        at += 12 + length
    return chunks


# ---------------------------------------------------------------------------------------------------------------------------------------
# Formats: seeds, a mutation, and commands that read the changed file

TRUTH = {
    "videos": [{"id": 1, "height": 4, "width": 5, "length": 3}, {"id": 2, "height": 4, "width": 5, "length": 1}],
    "categories": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}],
    "annotations": [
        {"id": 1, "video_id": 1, "category_id": 1, "iscrowd": 0, "areas": [4, None, 6],
         "segmentations": [{"size": [4, 5], "counts": [3, 4, 13]}, None, {"size": [4, 5], "counts": [0, 6, 14]}]},
        {"id": 2, "video_id": 2, "category_id": 2, "iscrowd": 0, "areas": [20], "segmentations": [{"size": [4, 5], "counts": "0d0"}]}],
}


@dataclasses.dataclass
class Format:
    share: int
    """Of a hundred inputs."""
    seeds: list
    mutation: str
    name: str
    """Of the file, below the folder of the run."""
    commands: list
    """Each a list of words; FILE and DIR stand for the file and the folder of the run."""


def annotation_commands():
    return [["dataset", "check", "FILE"], ["dataset", "check", "FILE", "--json"], ["dataset", "convert", "FILE", "--out", "DIR/out.json"],
            ["dataset", "check", "FILE", "--fix", "DIR/fixed.json"], ["eval", "--gt", "FILE", "--results", "DIR/results.json"]]


def run_command(source):
    return ["run", "clipwork:minvis/tiny.toml", "--weights", "rule", "--input", source, "--out", "DIR/out", "--max-frames", "4", "--quiet",
            "--set", "preprocess.short_edge=32", "--set", "output.report=false", "--set", "output.overlay=false"]


def read_all(*patterns):
    files = [file for pattern in patterns for file in sorted(ROOT.glob(pattern))]
    return [file.read_bytes() for file in files if file.is_file()]


def make_seeds(program, folder):
    """Files that the program writes itself: annotations, pictures, results, id pictures and a video."""
    def run(*words):
        subprocess.run([program, *map(str, words)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    run("dataset", "make", "synthetic", "--profile", "ovis_like", "--split", "val", "--videos", 1, "--out", folder / "data")
    frames = next((folder / "data/val/JPEGImages").iterdir())
    run("run", "clipwork:demo/novis.toml", "--input", frames, "--out", folder / "run", "--max-frames", 6, "--set", "output.report=false")
    return {
        "annotations": [file.read_bytes() for file in sorted((folder / "data").glob("**/*.json")) if file.stat().st_size < 300_000],
        "results": [(folder / "run/results.json").read_bytes()],
        "picture": [sorted(frames.iterdir())[0].read_bytes()],
        "ids": [sorted((folder / "run/ids").iterdir())[0].read_bytes()],
        "video": [(folder / "run/overlay.mp4").read_bytes()],
    }


def zipped(data):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("results.json", data)
    return out.getvalue()


def rgb_png(width, height):
    rows = b"".join(b"\0" + bytes((x * 7 + y * 3 + c) % 256 for x in range(width) for c in range(3)) for y in range(height))
    parts = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(struct.pack(">I", len(c)) + k + c + struct.pack(">I", zlib.crc32(k + c)) for k, c in parts)


def formats(program, folder, more):
    """`more` is a folder of further seeds, in subfolders that are named after the formats; or none."""
    made = make_seeds(program, folder)
    results = made["results"] + read_all("tests/fuzz/seeds/results/*")
    all_formats = {
        "checkpoint": Format(20, read_all("tests/data/checkpoint/*.p*", "tests/fuzz/seeds/safetensors/*"), "change_checkpoint", "weights",
                             [["weights", "FILE"]] * 6 + [["weights", "FILE", "--json"], ["weights", "FILE", "clipwork:minvis/tiny.toml"]]),
        "annotations": Format(20, made["annotations"] + read_all("tests/fuzz/seeds/annotations/*"), "change_json", "a.json",
                              annotation_commands()),
        "results": Format(15, results + [zipped(one) for one in results], "change_results", "r.json",
                          [["eval", "--gt", "DIR/truth.json", "--results", "FILE"], ["eval", "--check", "FILE", "--against", "DIR/truth.json"],
                           ["eval", "--gt", "DIR/truth.json", "--results", "FILE", "--frames", "--tracking", "--boxes"]]),
        "config": Format(20, read_all("tests/fuzz/seeds/config/*", "tests/fuzz/seeds/plan/*", "configs/demo/*.toml"), "change", "c.toml",
                         [["config", "check", "FILE"], ["config", "show", "FILE"]]),
        "picture": Format(10, made["picture"] + [rgb_png(9, 7), b"P6 5 4 255\n" + bytes(60), b"P5 3 2 65535\n" + bytes(12)], "change_png", "p.jpg",
                          [["dataset", "check", "DIR/one.json", "--images", "DIR", "--decode"]] * 7 + [run_command("FILE")]),
        "ids": Format(7, made["ids"] + read_all("tests/fuzz/seeds/index_picture/*"), "change_png", "davis/Annotations/480p/v/00000.png",
                      [["dataset", "convert", "DIR/davis", "--out", "DIR/out.json"], ["dataset", "check", "DIR/davis"]]),
        "video": Format(8, made["video"], "change", "v.mp4", [run_command("FILE")]),
    }
    for name, one in all_formats.items():
        if more:
            one.seeds += [file.read_bytes() for file in sorted((more / name).glob("*")) if file.is_file()]
        assert one.seeds, name
    return all_formats


def write_companions(name, folder, picture):
    """The other files that the commands of a format name."""
    if name == "results":
        (folder / "truth.json").write_text(json.dumps(TRUTH))
    elif name == "annotations":
        (folder / "results.json").write_text("[]")
    elif name == "picture":
        (folder / "one.json").write_text(json.dumps({"images": [{"id": 1, "height": 7, "width": 9, "file_name": "p.jpg"}], "categories": [
            {"id": 1, "name": "a"}], "annotations": []}))
    elif name == "ids":
        for part in ["Annotations/480p/v", "JPEGImages/480p/v", "ImageSets/2017"]:
            (folder / "davis" / part).mkdir(parents=True)
        (folder / "davis/JPEGImages/480p/v/00000.jpg").write_bytes(picture)
        (folder / "davis/ImageSets/2017/val.txt").write_text("v\n")


# ---------------------------------------------------------------------------------------------------------------------------------------
# Runs

@dataclasses.dataclass
class Result:
    outcome: str
    """"exit 0" and so on, or a kind of finding: crash, hang, memory, exit, controls."""
    detail: str
    seconds: float
    memory_kb: int
    command: list
    output: bytes

    @property
    def bad(self):
        return not self.outcome.startswith("exit ")


class Server:
    """program_server.cpp, for one run at a time."""

    def __init__(self, path):
        limits = [str(CPU_SECONDS), str(WALL_SECONDS), str(ADDRESS_SPACE_KB)]
        self.process = subprocess.Popen([path, *limits], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env={**os.environ, "OMP_NUM_THREADS": "1"}, start_new_session=True)

    def run(self, words, output):
        """The wait status, seconds of processor time, and the largest resident memory in KB."""
        print(output.name, *words, sep="\t", file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline().split()
        if not answer:
            raise RuntimeError(f"{self.process.args[0]} has ended")
        return int(answer[0]), float(answer[1]), int(answer[2])


def start_program(program, words, output):
    """As Server.run, by starting the program itself."""
    limits = f"ulimit -t {CPU_SECONDS} -v {ADDRESS_SPACE_KB} -c 0; exec \"$@\""
    process = subprocess.Popen(["sh", "-c", limits, "sh", program, *words], stdin=subprocess.DEVNULL, stdout=output,
                               stderr=subprocess.STDOUT, env={**os.environ, "OMP_NUM_THREADS": "1"}, start_new_session=True)
    timer = threading.Timer(WALL_SECONDS, os.killpg, (process.pid, signal.SIGKILL))
    timer.start()
    _, status, usage = os.wait4(process.pid, 0)
    timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return status, usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def judged_run(run, command, file_size):
    """The result of `run(words, output)` on the words of a command, which begins with the program."""
    with tempfile.NamedTemporaryFile() as output:
        start = time.monotonic()
        status, cpu, memory = run(command[1:], output)
        seconds = time.monotonic() - start
        printed = output.read(1 << 20)
    code = os.waitstatus_to_exitcode(status)
    outcome, detail = f"exit {code}", ""
    if code < 0 and (cpu > CPU_SECONDS - 0.5 or seconds > WALL_SECONDS - 0.5):
        outcome, detail = "hang", f"{cpu:.1f} s of processor time, {seconds:.1f} s in all"
    elif code < 0:
        outcome, detail = "crash", signal.Signals(-code).name
    elif (memory > MEMORY_KB and file_size < SMALL_FILE) or b"not enough memory" in printed:
        outcome, detail = "memory", f"{memory >> 10} MB for a file of {file_size} bytes"
    elif code not in GOOD_CODES:
        outcome, detail = "failure", f"exit code {code}"
    elif CONTROLS & set(printed):
        outcome, detail = "controls", "control characters in the output"
    return Result(outcome, detail, seconds, memory, command, printed)


class Campaign:
    def __init__(self, options, all_formats):
        self.options = options
        self.formats = all_formats
        self.lock = threading.Lock()
        self.log = options.out / "results.tsv"
        self.idle_servers = queue.SimpleQueue()
        for _ in range(options.jobs):
            self.idle_servers.put(Server(options.clipwork.with_name("fuzz.program_server")))
        self.done = {}
        if self.log.exists():
            for line in self.log.read_text().splitlines():
                name, index, outcome, *_ = line.split("\t")
                self.done[name, int(index)] = outcome

    def make(self, name, index):
        """The changed file, and the command that reads it."""
        one = self.formats[name]
        draws = random.Random(f"{self.options.seed}/{name}/{index}")
        mutator = Mutator(draws, WORDS[name])
        data = getattr(mutator, one.mutation)(draws.choice(one.seeds), draws.choice(one.seeds))
        return data[:SMALL_FILE], draws.choice(one.commands)

    def serve(self, words, output):
        server = self.idle_servers.get()
        try:
            return server.run(words, output)
        finally:
            self.idle_servers.put(server)

    def start(self, words, output):
        return start_program(self.options.clipwork, words, output)

    def try_input(self, name, index, run):
        data, words = self.make(name, index)
        with tempfile.TemporaryDirectory() as temporary:
            folder = pathlib.Path(temporary)
            file = folder / self.formats[name].name
            write_companions(name, folder, self.formats["picture"].seeds[0])
            file.write_bytes(data)
            command = [str(self.options.clipwork), *(word.replace("FILE", str(file)).replace("DIR", temporary) for word in words)]
            result = judged_run(run, command, len(data))
            if result.bad:
                self.keep(name, index, folder, result)
        with self.lock:
            self.done[name, index] = result.outcome
            with self.log.open("a") as log:
                log.write(f"{name}\t{index}\t{result.outcome}\t{result.seconds:.2f}\t{result.memory_kb}\n")
            if result.bad:
                print(f"{name}:{index} {result.outcome} ({result.detail}): {' '.join(words)}", flush=True)
        return result

    def keep(self, name, index, folder, result):
        kept = self.options.out / "findings" / f"{name}-{index}-{result.outcome}"
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(folder, kept, symlinks=True)
        command = " ".join(result.command).replace(str(folder), str(kept))
        (kept / "command.txt").write_text(f"{command}\n{result.detail}\n")
        (kept / "output.txt").write_bytes(result.output)

    def plan(self):
        """Names and indices of all inputs, the formats in turns."""
        total = sum(one.share for one in self.formats.values())
        counts = {name: self.options.count * one.share // total for name, one in self.formats.items()}
        inputs = [((index + 0.5) / count, name, index) for name, count in counts.items() for index in range(count)]
        return [(name, index) for _, name, index in sorted(inputs)]

    def summary(self, inputs):
        outcomes = sorted({self.done[one] for one in inputs if one in self.done})
        print("\t".join(["format", "inputs", *outcomes]))
        for name in self.formats:
            of_format = [self.done[one] for one in inputs if one[0] == name and one in self.done]
            print("\t".join([name, str(len(of_format)), *(str(of_format.count(outcome)) for outcome in outcomes)]))
        bad = sum(1 for one in inputs if not self.done.get(one, "exit").startswith("exit"))
        print(f"{sum(1 for one in inputs if one in self.done)} inputs, {bad} findings")
        return bad


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clipwork", type=pathlib.Path, default=ROOT / "build/release/bin/clipwork", help="the program")
    parser.add_argument("--count", type=int, default=20000, help="inputs of all formats together (default: 20000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count(), help="runs at a time (default: one per processor)")
    parser.add_argument("--formats", help="only these, separated by commas")
    parser.add_argument("--seeds", type=pathlib.Path, help="a folder of further seeds: video/*.mkv, config/*.toml, ...")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/black_box")
    parser.add_argument("--restart", action="store_true", help="forget the earlier runs of OUT")
    parser.add_argument("--only", metavar="FORMAT:N", help="run one input again, and keep it")
    options = parser.parse_args()
    if options.restart:
        shutil.rmtree(options.out, ignore_errors=True)
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        all_formats = formats(options.clipwork, pathlib.Path(temporary), options.seeds)
    campaign = Campaign(options, all_formats)
    if options.only:
        name, index = options.only.split(":")
        result = campaign.try_input(name, int(index), campaign.start)
        print(result.outcome, result.detail, f"{result.seconds:.2f} s, {result.memory_kb >> 10} MB")
        return 1 if result.bad else 0
    if options.formats:
        campaign.formats = {name: all_formats[name] for name in options.formats.split(",")}
    inputs = campaign.plan()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for future in [pool.submit(campaign.try_input, *one, campaign.serve) for one in inputs if one not in campaign.done]:
            future.result()
    return 1 if campaign.summary(inputs) else 0


if __name__ == "__main__":
    sys.exit(main())
