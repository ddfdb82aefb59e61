// Data sets, and scores of results.

#include <clipwork/host/ground_truth.h>
#include <clipwork/host/registry.h>
#include <clipwork/runs/scores.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bindings.h"
#include "data/dataset_open.h"
#include "values.h"

namespace clipwork::python {
namespace {

runs::OpenDataset open_dataset(const std::string& path, const std::optional<std::string>& images,
                               const py::dict& changes) {
  const std::vector<Override> overrides = to_overrides(changes);
  const py::gil_scoped_release released;
  Registry::instance().load_search_path();
  return runs::open_dataset(path, images.value_or(""), overrides);
}

const VideoEntry& video_of(const runs::OpenDataset& data, int64_t index) {
  return data.dataset->videos().at(static_cast<size_t>(index));
}

}  // namespace

void bind_data(py::module_& module) {
  py::class_<runs::OpenDataset>(module, "Dataset")
      .def(py::init(&open_dataset), py::arg("path"), py::arg("images"), py::arg("changes"))
      .def_property_readonly("classes",
                             [](const runs::OpenDataset& self) {
                               std::vector<std::string> names;
                               for (const Category& one : self.dataset->categories())
                                 names.push_back(one.name);
                               return names;
                             })
      .def_property_readonly("pictures",
                             [](const runs::OpenDataset& self) { return self.dataset->pictures(); })
      .def("__len__", [](const runs::OpenDataset& self) { return self.dataset->videos().size(); })
      .def("video",
           [](const runs::OpenDataset& self, int64_t index) {
             const VideoEntry& video = video_of(self, index);
             return py::make_tuple(video.id, video.name, video.length);
           })
      .def(
          "frame",
          [](const runs::OpenDataset& self, int64_t index, int64_t t) {
            return self.dataset->frame(index, t).pixels;
          },
          py::call_guard<py::gil_scoped_release>())
      .def(
          "ground_truth",
          [](const runs::OpenDataset& self) { return ground_truth(*self.dataset, self.form); },
          py::call_guard<py::gil_scoped_release>());

  py::class_<GroundTruth>(module, "GroundTruth").def_readonly("annotated", &GroundTruth::annotated);
  module.def(
      "read_ground_truth", [](const std::string& file) { return read_ground_truth(file); },
      py::call_guard<py::gil_scoped_release>());
  py::class_<runs::ScoreOptions>(module, "ScoreOptions")
      .def(py::init<>())
      .def_readwrite("strict", &runs::ScoreOptions::strict)
      .def_readwrite("class_agnostic", &runs::ScoreOptions::class_agnostic)
      .def_readwrite("boxes", &runs::ScoreOptions::boxes)
      .def_readwrite("frames", &runs::ScoreOptions::frames)
      .def_readwrite("tracking", &runs::ScoreOptions::tracking)
      .def_readwrite("lengths", &runs::ScoreOptions::lengths)
      .def_readwrite("min_score", &runs::ScoreOptions::min_score);
  module.def(
      "score",
      [](const GroundTruth& truth, const std::string& results, const runs::ScoreOptions& options) {
        return runs::scores_json(runs::score(truth, read_results(results), options));
      },
      py::call_guard<py::gil_scoped_release>());
}

}  // namespace clipwork::python
