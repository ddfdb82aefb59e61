#include <clipwork/error.h>
#include <clipwork/host/toml_file.h>
#include <clipwork/read_file.h>

#include "config/toml_reader.h"

namespace clipwork {

std::optional<Value> read_toml_file(const std::filesystem::path& file, Faults& faults) {
  std::string text;
  try {
    text = read_file(file, kMaxConfigBytes);
  } catch (const InputError& error) {
    faults.add({file.string()}, error.problem(), error.advice());
    return {};
  }
  return parse_toml(text, file.string(), faults);
}

}  // namespace clipwork
