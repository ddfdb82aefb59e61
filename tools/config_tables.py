#!/usr/bin/env python3
"""Makes configs/METHOD/README.md of configs/METHOD/metafile.toml; with --check says what differs (exit code 3).

Every config of the folder, but for bases and `tiny`, needs an entry, and every entry its config. That entries agree with what the configs
resolve to is held by tests/configs.
"""
import pathlib
import sys
import tomllib

MEASURES = ["AP", "AP50", "AP75", "AR1", "AR10"]
ROOT = pathlib.Path(__file__).resolve().parent.parent / "configs"


def link(text):
    return f"<{text}>" if text.startswith("https://") else text


def page(meta):
    lines = [f"# {meta['name']}", "", meta["paper"] + ".", ""]
    licence = f" ({meta['code_licence']})" if meta["code_licence"] else ""
    lines += [f"* Public code: {link(meta['code'])}{licence}"]
    licence = f" ({meta['weights_licence']})" if meta["weights_licence"] else ""
    lines += [f"* Published weights: {link(meta['weights'])}{licence}"]
    lines += [f"* {note}" for note in meta["notes"]]
    lines += ["", "Numbers are those of the source, on the validation set; `clipwork eval` measures ours.", ""]
    columns = ["config", "data", "backbone", "short edge", "trained on", *MEASURES, "source", "published weights"]
    lines += ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    for config in meta["config"]:
        numbers = [f"{value:.1f}" for value in config.get("ap", [])]
        numbers += ["-"] * (len(MEASURES) - len(numbers))
        cells = [f"[{config['file'].removesuffix('.toml')}]({config['file']})", config["data"], config["backbone"],
                 str(config["short_edge"]), config["training"], *numbers, config.get("source", "-"), config.get("checkpoint", "-")]
        lines.append("| " + " | ".join(cells) + " |")
    lines += [""] + [f"See also [{name}]({name})." for name in meta["more"]] if "more" in meta else []
    return "\n".join(lines) + "\n"


def faults(folder, meta):
    listed = [config["file"] for config in meta["config"]]
    there = {file.name for file in folder.glob("*.toml")
             if not file.name.startswith("_") and file.name not in ("metafile.toml", "tiny.toml")}
    found = [f"{folder.name}: '{name}' has no entry in metafile.toml" for name in sorted(there - set(listed))]
    found += [f"{folder.name}: metafile.toml names '{name}', which is not there" for name in listed if name not in there]
    found += [f"{folder.name}: '{name}' stands twice in metafile.toml" for name in sorted(set(listed)) if listed.count(name) > 1]
    return found


def main():
    check = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not check:
        sys.exit("usage: tools/config_tables.py [--check]")
    wrong = []
    for metafile in sorted(ROOT.glob("*/metafile.toml")):
        meta = tomllib.loads(metafile.read_text())
        wrong += faults(metafile.parent, meta)
        readme = metafile.parent / "README.md"
        if not check:
            readme.write_text(page(meta))
        elif not readme.exists() or readme.read_text() != page(meta):
            wrong.append(f"{metafile.parent.name}: README.md is not what metafile.toml says; run tools/config_tables.py")
    for line in wrong:
        print(line, file=sys.stderr)
    return 3 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
