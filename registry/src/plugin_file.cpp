#include "plugin_file.h"
#include <clipwork/host/registry.h>

#include <clipwork/error.h>
#include <clipwork/host/digest.h>
#include <clipwork/host/platform.h>
#include <clipwork/host/plugin_lock.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "note.h"

namespace fs = std::filesystem;

namespace clipwork {
namespace {

constexpr off_t kLargestFile = off_t{1} << 30;

std::string system_message() { return std::strerror(errno); }

/// Closes a descriptor.
struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) close(number);
  }
};

FileIdentity identity_of(const struct stat& status) {
  return {status.st_dev, status.st_ino, status.st_size, status.st_ctim};
}

std::vector<unsigned char> read_all(int descriptor, off_t size) {
  std::vector<unsigned char> bytes(static_cast<size_t>(size));
  size_t done = 0;
  while (done < bytes.size()) {
    ssize_t got = read(descriptor, bytes.data() + done, bytes.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw InputError(cat("it cannot be read (", system_message(), ")"));
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  bytes.resize(done);
  return bytes;
}

/// Reasons not to trust who may have written a file or folder.
std::vector<std::string> owner_faults(const struct stat& status, const std::string& what,
                                      const std::string& path) {
  std::vector<std::string> faults;
  if (status.st_mode & S_IWOTH) {
    faults.push_back(cat(what, " is writable by everybody; chmod o-w '", path, "'"));
  }
  if (status.st_uid != geteuid() && status.st_uid != 0) {
    faults.push_back(cat(
        what, " belongs to user ", status.st_uid, ", this program runs as user ", geteuid(),
        "; only files that belong to you or to root are loaded: chown it, or run as its owner"));
  }
  return faults;
}

bool begins_with_one_of(std::string_view name, std::initializer_list<const char*> beginnings) {
  return std::ranges::any_of(beginnings,
                             [&](const char* beginning) { return name.starts_with(beginning); });
}

void append(std::vector<std::string>& all, std::vector<std::string> more) {
  std::ranges::move(more, std::back_inserter(all));
}

/// The reason not to load a file with this digest, if the environment names a lock file.
std::vector<std::string> lock_faults(const std::string& digest) {
  const char* file = std::getenv("CLIPWORK_PLUGIN_LOCK");
  if (!file || !*file) return {};
  const std::vector<LockedPlugin> locked = read_plugin_lock(file);
  if (std::ranges::find(locked, digest, &LockedPlugin::sha256) != locked.end()) return {};
  return {cat("its SHA-256 ", digest, " is not in ", file,
              " (CLIPWORK_PLUGIN_LOCK); `clipwork plugins verify ", file, "` compares all")};
}

/// All that bytes and folder tell. `info` keeps what was found out when a reason stops the reading.
void judge(PluginInfo& info, FileIdentity& identity, std::vector<std::string>& faults) {
  std::error_code failure;
  fs::path resolved = fs::canonical(info.file, failure);
  if (failure) throw InputError(cat("it cannot be opened (", failure.message(), ")"));
  info.file = resolved.string();
  // The path has no links any more; one that appears now was put there to be followed.
  Descriptor descriptor{open(resolved.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
  struct stat status {};
  if (descriptor.number < 0 || fstat(descriptor.number, &status) != 0) {
    throw InputError(cat("it cannot be opened (", system_message(), ")"));
  }
  if (!S_ISREG(status.st_mode)) throw InputError("it is not a file");
  if (status.st_size > kLargestFile) throw InputError("it is larger than 1 GB");
  identity = identity_of(status);
  append(faults, owner_faults(status, "the file", resolved.string()));
  fs::path folder = resolved.parent_path();
  if (stat(folder.c_str(), &status) == 0)
    append(faults, owner_faults(status, "its folder", folder.string()));

  std::vector<unsigned char> bytes = read_all(descriptor.number, identity.size);
  info.sha256 = sha256({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  ElfFile elf = read_elf(bytes);
  for (std::string_view library : elf.needed) info.needed.emplace_back(library);
  auto note = std::make_shared<const PluginNote>(read_note(elf));
  info.note = note;
  info.name = note->name;
  info.version = note->plugin_version;
  info.kinds = note->on_demand;
  append(faults, differences(*note, own_note()));
  append(faults, import_faults(elf, loaded_libraries()));
  append(faults, lock_faults(info.sha256));
}

}  // namespace

bool FileIdentity::unchanged(const FileIdentity& other) const {
  return same_file(other) && size == other.size && changed.tv_sec == other.changed.tv_sec &&
         changed.tv_nsec == other.changed.tv_nsec;
}

FileIdentity identity_of(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 ? identity_of(status) : FileIdentity();
}

std::vector<std::string> import_faults(const ElfFile& file,
                                       const std::vector<std::string>& loaded) {
  auto is_loaded = [&](std::string_view name) {
    return std::ranges::any_of(
        loaded, [&](const std::string& path) { return fs::path(path).filename() == name; });
  };
  std::vector<std::string> faults;
  if (!file.run_path.empty()) {
    faults.push_back(cat("it has a library search path (RPATH '", file.run_path,
                         "'), which could load libraries other than this program's; build it with "
                         "clipwork_plugin()"));
  }
  for (std::string_view name : file.needed) {
    const char* second = nullptr;
    if (begins_with_one_of(name, {"libtorch", "libc10", "libclipwork"}) && !is_loaded(name)) {
      second = "this program does not have; a process cannot have a second LibTorch or Clipwork";
    } else if (is_openmp_runtime(name) && !is_loaded(name)) {
      second = "would be a second OpenMP runtime with its own threads";
    } else if (begins_with_one_of(name, {"libblas", "libcblas", "libopenblas", "libatlas",
                                         "libblis", "libmkl", "liblapack"})) {
      second = "would be a second linear-algebra library beside LibTorch's";
    } else if (begins_with_one_of(name, {"libtbb"})) {
      second = "would be a second thread pool beside LibTorch's";
    }
    if (second)
      faults.push_back(
          cat("it requires ", name, ", which ", second, "; link it with clipwork::clipwork only"));
  }
  bool registers = std::ranges::any_of(file.undefined, [](std::string_view symbol) {
    return symbol.find("5torch7Library") != symbol.npos ||
           symbol.find("3c1017RegisterOperators") != symbol.npos;
  });
  if (registers) {
    faults.push_back(
        "it registers operators in LibTorch (torch::Library); a second plugin that does so would "
        "end the process; call the functions directly instead");
  }
  return faults;
}

std::string reasons_text(const std::vector<std::string>& reasons) {
  if (reasons.size() == 1) return reasons[0];
  std::string text = cat(reasons.size(), " reasons:");
  for (const std::string& reason : reasons) text += "\n  " + reason;
  return text;
}

std::pair<PluginInfo, FileIdentity> examine_file(const std::string& path) {
  PluginInfo info;
  info.file = fs::absolute(path).lexically_normal().string();
  info.name = fs::path(path).stem().string();
  FileIdentity identity;
  std::vector<std::string> faults;
  try {
    judge(info, identity, faults);
  } catch (const std::exception& error) {
    faults.push_back(error.what());
  }
  if (!faults.empty()) info.refusal = reasons_text(faults);
  return {std::move(info), identity};
}

}  // namespace clipwork
