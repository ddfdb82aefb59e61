// Pipelines, the videos that go through them, and their results.

#include <clipwork/host/log.h>
#include <clipwork/host/pipeline.h>
#include <clipwork/host/results_file.h>
#include <clipwork/runs/shown_video.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bindings.h"
#include "data/input.h"
#include "errors.h"
#include "frame_tracks.h"
#include "run/frame_reader.h"
#include "run/run_facts.h"

namespace clipwork::python {
namespace {

/// A pipeline with the note that must accompany its results.
struct NotedPipeline {
  explicit NotedPipeline(const Config& config) : pipeline(config), note(runs::note_of(pipeline)) {
    if (!note.empty()) log_warn(note);
  }
  Pipeline pipeline;
  std::string note;
};

/// Frames of a video file, a folder, a camera or standard input, read ahead on a thread.
class Reader {
 public:
  Reader(const std::string& input, int64_t max_frames) : input_(runs::parse_input(input)) {
    std::shared_ptr<Source> source = input_.open(nullptr);
    count_ = source->count();
    reader_.emplace(std::move(source), max_frames, [this] { return interruption_.stopped(); });
  }

  std::optional<int64_t> count() const { return count_; }
  bool rereadable() const { return input_.rereadable; }

  std::optional<Frame> next() {
    std::optional<Frame> frame = without_gil([&] { return reader_->next(); });
    interruption_.raise();
    return frame;
  }

 private:
  runs::Input input_;
  std::optional<int64_t> count_;
  Interruption interruption_;
  std::optional<runs::FrameReader> reader_;
};

/// A result, with what its files need to know of the pipeline.
struct VideoResult {
  Result result;
  ClassesSection classes;
  OutputSection output;
  std::string note;

  void check_kept() const {
    if (result.spool) return;
    throw InputError("the masks of this result were not kept", {}, "set run.keep_result to true");
  }

  std::vector<std::string> lines(int64_t video_id, ResultForm form) const {
    check_kept();
    std::vector<std::string> lines;
    for (const ResultRow& row : result.rows) {
      lines.push_back(result_line(video_id, result, row, classes, note, form));
    }
    return lines;
  }

  /// results.json; with `input`, the video that it is the result of, also what `[output]` wants.
  void save(const std::filesystem::path& folder, const std::optional<std::string>& input) const {
    check_kept();
    if (input) {
      show(folder, *input);
    } else {
      std::filesystem::create_directories(folder);
    }
    ResultsFile file(folder / "results.json", note);
    file.add(1, result, classes);
    file.commit();
  }

  void show(const std::filesystem::path& folder, const std::string& text) const {
    const runs::Input input = runs::parse_input(text);
    const std::shared_ptr<Source> source = input.open(nullptr);
    runs::ShownVideo shown;
    shown.title = input.title;
    shown.frames = result.frames;
    if (source->rate() > 0) shown.rate = source->rate();
    shown.frame = [&](int64_t) {
      std::optional<Frame> frame = source->next();
      if (!frame) throw InputError("the video has fewer frames than the result", text);
      return std::move(*frame);
    };
    shown.tracks = runs::shown_tracks(result.rows, classes);
    shown.mask = [&](int64_t track, int64_t t) { return result.mask(track, t); };
    shown.note = note;
    shown.facts = {{"input", text}};
    runs::show_video(folder, shown, output);
  }
};

/// A video on its way through a pipeline, which outlives it.
class VideoStream {
 public:
  VideoStream(const NotedPipeline& shared, const std::string& name,
              const std::optional<int64_t>& frames)
      : shared_(shared), stream_(shared.pipeline.open(info_of(name, frames))) {}

  std::vector<FrameTracks> push(const Tensor& pixels, double seconds, const std::string& name) {
    return shown(stream_.push({pixels, pushed_++, seconds, name}));
  }

  std::pair<VideoResult, std::vector<FrameTracks>> finish() {
    Finished finished = stream_.finish();
    return {{std::move(finished.result), shared_.pipeline.classes(), shared_.pipeline.output(),
             shared_.note},
            shown(finished.settled)};
  }

 private:
  static VideoInfo info_of(const std::string& name, const std::optional<int64_t>& frames) {
    VideoInfo info;
    info.name = name;
    info.frames = frames;
    return info;
  }

