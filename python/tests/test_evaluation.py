"""Data sets and scores, compared with the program's."""

import json
import pathlib
import tempfile
import unittest

import clipwork
from support import DEMO, program, read_json

VIDEOS = 2


class EvaluationTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        clipwork.set_log_level("error")
        cls.data = clipwork.open_dataset(DEMO, **{"data.eval.videos": VIDEOS})
        pipe = clipwork.Pipeline(DEMO)
        cls.results = [entry for video in cls.data for entry in pipe.run(video).to_coco(video.id)]

    def test_a_data_set_has_videos_with_frames(self):
        self.assertEqual(len(self.data), VIDEOS)
        video = self.data[-1]
        self.assertEqual(video[0].shape[2], 3)
        self.assertEqual(len(list(video)), len(video))
        self.assertEqual([one.id for one in self.data[:1]], [self.data[0].id])
        with self.assertRaises(IndexError):
            self.data[VIDEOS]

    def test_scores_are_those_of_the_program(self):
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder) / "eval"
            program("eval", DEMO, "--set", f"data.eval.videos={VIDEOS}", "--tracking", "--out", out)
            self.assertEqual(self.results, read_json(out / "results.json"))
            scores = clipwork.evaluate(self.data, self.results, tracking=True)
            self.assertEqual(scores, read_json(out / "metrics.json"))
            self.assertEqual(clipwork.evaluate(self.data, out / "results.json", tracking=True), scores)

    def test_annotations_may_be_a_file_or_its_content(self):
        truth = {
            "videos": [{"id": 1, "file_names": ["a/0.jpg"], "height": 4, "width": 4, "length": 1}],
            "categories": [{"id": 1, "name": "dog"}],
            "annotations": [
                {
                    "id": 1,
                    "video_id": 1,
                    "category_id": 1,
                    "iscrowd": 0,
                    "areas": [8],
                    "bboxes": [[0, 0, 2, 4]],
                    "segmentations": [{"size": [4, 4], "counts": [0, 8, 8]}],
                }
            ],
        }
        results = [
            {"video_id": 1, "category_id": 1, "score": 0.5, "segmentations": [{"size": [4, 4], "counts": "088"}]}
        ]
        self.assertAlmostEqual(clipwork.evaluate(truth, results)["stats"]["AP"], 1)
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "truth.json"
            path.write_text(json.dumps(truth), encoding="utf-8")
            self.assertAlmostEqual(clipwork.evaluate(path, results)["stats"]["AP"], 1)
        with self.assertRaisesRegex(clipwork.InputError, "video"):
            clipwork.evaluate(truth, [dict(results[0], video_id=2)])


class InspectionTest(unittest.TestCase):
    def test_configs_are_dicts_with_origins(self):
        config = clipwork.load_config(DEMO, tracks={"min_score": 0.25}, **{"window.stride": 1})
        self.assertEqual(config["tracks.min_score"], 0.25)
        self.assertEqual(config.to_dict()["window"]["stride"], 1)
        self.assertIsNone(config.get("tracks.nothing"))
        with self.assertRaises(KeyError):
            config["tracks.nothing"]
        self.assertIn("keyword argument", config.toml(origins=True))
        self.assertIn("patience", config.resolved().to_dict()["model"]["tracker"])
        with self.assertRaisesRegex(clipwork.InputError, "load_config"):
            clipwork.Pipeline(config, device="cpu")
        with self.assertRaisesRegex(clipwork.InputError, "expected a bool, int"):
            clipwork.load_config(DEMO, tracks={"min_score": object()})

    def test_inspect_lists_components_and_sections(self):
        [page] = clipwork.inspect("embedding")
        self.assertEqual(page["kind"], "tracker")
        self.assertIn("buffer", {one["name"] for one in page["parameters"]})
        self.assertIn("iou", {one["name"] for one in clipwork.inspect(kind="tracker")})
        self.assertEqual(len(clipwork.inspect("tracks")), 1)
        with self.assertRaisesRegex(clipwork.InputError, "did you mean 'embedding'"):
            clipwork.inspect("embeding")


if __name__ == "__main__":
    unittest.main()
