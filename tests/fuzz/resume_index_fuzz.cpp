// The index of a checkpoint that training wrote, beside two files that it may name.

#include <clipwork/error.h>
#include <clipwork/host/checkpoint_store.h>

#include <filesystem>
#include <fstream>

#include "fuzzed_file.h"
#include "json_mutator.h"

namespace fs = std::filesystem;

namespace {

/// A folder with an empty file and one of two bytes; removed when the process ends.
class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("clipwork-fuzz-" + std::to_string(::getpid()))) {
    fs::create_directory(path_);
    std::ofstream(path_ / "a");
    std::ofstream(path_ / "b") << "hi";
  }
  ~Folder() { fs::remove_all(path_); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  static const Folder folder;
  const clipwork::fuzz::FuzzedFile index(bytes, size);
  fs::remove(folder.path() / "index.json");
  fs::create_symlink(index.path(), folder.path() / "index.json");
  try {
    clipwork::verify_checkpoint(folder.path());
  } catch (const clipwork::InputError&) {
  }
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* bytes, size_t size, size_t most, unsigned seed) {
  return clipwork::fuzz::change_json(bytes, size, most, seed);
}
