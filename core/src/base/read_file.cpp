#include <clipwork/error.h>
#include <clipwork/read_file.h>

#include <fstream>
#include <sstream>

namespace clipwork {

std::string read_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream bytes;
  bytes << stream.rdbuf();
  // Of an empty file nothing comes: `bytes` has failed, and is not bad.
  if (!stream || bytes.bad()) throw InputError("the file cannot be read", file.string());
  return std::move(bytes).str();
}

}  // namespace clipwork