  static std::vector<FrameTracks> shown(const std::vector<SettledFrame>& settled) {
    std::vector<FrameTracks> frames;
    for (const SettledFrame& one : settled) frames.push_back(tracks_of(one));
    return frames;
  }

  const NotedPipeline& shared_;
  Stream stream_;
  int64_t pushed_ = 0;
};

std::pair<int64_t, int64_t> pair_of(Size size) { return {size.height, size.width}; }

/// COCO's compressed form.
py::dict code_of(const MaskRle& mask) {
  py::dict code;
  code["size"] = py::make_tuple(mask.size.height, mask.size.width);
  code["counts"] = mask.compressed();
  return code;
}

void bind_results(py::module_& module) {
  py::class_<FrameTracks>(module, "FrameTracks")
      .def_property_readonly("size", [](const FrameTracks& frame) { return pair_of(frame.size); })
      .def_readonly("ids", &FrameTracks::ids)
      .def_readonly("labels", &FrameTracks::labels)
      .def_readonly("scores", &FrameTracks::scores)
      .def("masks", &FrameTracks::decoded, py::call_guard<py::gil_scoped_release>())
      .def("boxes", &FrameTracks::boxes)
      .def("codes", [](const FrameTracks& frame) {
        py::list codes;
        for (const MaskRle& mask : frame.masks) codes.append(code_of(mask));
        return codes;
      });
  py::class_<VideoResult>(module, "VideoResult")
      .def_property_readonly("frames", [](const VideoResult& self) { return self.result.frames; })
      .def_property_readonly("size",
                             [](const VideoResult& self) { return pair_of(self.result.size); })
      .def_readonly("note", &VideoResult::note)
      .def_property_readonly("rows",
                             [](const VideoResult& self) {
                               std::vector<std::tuple<int64_t, int64_t, double>> rows;
                               for (const ResultRow& row : best_row_per_track(self.result.rows)) {
                                 rows.emplace_back(row.track, row.category, row.score);
                               }
                               return rows;
                             })
      .def(
          "frame",
          [](const VideoResult& self, int64_t frame) {
            self.check_kept();
            return tracks_of(self.result, frame);
          },
          py::call_guard<py::gil_scoped_release>())
      .def(
          "lines",
          [](const VideoResult& self, int64_t video_id, bool picture) {
            return self.lines(video_id, picture ? ResultForm::picture : ResultForm::video);
          },
          py::call_guard<py::gil_scoped_release>())
      .def(
          "save",
          [](const VideoResult& self, const std::string& folder,
             const std::optional<std::string>& input) { self.save(folder, input); },
          py::call_guard<py::gil_scoped_release>());
}

}  // namespace

void bind_video(py::module_& module) {
  bind_results(module);
  py::class_<NotedPipeline>(module, "Pipeline")
      .def(py::init<const Config&>(), py::call_guard<py::gil_scoped_release>())
      .def_property_readonly(
          "classes", [](const NotedPipeline& self) { return self.pipeline.classes().names; })
      .def_property_readonly(
          "still_pictures",
          [](const NotedPipeline& self) { return self.pipeline.still_pictures(); })
      .def_property_readonly(
          "weights", [](const NotedPipeline& self) { return self.pipeline.weights_origin(); })
      .def_readonly("note", &NotedPipeline::note);
  py::class_<VideoStream>(module, "VideoStream")
      .def(py::init<const NotedPipeline&, const std::string&, const std::optional<int64_t>&>(),
           py::keep_alive<1, 2>(), py::arg("pipeline"), py::arg("name"), py::arg("frames"))
      .def("push", &VideoStream::push, py::call_guard<py::gil_scoped_release>())
      .def("finish", &VideoStream::finish, py::call_guard<py::gil_scoped_release>());
  py::class_<Frame>(module, "SourceFrame")
      .def_readonly("pixels", &Frame::pixels)
      .def_readonly("seconds", &Frame::seconds)
      .def_readonly("name", &Frame::name);
  py::class_<Reader>(module, "Reader")
      .def(py::init<const std::string&, int64_t>(), py::arg("input"), py::arg("max_frames"))
      .def_property_readonly("count", &Reader::count)
      .def_property_readonly("rereadable", &Reader::rereadable)
      .def("next", &Reader::next);
}

}  // namespace clipwork::python
