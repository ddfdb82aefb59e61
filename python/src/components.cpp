// Trackers and loss terms that are written in Python, and the types that they work on.

#include <clipwork/assignment.h>
#include <clipwork/host/registry.h>
#include <clipwork/loss_term.h>
#include <clipwork/tracker.h>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "bindings.h"
#include "errors.h"
#include "python_class.h"

namespace clipwork::python {
namespace {

/// The plugin whose components these are.
constexpr const char* kPlugin = "python";

/// Owns a Python object that C++ may destroy without the GIL.
class Held {
 public:
  explicit Held(py::object object) : object_(std::move(object)) {}
  ~Held() {
    const py::gil_scoped_acquire gil;
    object_ = py::object();
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  const py::object& operator*() const { return object_; }

 private:
  py::object object_;
};

/// The state of one video: the tracker's own, and the tracks that it has begun.
struct PythonState : State {
  explicit PythonState(py::object object) : own(std::move(object)) {}
  Held own;
  std::set<int64_t> live;
};

/// A window without the memos, which belong to the decoder.
struct WindowPlace {
  int64_t first = 0, length = 0, head = 0, tail = 0;
};

/// The masks of a window's rows.
struct WindowMasks {
  std::shared_ptr<const Masks> masks;
  int64_t batch = 1, rows = 0;

  Pairs pairs(const std::optional<std::vector<int64_t>>& of) const {
    return of ? Pairs::of(*of) : Pairs::all(batch, rows);
  }
};

class PythonTracker : public Tracker {
 public:
  PythonTracker(const PythonParameters& parameters, const Given& given)
      : object_(parameters.make(given)) {}

  std::unique_ptr<State> make_state(int64_t) const override {
    const py::gil_scoped_acquire gil;
    return calling_python(
        [&] { return std::make_unique<PythonState>((*object_).attr("make_state")()); });
  }

  Tracked track(ClipPrediction prediction, const Window& window, State& state, Context&) override {
    auto& video = dynamic_cast<PythonState&>(state);
    Tracked tracked{window.first, std::move(prediction), {}, {}};
    const py::gil_scoped_acquire gil;
    calling_python([&] {
      const WindowPlace place{window.first, window.length(), window.head, window.tail};
      const py::object answer = (*object_).attr("_track")(tracked.prediction, place, *video.own);
      const auto tracks = answer.attr("tracks").cast<std::vector<int64_t>>();
      for (size_t row = 0; row < tracks.size(); ++row) {
        const bool fresh = tracks[row] >= 0 && video.live.insert(tracks[row]).second;
        tracked.links.push_back({static_cast<int>(row), tracks[row], fresh});
      }
      tracked.ended = answer.attr("ended").cast<std::vector<int64_t>>();
      tracked.dropped = answer.attr("dropped").cast<std::vector<int64_t>>();
      for (const int64_t track : tracked.ended) video.live.erase(track);
    });
    return tracked;
  }

 private:
  Held object_;
};

class PythonLossTerm : public LossTerm {
 public:
  PythonLossTerm(const PythonParameters& parameters, const Given& given)
      : LossTerm(parameters.number("weight")),
        object_(parameters.make(given)),
        wants_points_(parameters.of->wants_points) {}

  std::vector<Tensor> operator()(const Layer& layer, Context&) override {
    const py::gil_scoped_acquire gil;
    return calling_python(
        [&] { return (*object_).attr("_values")(layer).cast<std::vector<Tensor>>(); });
  }
  bool wants_points() const override { return wants_points_; }

 private:
  Held object_;
  bool wants_points_;
};

/// The classes by kind and name. Registering one again replaces it for pipelines that are made from
/// then on, as a notebook does whose cell is run twice.
class Classes {
 public:
  const PythonClass& get(const std::string& kind, const std::string& name) {
    const std::lock_guard lock(mutex_);
    return *classes_.at({kind, name});
  }
  /// True if there was none of its kind and name.
  bool set(std::unique_ptr<PythonClass> one) {
    const std::lock_guard lock(mutex_);
    auto& place = classes_[{one->kind, one->name}];
    const bool first = !place;
    // Planned components refer to the class that they were planned with.
    if (place) replaced_.push_back(std::move(place));
    place = std::move(one);
    return first;
  }
  void remove(const std::string& kind, const std::string& name) {
    const std::lock_guard lock(mutex_);
    classes_.erase({kind, name});
  }

