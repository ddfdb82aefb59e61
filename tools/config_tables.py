#!/usr/bin/env python3
"""Generates configs/METHOD/README.md from configs/METHOD/metafile.toml and the papers' tables in configs/tables; with --check, reports what
differs (exit code 3).

Every config of the folder, except bases and tiny ones, needs an entry, and every entry its config. tests/configs checks that the entries agree
with the resolved configs.
"""
import functools
import pathlib
import sys
import tomllib

MEASURES = ["AP", "AP50", "AP75", "AR1", "AR10"]
ROOT = pathlib.Path(__file__).resolve().parent.parent / "configs"


def link(text):
    return f"<{text}>" if text.startswith("https://") else text


def licence(text):
    return f" ({text})" if text else ""


def config_link(config):
    return f"[{config['file'].removesuffix('.toml')}]({config['file']})"


def table(columns, rows):
    lines = [f"| {' | '.join(cells)} |" for cells in [columns, *rows]]
    return [lines[0], "|" + "---|" * len(columns), *lines[1:]]


def commands(method, meta):
    config = f"clipwork:{method}/{meta['example']}"
    lines = ["## Commands", "",
             f"    clipwork run {config} --weights FILE --input {meta.get('input', 'video.mp4')} --out results",
             f"    clipwork eval {config} --weights FILE --out evaluation"]
    sources = ["one of the published weights"] if meta["weights"].startswith("https://") else []
    if "train_from" in meta:
        sources.append("a checkpoint from training")
        names = ", ".join(f'"{name}"' for name in meta["allow_missing"])
        lines += [f"    clipwork train {config} --weights START --out runs/{method} \\",
                  f"        --set 'weights.allow_missing=[{names}]'"]
        start = f"`START` is the checkpoint that training starts from: {meta['train_from']}."
    else:
        start = "There is no training recipe."
    return lines + ["", f"`FILE` is {' or '.join(sources)}. {start} [Data sets](../../docs/datasets.md) are expected in",
                    "`$CLIPWORK_DATA`. The other configs are used in the same way.", ""]


def cost(meta):
    rows = []
    for config in meta["config"]:
        if "cost" not in config:
            continue
        public = config.get("public_cost")
        compared = f"{public:.2f} Y, {public / config['cost']:.1f} times as much" if public else "-"
        rows.append([config_link(config), f"{config['cost']:.2f} Y", compared])
    if not rows:
        return []
    return ["## Cost", "",
            "CPU time per frame of 640x360, one thread of an AMD EPYC (Zen 5), float32. Y is one forward pass of ResNet-50 in eager PyTorch",
            "on such a frame: [performance](../../docs/performance.md#compared-with-the-public-code).", "",
            *table(["config", "Clipwork", "public code"], rows), ""]


@functools.cache
def paper_table(name):
    return tomllib.loads((ROOT / "tables" / f"{name}.toml").read_text())


def published(config):
    """The numbers of a config, by measure, and where they stand: a row of a paper's table, and the model zoo of the public code."""
    numbers, sources = {}, []
    if "table" in config:
        table = paper_table(config["table"])
        numbers |= next(row["paper"] for row in table["row"] if row["name"] == config["row"])
        sources.append(f"[{table['title'].partition(':')[0]}](../tables/{config['table']}.toml)")
    if "model_zoo" in config:
        numbers |= config["model_zoo"]
        sources.append("model zoo" + (f" ({', '.join(config['model_zoo'])})" if "table" in config else ""))
    if "remark" in config:
        sources.append(config["remark"])
    return numbers, ", ".join(sources) or "-"


def configs(meta):
    columns = ["config", "data", "backbone", "short edge", "trained on", *MEASURES, "source", "published weights"]
    rows = []
    for config in meta["config"]:
        numbers, source = published(config)
        rows.append([config_link(config), config["data"], config["backbone"], str(config["short_edge"]), config["training"],
                     *(f"{numbers[measure]:.1f}" if measure in numbers else "-" for measure in MEASURES),
                     source, config.get("checkpoint", "-")])
    more = [""] + [f"See also [{name}]({name})." for name in meta["more"]] if "more" in meta else []
    return ["## Configs", "",
            "The numbers are those of the source on the validation set, not measured with Clipwork; `clipwork eval` measures them.", "",
            *table(columns, rows), *more, ""]


def page(method, meta):
    lines = [f"# {meta['name']}", "", meta["paper"] + ".", "", meta["summary"], "",
             f"* Public code: {link(meta['code'])}{licence(meta['code_licence'])}",
             f"* Published weights: {link(meta['weights'])}{licence(meta['weights_licence'])}",
             *[f"* {note}" for note in meta["notes"]], "",
             *commands(method, meta), *cost(meta), *configs(meta),
             "## Reference", "", "```bibtex", meta["bibtex"].strip(), "```"]
    return "\n".join(lines) + "\n"


def faults(folder, meta):
    listed = [config["file"] for config in meta["config"]]
    there = {file.name for file in folder.glob("*.toml")
             if not file.name.startswith(("_", "tiny")) and file.name != "metafile.toml"}
    found = [f"{folder.name}: '{name}' has no entry in metafile.toml" for name in sorted(there - set(listed))]
    found += [f"{folder.name}: metafile.toml names '{name}', which does not exist" for name in [*listed, meta["example"]]
              if name not in there]
    found += [f"{folder.name}: configs/tables/{config['table']}.toml has no row '{config['row']}' with values of {config['file']}"
              for config in meta["config"] if "table" in config
              and not any(row["name"] == config["row"] and "paper" in row for row in paper_table(config["table"])["row"])]
    found += [f"{folder.name}: '{name}' is twice in metafile.toml" for name in sorted(set(listed)) if listed.count(name) > 1]
    return found


def main():
    check = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not check:
        sys.exit("usage: tools/config_tables.py [--check]")
    wrong = []
    for metafile in sorted(ROOT.glob("*/metafile.toml")):
        meta = tomllib.loads(metafile.read_text())
        found = faults(metafile.parent, meta)
        if found:
            wrong += found
            continue
        readme = metafile.parent / "README.md"
        text = page(metafile.parent.name, meta)
        if not check:
            readme.write_text(text)
        elif not readme.exists() or readme.read_text() != text:
            wrong.append(f"{metafile.parent.name}: README.md is not what metafile.toml and configs/tables give; run tools/config_tables.py")
    for line in wrong:
        print(line, file=sys.stderr)
    return 3 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
