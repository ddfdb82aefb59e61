"""The examples and the code of docs/python.md, as users run them."""

import contextlib
import importlib.util
import io
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from support import DEMO, SOURCE, make_pictures, program, read_json

EXAMPLES = SOURCE / "examples/python"


class ExampleTest(unittest.TestCase):
    def test_the_script_prints_the_ap_of_the_program(self):
        videos = int(os.environ.get("CLIPWORK_EXAMPLE_VIDEOS", 1))
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder) / "eval"
            program("eval", DEMO, "--set", f"data.eval.videos={videos}", "--out", out)
            expected = read_json(out / "metrics.json")["stats"]["AP"]
        done = subprocess.run(
            [sys.executable, EXAMPLES / "evaluate_demo.py", str(videos)], capture_output=True, text=True
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.split()[-1], repr(expected))

    def test_the_notebook_runs_and_has_no_outputs(self):
        cells = read_json(EXAMPLES / "tracks.ipynb")["cells"]
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        self.assertTrue(all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code))
        if importlib.util.find_spec("matplotlib") is None:
            self.skipTest("matplotlib is not installed")
        import matplotlib

        matplotlib.use("Agg")
        names = {}
        for cell in code:
            exec(compile("".join(cell["source"]), "tracks.ipynb", "exec"), names)  # noqa: S102
        self.assertEqual(len(names["frames"]), len(names["video"]))
        self.assertGreater(len(names["axis"].lines), 0)
        self.assertGreater(names["scores"]["stats"]["AP"], 0)

    def test_code_of_the_documentation_runs(self):
        page = (SOURCE / "docs/python.md").read_text(encoding="utf-8")
        blocks = re.findall(r"^```python\n(.*?)^```", page, re.S | re.M)
        self.assertGreater(len(blocks), 5)
        before = os.getcwd()
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
            try:
                os.chdir(folder)
                make_pictures(pathlib.Path("data")).rename("dogs")
                names = {}
                for number, block in enumerate(blocks, 1):
                    exec(compile(block, f"docs/python.md, block {number}", "exec"), names)  # noqa: S102
            finally:
                os.chdir(before)


if __name__ == "__main__":
    unittest.main()