 private:
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::unique_ptr<PythonClass>> classes_;
  std::vector<std::unique_ptr<PythonClass>> replaced_;
};

Classes& classes() {
  static auto* all = new Classes;
  return *all;
}

std::shared_ptr<const Contract> contract_of(const PythonClass& described) {
  if (described.kind == LossTerm::kKind) {
    auto contract = std::make_shared<LossTerm::Contract>();
    contract->needs = described.needs;
    return contract;
  }
  auto contract = std::make_shared<TrackerContract>();
  contract->needs = described.needs;
  contract->gives = described.gives;
  contract->min_window = described.min_window;
  contract->max_window = described.max_window;
  contract->state = described.carries;
  contract->one_window = described.one_window;
  return contract;
}

std::shared_ptr<Component> make_python(const PythonParameters& parameters, const Given& given) {
  const py::gil_scoped_acquire gil;
  if (parameters.of->kind == LossTerm::kKind) {
    return std::make_shared<PythonLossTerm>(parameters, given);
  }
  return std::make_shared<PythonTracker>(parameters, given);
}

ComponentInfo component_info(const std::string& kind, const std::string& name,
                             const std::string& sentence) {
  ComponentInfo info;
  info.kind = kind;
  info.name = name;
  info.sentence = sentence;
  info.plugin = kPlugin;
  info.describe = [kind, name](Describer& describer) -> std::shared_ptr<void> {
    auto parameters = std::make_shared<PythonParameters>(classes().get(kind, name));
    parameters->describe(describer);
    return parameters;
  };
  info.contract = [](const void* parameters, const Given&) {
    return contract_of(*static_cast<const PythonParameters*>(parameters)->of);
  };
  info.make = [](const void* parameters, const Given& given) {
    return make_python(*static_cast<const PythonParameters*>(parameters), given);
  };
  return info;
}

PythonParameter parameter_of(const py::handle& described) {
  PythonParameter parameter;
  parameter.name = described.attr("name").cast<std::string>();
  parameter.sentence = described.attr("sentence").cast<std::string>();
  parameter.unit = described.attr("unit").cast<std::string>();
  parameter.minimum = described.attr("minimum").cast<std::optional<double>>();
  parameter.maximum = described.attr("maximum").cast<std::optional<double>>();
  parameter.choices = described.attr("choices").cast<std::vector<std::string>>();
  parameter.value = described.attr("default").cast<decltype(parameter.value)>();
  return parameter;
}

void register_class(const py::object& type, const std::string& kind, const std::string& name,
                    const std::string& sentence, const py::list& parameters) {
  auto described = std::make_unique<PythonClass>();
  described->type = type;
  described->kind = kind;
  described->name = name;
  described->sentence = sentence;
  for (const py::handle one : parameters) described->parameters.push_back(parameter_of(one));
  described->needs = type.attr("needs").cast<std::vector<std::string>>();
  if (kind == Tracker::kKind) {
    described->gives = type.attr("gives").cast<std::vector<std::string>>();
    described->min_window = type.attr("min_window").cast<int64_t>();
    described->max_window = type.attr("max_window").cast<int64_t>();
    described->carries = type.attr("carries").cast<std::string>();
    described->one_window = type.attr("one_window").cast<bool>();
  } else {
    described->wants_points = type.attr("wants_points").cast<bool>();
  }
  const py::gil_scoped_release released;
  if (!classes().set(std::move(described))) return;
  try {
    Registry::instance().add_builtin(component_info(kind, name, sentence));
  } catch (...) {
    classes().remove(kind, name);
    throw;
  }
}

const char* word_of(ScoreForm form) {
  switch (form) {
    case ScoreForm::softmax:
      return "softmax";
    case ScoreForm::sigmoid:
      return "sigmoid";
    case ScoreForm::probability:
      return "probability";
  }
  return "";
}

/// A tensor that may be undefined: None.
template <Tensor ClipPrediction::*member>
std::optional<Tensor> defined(const ClipPrediction& prediction) {
  const Tensor& value = prediction.*member;
  return value.defined() ? std::optional(value) : std::nullopt;
}

void bind_predictions(py::module_& module) {
  py::class_<WindowPlace>(module, "Window")
      .def_readonly("first", &WindowPlace::first)
      .def_readonly("length", &WindowPlace::length)
      .def_readonly("head", &WindowPlace::head)
      .def_readonly("tail", &WindowPlace::tail);
  py::class_<WindowMasks>(module, "Masks")
      .def(
          "bits",
          [](const WindowMasks& self, int frame, const std::optional<std::vector<int64_t>>& rows) {
            return self.masks->bits(frame, self.pairs(rows), At::output);
          },
          py::arg("frame"), py::arg("rows") = py::none(), py::call_guard<py::gil_scoped_release>())
      .def(
          "values",
          [](const WindowMasks& self, int frame, const std::optional<std::vector<int64_t>>& rows) {
            return self.masks->values(frame, self.pairs(rows));
          },
          py::arg("frame"), py::arg("rows") = py::none(), py::call_guard<py::gil_scoped_release>());
  py::class_<ClipPrediction, std::shared_ptr<ClipPrediction>>(module, "Prediction")
      .def_readonly("class_scores", &ClipPrediction::class_scores)
      .def_property_readonly("form", [](const ClipPrediction& self) { return word_of(self.form); })
      .def_property_readonly("probabilities",
                             [](const ClipPrediction& self) {
                               return class_probabilities(self.class_scores, self.form);
                             })
      .def_property_readonly("embeddings", defined<&ClipPrediction::embeddings>)
      .def_property_readonly("queries", defined<&ClipPrediction::queries>)
      .def_property_readonly("rows", &ClipPrediction::rows)
      .def_property_readonly(
          "masks",
          [](const ClipPrediction& self) {
            return WindowMasks{self.masks, self.class_scores.size(0), self.rows()};
          })
      .def_property_readonly("more", [](const ClipPrediction& self) {
        py::dict more;
        for (const Tensors::Entry& entry : self.more.entries)
          more[py::str(entry.name)] = entry.value;
        return more;
      });
}

void bind_matches(py::module_& module) {
  py::class_<Targets>(module, "Targets")
      .def_readonly("name", &Targets::name)
      .def_readonly("labels", &Targets::labels)
      .def_readonly("ids", &Targets::ids)
      .def_readonly("masks", &Targets::masks)
      .def_property_readonly("boxes", [](const Targets& self) {
        return self.boxes.defined() ? std::optional(self.boxes) : std::nullopt;
      });
  py::class_<Assignment>(module, "Assignment")
      .def_readonly("rows", &Assignment::rows)
      .def_readonly("columns", &Assignment::columns);
  py::class_<MaskPoints>(module, "MaskPoints")
      .def_readonly("logits", &MaskPoints::logits)
      .def_readonly("labels", &MaskPoints::labels)
      .def_readonly("present", &MaskPoints::present);
  py::class_<Matched>(module, "Matched")
      .def_property_readonly("prediction", [](const Matched& self) { return *self.prediction; })
      .def_readonly("first", &Matched::first)
      .def_readonly("matches", &Matched::matches)
      .def_property_readonly("targets",
                             [](const Matched& self) {
                               std::vector<Targets> targets;
                               for (size_t entry = 0; entry < self.matches.size(); ++entry) {
                                 targets.push_back(self.targets_of(entry));
                               }
                               return targets;
                             })
      .def_readonly("normaliser", &Matched::normaliser)
      .def_readonly("points", &Matched::points);
  py::class_<Layer>(module, "Layer")
      .def_property_readonly("index",
                             [](const Layer& self) {
                               return self.index == Layer::kFinal ? std::nullopt
                                                                  : std::optional(self.index);
                             })
      .def_readonly("clips", &Layer::clips)
      .def_readonly("frames", &Layer::frames);
}

}  // namespace

void bind_components(py::module_& module) {
  bind_predictions(module);
  bind_matches(module);
  module.def(
      "assign",
      [](const Tensor& cost, bool greedy) {
        Assignment pairs = greedy ? assign_greedily(cost) : assign_least_cost(cost);
        return std::pair(std::move(pairs.rows), std::move(pairs.columns));
      },
      py::arg("cost"), py::arg("greedy"), py::call_guard<py::gil_scoped_release>());
  module.def("register_class", register_class, py::arg("type"), py::arg("kind"), py::arg("name"),
             py::arg("sentence"), py::arg("parameters"));
}

}  // namespace clipwork::python
