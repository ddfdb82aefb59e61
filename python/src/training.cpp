// Trainings.

#include <clipwork/host/log.h>
#include <clipwork/host/processes.h>
#include <clipwork/runs/training_run.h>

#include <memory>
#include <string>

#include "bindings.h"
#include "errors.h"
#include "train/training_recipe.h"

namespace clipwork::python {
namespace {

/// `callback` is called after every step; None: there is none. What it raises ends the training as
/// Ctrl-C does, after a checkpoint was written; StopIteration does so without being an error.
runs::TrainingReport train(const Config& config, runs::TrainingRequest request,
                           const py::object& callback) {
  Interruption interruption;
  bool asked_to_stop = false;
  if (!callback.is_none()) {
    request.stepped = [&](const StepReport& step) {
      const py::gil_scoped_acquire gil;
      try {
        callback(step);
      } catch (const py::error_already_set& exception) {
        asked_to_stop = exception.matches(PyExc_StopIteration);
        if (!asked_to_stop) interruption.stop_with(std::current_exception());
      }
    };
  }
  runs::TrainingReport report = without_gil([&] {
    const ProcessPlace place = process_place();
    const std::unique_ptr<Communicator> world = make_communicator(place);
    request.world = world.get();
    request.local_rank = place.local_rank;
    // Only process 0 prints messages that all processes would print.
    if (world->rank() > 0 && log_level() == LogLevel::info) set_log_level(LogLevel::error);
    runs::TrainingRun run(request, config);
    return run.run([&] { return asked_to_stop || interruption.stopped(); });
  });
  interruption.raise();
  return report;
}

}  // namespace

void bind_training(py::module_& module) {
  py::class_<StepReport>(module, "StepReport")
      .def_readonly("step", &StepReport::step)
      .def_readonly("rate", &StepReport::rate)
      .def_readonly("loss", &StepReport::loss)
      .def_property_readonly("terms",
                             [](const StepReport& self) {
                               py::dict terms;
                               for (const auto& [name, value] : self.terms) {
                                 terms[py::str(name)] = value;
                               }
                               return terms;
                             })
      .def_readonly("gradient_norm", &StepReport::gradient_norm)
      .def_readonly("seconds", &StepReport::seconds)
      .def_readonly("data_seconds", &StepReport::data_seconds);
  py::class_<runs::TrainingReport>(module, "TrainingReport")
      .def_property_readonly("folder",
                             [](const runs::TrainingReport& self) { return self.folder.string(); })
      .def_readonly("steps", &runs::TrainingReport::steps)
      .def_readonly("of", &runs::TrainingReport::of)
      .def_readonly("interrupted", &runs::TrainingReport::interrupted)
      .def_readonly("best_measure", &runs::TrainingReport::best_measure)
      .def_readonly("best", &runs::TrainingReport::best);
  module.def(
      "train",
      [](const Config& config, const std::string& name, const std::string& out, bool resume,
         const std::vector<std::string>& allow, int64_t overfit, const py::object& callback) {
        runs::TrainingRequest request;
        request.config = name;
        request.command = cat("clipwork.train(\"", name, "\")");
        request.out = out;
        request.resume = resume;
        request.allowed = allow;
        request.overfit = overfit;
        return train(config, std::move(request), callback);
      },
      py::arg("config"), py::arg("name"), py::arg("out"), py::arg("resume"), py::arg("allow"),
      py::arg("overfit"), py::arg("callback"));
  module.def("is_recipe",
             [](const std::string& file) { return runs::read_recipe(file).has_value(); });
}

}  // namespace clipwork::python
