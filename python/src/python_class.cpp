#include "python_class.h"

#include <clipwork/error.h>

#include "errors.h"

namespace clipwork::python {

void PythonParameter::describe(Describer& describer) {
  std::visit(
      [&](auto& own) {
        Describer::Entry entry = describer(name.c_str(), own, sentence.c_str());
        if (minimum || maximum) {
          constexpr double kNone = std::numeric_limits<double>::infinity();
          entry.range(minimum.value_or(-kNone), maximum.value_or(kNone));
        }
        if (!choices.empty()) entry.choices(choices);
        if (!unit.empty()) entry.unit(unit);
      },
      value);
}

void PythonParameters::describe(Describer& describer) {
  for (PythonParameter& value : values) value.describe(describer);
}

py::dict PythonParameters::dict() const {
  py::dict dict;
  for (const PythonParameter& one : values) {
    dict[py::str(one.name)] =
        std::visit([](const auto& value) -> py::object { return py::cast(value); }, one.value);
  }
  return dict;
}

py::object PythonParameters::make(const Given& given) const {
  return calling_python([&] {
    const py::object build = py::module_::import("clipwork.components").attr("_build");
    return build(of->type, dict(), given.classes);
  });
}

double PythonParameters::number(std::string_view name) const {
  for (const PythonParameter& one : values) {
    if (one.name == name) return std::get<double>(one.value);
  }
  throw Error(cat("there is no parameter '", name, "'"));
}

}  // namespace clipwork::python
