#pragma once
// The parts of the module, one function each.

#include <torch/csrc/utils/pybind.h>

namespace clipwork::python {

void bind_errors(py::module_& module);
void bind_config(py::module_& module);
void bind_video(py::module_& module);
void bind_data(py::module_& module);
void bind_training(py::module_& module);
void bind_components(py::module_& module);

}  // namespace clipwork::python
