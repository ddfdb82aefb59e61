"""Pipelines over videos: frames, results, errors."""

import os
import pathlib
import signal
import tempfile
import threading
import time
import unittest

import numpy as np
import torch

import clipwork
from support import DEMO, make_pictures, program, read_json, squares


class PipelineTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        clipwork.set_log_level("error")
        cls.pipe = clipwork.Pipeline(DEMO, device="cpu", tracks={"min_score": 0.0})
        cls.video = [clipwork.open_dataset(DEMO)[0][t] for t in range(10)]
        cls.result = cls.pipe.run(cls.video)

    def test_a_frame_has_arrays_of_its_tracks(self):
        frames = list(self.pipe.stream(self.video, images=True))
        self.assertEqual([frame.index for frame in frames], list(range(len(self.video))))
        for frame in frames:
            count = len(frame)
            self.assertEqual(frame.image.shape, (*frame.size, 3))
            self.assertEqual(frame.masks.shape, (count, *frame.size))
            self.assertEqual(frame.masks.dtype, np.bool_)
            self.assertEqual(frame.boxes.shape, (count, 4))
            self.assertEqual(frame.ids.dtype, np.int64)
            self.assertEqual(len(set(frame.ids.tolist())), count)
            self.assertEqual(frame.names, [self.pipe.classes[label] for label in frame.labels])
            self.assertTrue((np.diff(frame.scores) <= 0).all())
            for mask, (x0, y0, x1, y1), rle in zip(frame.masks, frame.boxes.astype(int), frame.rles):
                rows, columns = np.where(mask)
                self.assertEqual((columns.min(), rows.min(), columns.max() + 1, rows.max() + 1), (x0, y0, x1, y1))
                self.assertEqual(tuple(rle["size"]), frame.size)
        self.assertGreater(sum(len(frame) for frame in frames), 0)

    def test_pictures_of_frames_are_those_that_were_pushed(self):
        for frame in self.pipe.stream(self.video, images=True):
            np.testing.assert_array_equal(frame.image, self.video[frame.index])

    def test_arrays_share_memory_with_pytorch(self):
        frame = next(frame for frame in self.result if len(frame))
        for array in (frame.masks, frame.boxes, frame.scores):
            shared = torch.from_dlpack(array)
            self.assertEqual(shared.data_ptr(), array.ctypes.data)
        self.assertIs(frame.masks, frame.masks)

    def test_a_result_has_the_frames_of_its_tracks(self):
        self.assertEqual(len(self.result), len(self.video))
        self.assertEqual(self.result[-1].index, len(self.video) - 1)
        seen = {int(id) for frame in self.result for id in frame.ids}
        self.assertLessEqual(seen, {track.id for track in self.result.tracks})
        with self.assertRaises(IndexError):
            self.result[len(self.video)]

    def test_entries_of_results_are_those_of_the_frames(self):
        entries = {entry["track_id"]: entry for entry in self.result.to_coco(video_id=7)}
        self.assertTrue(all(entry["video_id"] == 7 for entry in entries.values()))
        for frame in self.result:
            for id, rle in zip(frame.ids.tolist(), frame.rles):
                self.assertEqual(entries[id]["segmentations"][frame.index]["counts"], rle["counts"])

    def test_dicts_for_supervision_have_its_fields(self):
        fields = next(frame for frame in self.result if len(frame)).to_supervision()
        count = len(fields["xyxy"])
        for name in ("mask", "confidence", "class_id", "tracker_id"):
            self.assertEqual(len(fields[name]), count)
        self.assertEqual(len(fields["data"]["class_name"]), count)

    def test_frames_may_be_tensors_or_flipped_arrays(self):
        frames = [self.video[t] for t in range(4)]
        expected = self.pipe.run(frames).to_coco()
        self.assertEqual(self.pipe.run(torch.from_numpy(frame.copy()) for frame in frames).to_coco(), expected)
        flipped = [np.ascontiguousarray(frame[..., ::-1])[..., ::-1] for frame in frames]
        self.assertEqual(self.pipe.run(flipped).to_coco(), expected)

    def test_the_memory_of_a_frame_may_be_used_again(self):
        buffer = np.empty_like(self.video[0])

        def reused():
            for frame in self.video:
                buffer[:] = frame
                yield buffer

        self.assertEqual(self.pipe.run(reused()).to_coco(), self.result.to_coco())

    def test_streams_of_one_pipeline_take_turns(self):
        streams = [self.pipe.stream(self.video) for _ in range(2)]
        for one, other in zip(*streams):
            self.assertEqual(one.ids.tolist(), other.ids.tolist())
        self.assertEqual(streams[0].result.to_coco(), self.result.to_coco())

    def test_files_give_what_the_program_gives(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            pictures = make_pictures(folder / "data")
            program("run", DEMO, "--input", pictures, "--out", folder / "program")
            result = self.pipe.run(pictures)
            result.save(folder / "python")
            expected = read_json(folder / "program/results.json")
            self.assertGreater(len(expected), 0)
            self.assertEqual(result.to_coco(), expected)
            self.assertEqual(read_json(folder / "python/results.json"), expected)
            for name in ("overlay.mp4", "report.html"):
                self.assertTrue((folder / "python" / name).exists(), name)
            for path in (folder / "program/ids").iterdir():
                self.assertEqual((folder / "python/ids" / path.name).read_bytes(), path.read_bytes())

    def test_an_image_model_takes_each_picture_for_a_video(self):
        pipe = clipwork.Pipeline(
            "clipwork:minvis/tiny.toml", weights="rule", model={"tracker": {"type": "none"}}, window={"length": 1}
        )
        frames = list(pipe.stream(squares(3), images=True))
        self.assertEqual([frame.index for frame in frames], [0, 1, 2])
        with self.assertRaisesRegex(clipwork.InputError, "a result for each picture"):
            pipe.run(squares(3))
        self.assertIn("image_id", pipe.run(squares(1)).to_coco()[0])
        self.assertTrue(all(frame.image is not None for frame in frames))
        with self.assertRaisesRegex(clipwork.InputError, "the video has no frames"):
            pipe.run([])


class ErrorTest(unittest.TestCase):
    def test_errors_have_the_text_of_the_program_and_its_parts(self):
        with self.assertRaises(clipwork.InputError) as caught:
            clipwork.Pipeline(DEMO, tracks={"min_scor": 0.5})
        self.assertIn("did you mean 'min_score'?", str(caught.exception))
        self.assertIsInstance(caught.exception, ValueError)
        self.assertIsInstance(caught.exception, clipwork.Error)

        with self.assertRaises(clipwork.InputError) as caught:
            clipwork.Pipeline(DEMO, weights="missing.pth")
        error = caught.exception
        self.assertTrue(error.problem)
        self.assertIn("missing.pth", error.where)
        self.assertTrue(str(error).startswith(f"{error.where}: {error.problem}"))

    def test_frames_of_other_forms_are_refused(self):
        pipe = clipwork.Pipeline("clipwork:minvis/tiny.toml", weights="rule")
        for frame in (np.zeros((8, 8), np.uint8), np.zeros((3, 8, 8), np.uint8), np.zeros((8, 8, 3), np.float32)):
            with self.assertRaisesRegex(clipwork.InputError, r"frame 0: expected a frame as uint8 RGB \[H, W, 3\]"):
                pipe.run([frame])
        with self.assertRaisesRegex(clipwork.InputError, "the video began with another size"):
            pipe.run([np.zeros((64, 64, 3), np.uint8), np.zeros((64, 96, 3), np.uint8)])

    def test_a_result_is_there_only_at_the_end(self):
        pipe = clipwork.Pipeline("clipwork:minvis/tiny.toml", weights="rule")
        stream = pipe.stream(squares(3))
        with self.assertRaisesRegex(clipwork.InputError, "read all frames of the stream first"):
            stream.result
        self.assertEqual(len(list(stream)), 3)
        self.assertIn("meaningless", stream.result.note)

    def test_exceptions_of_an_iterable_pass_through(self):
        def broken():
            yield from squares(2)
            raise RuntimeError("the camera was unplugged")

        pipe = clipwork.Pipeline("clipwork:minvis/tiny.toml", weights="rule")
        with self.assertRaisesRegex(RuntimeError, "unplugged"):
            pipe.run(broken())


class ThreadTest(unittest.TestCase):
    def test_other_threads_run_while_frames_are_computed(self):
        pipe = clipwork.Pipeline("clipwork:minvis/tiny.toml", weights="rule")
        worker = threading.Thread(target=pipe.run, args=(list(squares(40, 256, 384)),))
        worker.start()
        ticks = 0
        while worker.is_alive():
            time.sleep(0.001)
            ticks += 1
        self.assertGreater(ticks, 20)

    def test_ctrl_c_ends_a_stream(self):
        pipe = clipwork.Pipeline("clipwork:minvis/tiny.toml", weights="rule")

        def interrupted():
            for t, frame in enumerate(squares(1000)):
                if t == 5:
                    os.kill(os.getpid(), signal.SIGINT)
                yield frame

        with self.assertRaises(KeyboardInterrupt):
            pipe.run(interrupted())

    def test_ctrl_c_ends_the_wait_for_a_frame(self):
        pipe = clipwork.Pipeline("clipwork:minvis/tiny.toml", weights="rule")
        readable, writable = os.pipe()
        saved = os.dup(0)
        os.dup2(readable, 0)
        try:
            timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
            timer.start()
            start = time.monotonic()
            with self.assertRaises(KeyboardInterrupt):
                pipe.run("-")
            self.assertLess(time.monotonic() - start, 10)
        finally:
            os.dup2(saved, 0)
            for descriptor in (saved, readable, writable):
                os.close(descriptor)


class MemoryTest(unittest.TestCase):
    def test_memory_stays_flat_over_many_frames(self):
        frames = int(os.environ.get("CLIPWORK_SOAK_FRAMES", 400))
        pipe = clipwork.Pipeline("clipwork:minvis/tiny.toml", weights="rule", memory={"masks_mb": 1})

        def resident():
            with open("/proc/self/statm", encoding="ascii") as file:
                return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

        before = None
        for frame in pipe.stream(squares(frames)):
            frame.masks
            if frame.index == frames // 4:
                before = resident()
        self.assertLess(resident() - before, 24 << 20)


if __name__ == "__main__":
    unittest.main()
