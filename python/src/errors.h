#pragma once
// Errors on their way between C++ and Python, and Ctrl-C.

#include <torch/csrc/utils/pybind.h>

#include <exception>

namespace clipwork::python {

/// Throws the Error that stands for a Python exception: one of the package's own as it is, any
/// other by its type and text. The exception is kept, and becomes the cause of the one that Python
/// gets in the end; KeyboardInterrupt and SystemExit come back as they are.
[[noreturn]] void throw_as_error(py::error_already_set& exception);

/// Calls into Python code, with the GIL held. Throws Error for Python's exceptions.
template <class Call>
auto calling_python(const Call& call) {
  try {
    return call();
  } catch (py::error_already_set& exception) {
    throw_as_error(exception);
  }
}

/// Runs `call` without the GIL, so that other Python threads can go on.
template <class Call>
auto without_gil(const Call& call) {
  const py::gil_scoped_release released;
  return call();
}

/// Asks Python's signal handlers, from C++ that runs without the GIL. Once one of them has raised
/// (KeyboardInterrupt), or `stop_with` was called, `stopped` stays true, and `raise` throws it.
class Interruption {
 public:
  bool stopped();
  /// Takes a Python exception that ends the work.
  void stop_with(std::exception_ptr exception);
  /// To be called with the GIL.
  void raise() const {
    if (exception_) std::rethrow_exception(exception_);
  }

 private:
  std::exception_ptr exception_;
};

}  // namespace clipwork::python
