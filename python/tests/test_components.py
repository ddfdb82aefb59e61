"""Trackers and loss terms in Python."""

import pathlib
import sys
import tempfile
import unittest

import torch

import clipwork
from support import SOURCE, squares

sys.path.insert(0, str(SOURCE / "examples/python"))
import py_embedding  # noqa: E402, F401  Registers the tracker.

TINY = "clipwork:minvis/tiny.toml"


def tracker(name, track):
    """Registers a tracker with this function."""
    described = {"__doc__": "a tracker of a test", "track": lambda self, *arguments: track(*arguments)}
    return clipwork.register(name)(type("Tested", (clipwork.Tracker,), described))


def run(name, frames=3):
    return clipwork.Pipeline(TINY, weights="rule", model={"tracker": {"type": name}}).run(squares(frames))


class TrackerTest(unittest.TestCase):
    def setUp(self):
        clipwork.set_log_level("error")

    def test_fifteen_lines_give_what_embedding_gives(self):
        config = "clipwork:demo/novis.toml"
        video = clipwork.open_dataset(config, **{"data.eval.videos": 1})[0]
        expected = clipwork.Pipeline(config, model={"tracker": {"type": "embedding"}}).run(video).to_coco()
        found = clipwork.Pipeline(config, model={"tracker": {"type": "py_embedding"}}).run(video).to_coco()
        self.assertGreater(len(expected), 0)
        self.assertEqual(found, expected)

    def test_parameters_are_described_and_checked(self):
        @clipwork.register("py_parameters")
        class Parameters(clipwork.Tracker):
            """keeps its parameters"""

            reach = clipwork.parameter(40.0, "how far", minimum=0, maximum=100, unit="pixels")
            rule = clipwork.parameter("near", "which way", choices=["near", "far"])
            sizes = clipwork.parameter([1, 2], "some sizes")
            seen = []

            def track(self, prediction, window, state):
                self.seen.append((self.reach, self.rule, self.sizes, self.classes))
                return [-1] * prediction.rows

        [page] = clipwork.inspect("py_parameters")
        self.assertEqual(page["sentence"], "keeps its parameters")
        self.assertEqual([one["name"] for one in page["parameters"]], ["reach", "rule", "sizes"])
        set_to = {"tracker": {"type": "py_parameters", "reach": 3, "sizes": [5]}}
        pipe = clipwork.Pipeline(TINY, weights="rule", model=set_to)
        pipe.run(squares(1))
        self.assertEqual(Parameters.seen, [(3.0, "near", [5], len(pipe.classes))])
        with self.assertRaisesRegex(clipwork.InputError, "no parameter 'reech'; did you mean 'reach'"):
            clipwork.Pipeline(TINY, weights="rule", model={"tracker": {"type": "py_parameters", "reech": 3}})
        with self.assertRaisesRegex(clipwork.InputError, "100"):
            clipwork.Pipeline(TINY, weights="rule", model={"tracker": {"type": "py_parameters", "reach": 101}})

    def test_what_it_returns_is_checked(self):
        tracker("py_short", lambda prediction, window, state: [0])
        with self.assertRaisesRegex(clipwork.Error, "py_short.*expected one link for each of"):
            run("py_short")
        tracker("py_twice", lambda prediction, window, state: torch.zeros(prediction.rows, dtype=torch.int64))
        with self.assertRaisesRegex(clipwork.Error, "at most one drawn row for each track"):
            run("py_twice")

    def test_contracts_are_checked_before_anything_runs(self):
        @clipwork.register("py_needs")
        class Needs(clipwork.Tracker):
            """needs something"""

            needs = ["id_scores"]

        with self.assertRaisesRegex(clipwork.InputError, "id_scores"):
            run("py_needs")

    def test_its_exceptions_are_causes(self):
        def broken(prediction, window, state):
            return {}["missing"]

        tracker("py_broken", broken)
        with self.assertRaisesRegex(clipwork.Error, "tracker 'py_broken'.*KeyError: 'missing'") as caught:
            run("py_broken")
        self.assertIsInstance(caught.exception.__cause__, KeyError)

        def bad_input(prediction, window, state):
            raise clipwork.InputError("this video is too dark", hint="use a lamp")

        tracker("py_dark", bad_input)
        with self.assertRaises(clipwork.InputError) as caught:
            run("py_dark")
        self.assertEqual((caught.exception.problem, caught.exception.hint), ("this video is too dark", "use a lamp"))

        def interrupted(prediction, window, state):
            raise KeyboardInterrupt

        tracker("py_interrupted", interrupted)
        with self.assertRaises(KeyboardInterrupt):
            run("py_interrupted")

    def test_it_sees_rows_masks_and_the_window(self):
        seen = []

        def look(prediction, window, state):
            bits = prediction.masks.bits(0, [0, 1])
            seen.append(
                (
                    window.first,
                    window.length,
                    prediction.probabilities.shape,
                    prediction.embeddings.shape[:2],
                    tuple(bits.shape),
                    bits.dtype,
                    hasattr(state, "before"),
                )
            )
            state.before = True
            return list(range(prediction.rows))

        tracker("py_look", look)
        result = run("py_look", 2)
        classes = len(clipwork.Pipeline(TINY, weights="rule").classes)
        rows = seen[0][2][1]
        self.assertEqual(seen, [(t, 1, (1, rows, classes), (1, rows), (2, 64, 96), torch.bool, t > 0) for t in (0, 1)])
        self.assertEqual(len(result), 2)

    def test_ended_tracks_never_come_back(self):
        def ends(prediction, window, state):
            return clipwork.Tracked(list(range(prediction.rows)), ended=[0])

        tracker("py_ends", ends)
        with self.assertRaisesRegex(clipwork.Error, "track 0, which ended before"):
            run("py_ends")

    def test_a_name_may_be_registered_again(self):
        tracker("py_again", lambda prediction, window, state: [-1] * prediction.rows)
        self.assertEqual(run("py_again").tracks, [])
        tracker("py_again", lambda prediction, window, state: list(range(prediction.rows)))
        self.assertNotEqual(run("py_again").tracks, [])

    def test_classes_that_are_not_described_are_refused(self):
        with self.assertRaisesRegex(clipwork.Error, "it has no description"):
            clipwork.register("py_silent")(type("Silent", (clipwork.Tracker,), {}))
        with self.assertRaisesRegex(TypeError, "derives from clipwork.Tracker"):
            clipwork.register("py_other")(int)
        with self.assertRaisesRegex(clipwork.InputError, "unknown tracker 'py_silent'"):
            run("py_silent")


