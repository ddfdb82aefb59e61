#include "values.h"

#include <clipwork/error.h>

namespace clipwork::python {
namespace {

constexpr const char* kOption = "keyword argument";

void add_overrides(const py::dict& changes, const std::string& prefix,
                   std::vector<Override>& overrides) {
  for (const auto& [key, value] : changes) {
    const std::string place = prefix + py::str(key).cast<std::string>();
    if (py::isinstance<py::dict>(value) && py::len(value) > 0) {
      add_overrides(py::reinterpret_borrow<py::dict>(value), place + ".", overrides);
    } else {
      overrides.emplace_back(cat(place, "=", to_value(value, place).toml()), kOption);
    }
  }
}

}  // namespace

py::object to_python(const Value& value) {
  if (const bool* boolean = value.boolean()) return py::bool_(*boolean);
  if (const int64_t* integer = value.integer()) return py::int_(*integer);
  if (const double* real = value.real()) return py::float_(*real);
  if (const std::string* text = value.text()) return py::str(*text);
  if (const Value::Array* array = value.array()) {
    py::list list;
    for (const Value& item : *array) list.append(to_python(item));
    return list;
  }
  if (const Value::Table* table = value.table_members()) {
    py::dict dict;
    for (const Value::Member& member : *table) dict[py::str(member.key)] = to_python(member.value);
    return dict;
  }
  return py::none();
}

Value to_value(py::handle object, const std::string& place) {
  if (py::isinstance<py::bool_>(object)) return object.cast<bool>();
  if (py::isinstance<py::int_>(object)) return object.cast<int64_t>();
  if (py::isinstance<py::float_>(object)) return object.cast<double>();
  if (py::isinstance<py::str>(object)) return object.cast<std::string>();
  if (py::hasattr(object, "__fspath__")) {
    return object.attr("__fspath__")().cast<std::string>();
  }
  if (py::isinstance<py::list>(object) || py::isinstance<py::tuple>(object)) {
    Value::Array array;
    for (const py::handle item : object) array.push_back(to_value(item, place));
    return array;
  }
  if (py::isinstance<py::dict>(object)) {
    Value table = Value::table();
    for (const auto& [key, value] : py::reinterpret_borrow<py::dict>(object)) {
      const auto name = py::str(key).cast<std::string>();
      table.table_members()->push_back({name, to_value(value, cat(place, ".", name)), {}});
    }
    return table;
  }
  throw InputError(cat("expected a bool, int, float, str, list or dict, found ",
                       py::str(py::type::of(object).attr("__name__")).cast<std::string>()),
                   place);
}

std::vector<Override> to_overrides(const py::dict& changes) {
  std::vector<Override> overrides;
  add_overrides(changes, {}, overrides);
  return overrides;
}

}  // namespace clipwork::python
