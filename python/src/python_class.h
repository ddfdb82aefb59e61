#pragma once
// A component that is written in Python: its class, and what the class says of its parameters and
// contract.

#include <clipwork/component.h>
#include <clipwork/parameters.h>
#include <torch/csrc/utils/pybind.h>

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace clipwork::python {

/// A parameter as `clipwork.parameter` describes it, with its value.
struct PythonParameter {
  std::string name, sentence, unit;
  std::variant<bool, int64_t, double, std::string, std::vector<int64_t>, std::vector<double>,
               std::vector<std::string>>
      value;
  std::optional<double> minimum, maximum;
  std::vector<std::string> choices;

  void describe(Describer& describer);
};

/// A class as it was registered. Never destroyed, as the registry is not.
struct PythonClass {
  py::object type;
  std::string kind, name, sentence;
  std::vector<PythonParameter> parameters;
  std::vector<std::string> needs, gives;
  int64_t min_window = 1, max_window = 0;
  std::string carries;  ///< WindowContract::state
  bool one_window = false, wants_points = false;
};

/// The parameters of one component of a class: its parameter struct, for the registry.
struct PythonParameters {
  const PythonClass* of = nullptr;
  std::vector<PythonParameter> values;

  explicit PythonParameters(const PythonClass& described)
      : of(&described), values(described.parameters) {}
  void describe(Describer& describer);
  /// To be called with the GIL.
  py::dict dict() const;
  /// The instance with these values as attributes. To be called with the GIL.
  py::object make(const Given& given) const;
  /// The value of a parameter that is a number.
  double number(std::string_view name) const;
};

}  // namespace clipwork::python
