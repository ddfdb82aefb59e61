// bin/clipwork and bin/clipwork-parity of an installation. The installed programs do not know where
// LibTorch is: this one finds it, loads it, and calls `main` of the program of its own name, which
// is a library (lib/clipwork/programs). docs/install.md lists the places.

#include <dlfcn.h>
#include <elf.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

constexpr int kFailed = 1;

fs::path from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// The folders "libtorch-VERSION/torch" in a folder that tools/deps.sh fills, newest first.
std::vector<fs::path> unpacked_in(const fs::path& cache) {
  std::vector<fs::path> found;
  std::error_code missing;
  for (const fs::directory_entry& entry : fs::directory_iterator(cache, missing)) {
    if (entry.path().filename().string().starts_with("libtorch-"))
      found.push_back(entry.path() / "torch");
  }
  std::sort(found.rbegin(), found.rend());
  return found;
}

/// Folders that may be a LibTorch, and the names of the places for the error message.
struct Places {
  std::vector<fs::path> folders;
  std::string text;

  void add(const std::string& shown, const std::vector<fs::path>& more) {
    text += "\n  " + shown;
    folders.insert(folders.end(), more.begin(), more.end());
  }
};

/// cmake/ClipworkTorch.cmake searches the same places.
Places places(const fs::path& library_folder) {
  Places all;
  if (const fs::path given = from_environment("CLIPWORK_TORCH"); !given.empty()) {
    all.add(given.string() + " (CLIPWORK_TORCH)", {given, given / "torch", given / "libtorch"});
    return all;
  }
  const fs::path bundled = library_folder / "clipwork/torch";
  all.add(bundled.string(), {bundled});
  fs::path cache = from_environment("CLIPWORK_DEPS_DIR");
  if (cache.empty()) {
    const fs::path xdg = from_environment("XDG_CACHE_HOME");
    cache = (xdg.empty() ? from_environment("HOME") / ".cache" : xdg) / "clipwork";
  }
  // Without a home this would be the current folder.
  if (cache.is_absolute()) all.add((cache / "libtorch-*/torch").string(), unpacked_in(cache));
  all.add("/opt/clipwork/libtorch-*/torch", unpacked_in("/opt/clipwork"));
  all.add("/opt/libtorch", {"/opt/libtorch"});
  return all;
}

template <class T>
T read_at(std::ifstream& file, uint64_t offset) {
  T value{};
  file.seekg(static_cast<std::streamoff>(offset));
  file.read(reinterpret_cast<char*>(&value), sizeof value);
  return value;
}

/// The first 16 hexadecimal digits of a library's build ID; empty if it has none.
std::string build_id(const fs::path& library) {
  std::ifstream file(library, std::ios::binary);
  const auto header = read_at<Elf64_Ehdr>(file, 0);
  for (uint64_t i = 0; i < header.e_phnum && file; ++i) {
    const auto segment = read_at<Elf64_Phdr>(file, header.e_phoff + i * sizeof(Elf64_Phdr));
    if (segment.p_type != PT_NOTE) continue;
    const uint64_t end = segment.p_offset + segment.p_filesz;
    for (uint64_t at = segment.p_offset; at + sizeof(Elf64_Nhdr) <= end && file;) {
      const auto note = read_at<Elf64_Nhdr>(file, at);
      const uint64_t content = at + sizeof note + (note.n_namesz + 3) / 4 * 4;
      if (note.n_type == NT_GNU_BUILD_ID) {
        std::string id;
        for (uint64_t byte = 0; byte < std::min<uint64_t>(note.n_descsz, 8); ++byte) {
          char digits[3];
          std::snprintf(digits, sizeof digits, "%02x",
                        read_at<unsigned char>(file, content + byte));
          id += digits;
        }
        return id;
      }
      at = content + (note.n_descsz + 3) / 4 * 4;
    }
  }
  return {};
}

/// The LibTorch that this Clipwork was built with. Throws if there is none, or only others.
fs::path find_torch(const fs::path& library_folder) {
  const std::string wanted = CLIPWORK_TORCH_BUILD;
  const Places searched = places(library_folder);
  std::string others;
  for (const fs::path& folder : searched.folders) {
    std::error_code missing;
    if (!fs::exists(folder / "lib/libtorch_cpu.so", missing)) continue;
    const std::string id = build_id(folder / "lib/libc10.so");
    if (wanted.ends_with("/" + id)) return folder;
    others +=
        "\n  " + folder.string() + " is another build (" + (id.empty() ? "unknown" : id) + ")";
  }
  throw std::runtime_error(
      "LibTorch " CLIPWORK_TORCH_VERSION " (" + wanted +
      "), with which this Clipwork was built, was not found; searched:" + searched.text + others +
      "\n  set CLIPWORK_TORCH to its folder, or fetch it for all users: "
      "CLIPWORK_DEPS_DIR=/opt/clipwork " +
      (library_folder / CLIPWORK_SHARE_FROM_LIBRARY / "tools/deps.sh").lexically_normal().string() +
      " --only-torch");
}

void* load(const fs::path& library) {
  // Global, and in this order: symbols are then found as if the program were linked with them.
  void* handle = dlopen(library.c_str(), RTLD_LAZY | RTLD_GLOBAL);
  if (!handle) {
    throw std::runtime_error(std::string("the dynamic linker cannot load ") + dlerror() +
                             "; docs/install.md lists the libraries that are needed");
  }
  return handle;
}

/// The program's `main`.
int (*load_program())(int, char**) {
  const fs::path self = fs::read_symlink("/proc/self/exe");
  const fs::path libraries =
      (self.parent_path() / CLIPWORK_LIBRARIES_FROM_PROGRAM).lexically_normal();
  const fs::path torch = find_torch(libraries);
  // It sets defaults for the OpenMP runtime, which comes with LibTorch.
  load(libraries / "libclipwork_openmp.so");
  load(torch / "lib/libtorch_cpu.so");
  void* program = load(libraries / "clipwork/programs" / (self.filename().string() + ".so"));
  return reinterpret_cast<int (*)(int, char**)>(dlsym(program, "main"));
}

}  // namespace

int main(int argc, char** argv) {
  int (*program)(int, char**) = nullptr;
  try {
    program = load_program();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return kFailed;
  }
  return program(argc, argv);
}
