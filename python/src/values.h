#pragma once
// Values of configs as Python objects.

#include <clipwork/host/config.h>
#include <clipwork/value.h>
#include <torch/csrc/utils/pybind.h>

#include <vector>

namespace clipwork::python {

/// None, bool, int, float, str, list or dict.
py::object to_python(const Value& value);

/// The same the other way; tuples and paths, too. Throws InputError naming `place` for objects of
/// other types.
Value to_value(py::handle object, const std::string& place);

/// The changes of a config that keyword arguments stand for: `tracks={"min_score": 0.3}` and
/// `"tracks.min_score": 0.3` are `--set tracks.min_score=0.3`.
std::vector<Override> to_overrides(const py::dict& changes);

}  // namespace clipwork::python
