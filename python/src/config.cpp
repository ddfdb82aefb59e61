// Configs, components and their parameters.

#include <clipwork/error.h>
#include <clipwork/host/config.h>
#include <clipwork/host/inspect.h>
#include <clipwork/host/log.h>
#include <clipwork/host/plan.h>
#include <clipwork/host/registry.h>
#include <clipwork/host/sections.h>
#include <clipwork/suggestion.h>
#include <clipwork/version.h>

#include <filesystem>

#include "bindings.h"
#include "errors.h"
#include "run/located_weights.h"
#include "values.h"

namespace clipwork::python {
namespace {

Config load(const std::string& file, const std::optional<std::string>& weights,
            const std::optional<std::string>& device, const py::dict& changes) {
  std::vector<Override> overrides = to_overrides(changes);
  if (device) overrides.emplace_back(cat("run.device=", Value(*device).toml()), "device");
  if (weights) {
    const bool made = *weights == "rule" || *weights == "initial";
    const std::string path = made ? *weights : std::filesystem::absolute(*weights).string();
    overrides.emplace_back(cat("weights.file=", Value(path).toml()), "weights");
  }
  return without_gil([&] {
    Registry::instance().load_search_path();
    return runs::with_located_weights(load_config(file, overrides));
  });
}

/// The pages of the component or section of this name, or of all components, as JSON.
std::string inspect(const std::optional<std::string>& name,
                    const std::optional<std::string>& kind) {
  Registry& registry = Registry::instance();
  registry.load_search_path();
  const std::vector<const ComponentInfo*> all = registry.components(kind.value_or(""));
  if (!name) return component_list(all, PageForm::json);
  std::vector<const ComponentInfo*> found;
  std::vector<std::string> names;
  for (const ComponentInfo* info : all) {
    if (info->name == *name || info->full_name() == *name) found.push_back(info);
    names.push_back(info->name);
  }
  if (!found.empty()) return component_list(found, PageForm::json);
  for (const SectionInfo& section : sections()) {
    if (!kind && section.name == *name) {
      return cat("[",
                 section_page(section.name, section.sentence, section_parameters(section.name),
                              PageForm::json),
                 "]");
    }
    names.push_back(section.name);
  }
  throw InputError(cat("unknown component or section '", *name, "'"), {},
                   did_you_mean_or(*name, names, "clipwork.inspect() lists all components"));
}

}  // namespace

void bind_config(py::module_& module) {
  module.attr("version") = CLIPWORK_VERSION;
  module.attr("torch_version") = CLIPWORK_TORCH_VERSION;
  py::class_<Config>(module, "Config")
      .def("to_dict", [](const Config& config) { return to_python(config.tree()); })
      .def("toml", &Config::toml, py::arg("origins") = false)
      .def("find",
           [](const Config& config, const std::string& path) -> py::object {
             const Value* value = config.find(path);
             return value ? to_python(*value) : py::none();
           })
      .def_property_readonly("files", &Config::files);
  module.def("load_config", load, py::arg("file"), py::arg("weights"), py::arg("device"),
             py::arg("changes"));
  module.def(
      "resolve",
      [](const Config& config) {
        const Plan plan = plan_pipeline(config);
        plan.faults.raise();
        return plan.resolved;
      },
      py::call_guard<py::gil_scoped_release>());
  module.def("inspect", inspect, py::call_guard<py::gil_scoped_release>());
  module.def(
      "load_plugins",
      [](const std::string& folder) { Registry::instance().load_search_path({folder}); },
      py::call_guard<py::gil_scoped_release>());
  module.def("set_log_level", [](const std::string& level) {
    constexpr std::pair<const char*, LogLevel> kLevels[] = {{"error", LogLevel::error},
                                                            {"warn", LogLevel::warn},
                                                            {"info", LogLevel::info},
                                                            {"debug", LogLevel::debug}};
    for (const auto& [name, value] : kLevels) {
      if (level == name) return set_log_level(value);
    }
    throw InputError(cat("'", level, "' is not a log level"), {},
                     "use \"error\", \"warn\", \"info\" or \"debug\"");
  });
}

}  // namespace clipwork::python
