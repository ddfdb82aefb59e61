// clipwork._core: the module that the package's Python sources stand on. Tensors come and go as
// PyTorch's, without a copy; the GIL is released while the library works.

#include "bindings.h"

PYBIND11_MODULE(_core, module) {
  clipwork::python::bind_errors(module);
  clipwork::python::bind_config(module);
  clipwork::python::bind_video(module);
  clipwork::python::bind_data(module);
  clipwork::python::bind_training(module);
  clipwork::python::bind_components(module);
}
