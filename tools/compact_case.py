#!/usr/bin/env python3
"""Makes a smaller copy of a golden case: the tensors whose names match a regular expression, and the parts that are named.

Usage: tools/compact_case.py CASE_DIR OUT_DIR KEEP [PART,PART,...]
"""
import json
import pathlib
import re
import struct
import sys


def read(file):
    data = file.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    metadata = header.pop("__metadata__", None)
    body = data[8 + length :]
    return {name: (entry, body[slice(*entry["data_offsets"])]) for name, entry in header.items()}, metadata


def write(file, tensors, metadata):
    header, offset = {}, 0
    if metadata:
        header["__metadata__"] = metadata
    for name, (entry, content) in tensors.items():
        header[name] = {**entry, "data_offsets": [offset, offset + len(content)]}
        offset += len(content)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    file.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(content for _, content in tensors.values()))


def main():
    source, target, keep = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), re.compile(sys.argv[3])
    parts = sys.argv[4].split(",") if len(sys.argv) > 4 else None
    target.mkdir(parents=True, exist_ok=True)
    case = json.loads((source / "case.json").read_text())
    every = list(case["config"].get("parts", {}))
    dropped = [part for part in every if parts is not None and part not in parts]

    def wanted(name):
        return not any(re.search(rf"(^|\.){re.escape(part)}(\.|$)", name) for part in dropped)

    for part in dropped:
        del case["config"]["parts"][part]
    if "select" in case:
        case["select"] = {name: rule for name, rule in case["select"].items() if keep.search(name)}
    (target / "case.json").write_text(json.dumps(case, indent=1) + "\n")
    outputs, metadata = read(source / "outputs.safetensors")
    write(target / "outputs.safetensors", {n: t for n, t in outputs.items() if keep.search(n) and wanted(n)}, metadata)
    if "file" in case["inputs"]:
        inputs, metadata = read(source / case["inputs"]["file"])
        write(target / case["inputs"]["file"], {n: t for n, t in inputs.items() if wanted(n)}, metadata)
    (target / "case.json").chmod(0o644)


main()
