#include <clipwork/error.h>
#include <clipwork/read_file.h>

#include <fstream>

namespace clipwork {

std::string read_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string bytes, block(1 << 16, '\0');
  while (stream.read(block.data(), static_cast<std::streamsize>(block.size())) ||
         stream.gcount() > 0) {
    bytes.append(block, 0, static_cast<size_t>(stream.gcount()));
  }
  // Of a folder, nothing can be read either, and no end is met.
  if (!stream.eof()) throw InputError("the file cannot be read", file.string());
  return bytes;
}

}  // namespace clipwork
