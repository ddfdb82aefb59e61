#include "errors.h"

#include <c10/util/Exception.h>
#include <clipwork/error.h>
#include <clipwork/host/failure.h>

#include <string>

#include "bindings.h"

namespace clipwork::python {
namespace {

py::object class_of_errors(const char* name) {
  return py::module_::import("clipwork.errors").attr(name);
}

/// The last Python exception of this thread that became an Error, and that Error's problem.
struct Cause {
  PyObject* exception = nullptr;
  std::string problem;
};
thread_local Cause cause;

/// The exception that this error stands for, if it is the last one.
py::object take_cause(const std::string& problem) {
  if (!cause.exception || problem != cause.problem) return py::none();
  return py::reinterpret_steal<py::object>(std::exchange(cause.exception, nullptr));
}

void raise_in_python(const Error& error) {
  const py::object from = take_cause(error.problem());
  if (!from.is_none() && !py::isinstance(from, py::handle(PyExc_Exception))) {
    PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(from.ptr())), from.ptr());
    return;
  }
  const bool input = error.code() == ExitCode::bad_input;
  const py::object type = class_of_errors(input ? "InputError" : "Error");
  const py::object exception = type(error.problem(), error.where(), error.advice());
  if (!from.is_none()) exception.attr("__cause__") = from;
  PyErr_SetObject(type.ptr(), exception.ptr());
}

void translate(std::exception_ptr thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const Error& error) {
    raise_in_python(error);
  } catch (const c10::Error& error) {
    raise_in_python(failure_of(error));
  }
}

}  // namespace

void throw_as_error(py::error_already_set& exception) {
  const py::object value = exception.value();
  std::string problem;
  std::optional<Error> own;
  if (py::isinstance(value, class_of_errors("Error"))) {
    problem = value.attr("problem").cast<std::string>();
    const auto where = value.attr("where").cast<std::string>();
    const auto hint = value.attr("hint").cast<std::string>();
    const bool input = py::isinstance(value, class_of_errors("InputError"));
    own.emplace(problem, where, hint, input ? ExitCode::bad_input : ExitCode::failed);
  } else {
    const auto type = py::type::of(value).attr("__name__").cast<std::string>();
    const auto text = py::str(value).cast<std::string>();
    problem = text.empty() ? type : cat(type, ": ", text);
    own.emplace(problem);
  }
  Py_XDECREF(cause.exception);
  cause = {py::object(value).release().ptr(), problem};
  throw *own;
}

bool Interruption::stopped() {
  if (exception_) return true;
  const py::gil_scoped_acquire gil;
  if (PyErr_CheckSignals() == 0) return false;
  exception_ = std::make_exception_ptr(py::error_already_set());
  return true;
}

void Interruption::stop_with(std::exception_ptr exception) { exception_ = std::move(exception); }

void bind_errors(py::module_&) { py::register_local_exception_translator(translate); }

}  // namespace clipwork::python
