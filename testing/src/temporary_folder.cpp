#include <clipwork/error.h>
#include <clipwork/output_file.h>
#include <clipwork/testing/temporary_folder.h>
#include <stdlib.h>

namespace clipwork::test {

namespace fs = std::filesystem;

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (fs::temp_directory_path() / "clipwork-test-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) throw Error("cannot make a temporary folder", pattern);
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

fs::path TemporaryFolder::write(const std::string& name, const std::string& content) const {
  const fs::path file = path_ / name;
  fs::create_directories(file.parent_path());
  write_file(file, content);
  return file;
}

}  // namespace clipwork::test