class TrainingTest(unittest.TestCase):
    def setUp(self):
        clipwork.set_log_level("error")
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def train(self, name, steps=3, **arguments):
        train = {"steps": steps, "batch": 1, "workers": 1, "evaluate_every": 0, "checkpoint_every": 100}
        return clipwork.train(TINY, pathlib.Path(self.folder.name) / name, weights="initial", train=train, **arguments)

    def test_a_callback_hears_every_step(self):
        steps = []
        report = self.train("steps", callback=lambda step: steps.append((step.step, step.loss, step.terms)))
        self.assertEqual([step for step, _, _ in steps], [1, 2, 3])
        self.assertAlmostEqual(steps[0][1], sum(steps[0][2].values()), places=3)
        self.assertEqual((report.steps, report.of, report.interrupted), (3, 3, False))
        self.assertTrue((pathlib.Path(report.folder) / "checkpoints/iter_0000003/model.safetensors").exists())
        pipe = clipwork.Pipeline(report.folder)
        self.assertEqual(len(pipe.run(squares(2))), 2)

    def test_exceptions_of_a_callback_end_it_after_a_checkpoint(self):
        def raises(error):
            def callback(step):
                raise error

            return callback

        for name, error in (("value", ValueError("enough")), ("interrupt", KeyboardInterrupt())):
            with self.assertRaises(type(error)):
                self.train(name, callback=raises(error))
            self.assertTrue((pathlib.Path(self.folder.name) / name / "checkpoints/iter_0000001").exists())
        report = self.train("stop", callback=raises(StopIteration))
        self.assertTrue(report.interrupted)
        self.assertEqual(report.steps, 1)
        report = self.train("stop", resume=True)
        self.assertEqual((report.steps, report.interrupted), (3, False))

    def test_a_loss_term_in_python_is_trained(self):
        @clipwork.register("py_norm")
        class Norm(clipwork.LossTerm):
            """keeps class scores small"""

            calls = []

            def __call__(self, layer):
                self.calls.append((layer.index, len(layer.clips), [match.rows for match in layer.clips[0].matches]))
                return [clip.prediction.class_scores.square().mean() for clip in layer.clips]

        terms = {"terms": {"norm": {"type": "py_norm", "weight": 0.5}}}
        steps = []
        self.train("norm", steps=1, loss=terms, callback=lambda step: steps.append(step.terms))
        self.assertTrue(any("norm" in name for name in steps[0]))
        self.assertTrue(any(index is None and clips > 0 for index, clips, _ in Norm.calls))

    def test_a_loss_term_without_gradient_is_refused(self):
        @clipwork.register("py_constant")
        class Constant(clipwork.LossTerm):
            """is constant"""

            def __call__(self, layer):
                return torch.ones(())

        with self.assertRaisesRegex(clipwork.Error, "py_constant.*a value with a gradient"):
            self.train("constant", loss={"terms": {"constant": {"type": "py_constant"}}})


if __name__ == "__main__":
    unittest.main()
