#include <clipwork/host/checkpoint_folder.h>
#include <clipwork/host/checkpoint_store.h>
#include <clipwork/host/digest.h>
#include <clipwork/host/json.h>
#include <clipwork/host/json_document.h>
#include <clipwork/output_file.h>
#include <clipwork/text.h>
#include <fcntl.h>
#include <rapidjson/document.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>

#include "checkpoint/mapped_file.h"

namespace clipwork {
namespace fs = std::filesystem;
namespace {

constexpr const char* kIndex = "index.json";
/// Prefix of folders and links that are being written or removed; readers ignore them.
constexpr std::string_view kUnfinished = ".unfinished-";

[[noreturn]] void fail(const fs::path& path, const char* what, int cause) {
  throw Error(cat(what, ": ", std::strerror(cause)), path.string(),
              cause == ENOSPC ? "free some space on that disk" : "");
}

void rename_to(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) fail(to, "cannot be renamed", errno);
}

/// Brings the entries of a folder to the disk.
void synchronise(const fs::path& folder) {
  int handle = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle < 0) fail(folder, "cannot be opened", errno);
  int result = ::fsync(handle), cause = errno;
  ::close(handle);
  if (result != 0 && cause != EINVAL) fail(folder, "cannot be flushed to disk", cause);
}

std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) entries.push_back(entry.path());
  std::sort(entries.begin(), entries.end());
  return entries;
}

std::string index_of(const fs::path& folder) {
  JsonWriter json;
  json.begin_object();
  json.begin_object("files");
  for (const fs::path& file : entries_of(folder)) {
    auto bytes = MappedFile::open(file);
    json.begin_object(file.filename().c_str());
    json.member("size", bytes->bytes().size());
    json.member("sha256", sha256(bytes->bytes()));
    json.end_object();
  }
  json.end_object();
  json.end_object();
  return json.take() + "\n";
}

std::optional<int64_t> step_of(const fs::path& folder) {
  std::string name = folder.filename().string();
  if (!name.starts_with(kStepPrefix)) return {};
  int64_t step = 0;
  const char *begin = name.data() + kStepPrefix.size(), *end = name.data() + name.size();
  auto [rest, error] = std::from_chars(begin, end, step);
  if (error != std::errc() || rest != end || step < 0) return {};
  return step;
}

/// Renamed first: half of a checkpoint never bears the name of one.
void remove_checkpoint(const fs::path& folder) {
  fs::path doomed = folder.parent_path() / cat(kUnfinished, "removed-", folder.filename().string());
  rename_to(folder, doomed);
  fs::remove_all(doomed);
}

/// A folder that goes unless it was given another name.
struct Temporary {
  fs::path path;
  ~Temporary() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

}  // namespace

void verify_checkpoint(const fs::path& folder) {
  auto index = MappedFile::open(folder / kIndex);
  rapidjson::Document json;
  const bool sound = !parse_json(index->bytes(), json) && json.IsObject() &&
                     json.HasMember("files") && json["files"].IsObject() &&
                     json["files"].MemberCount() > 0;
  if (!sound) throw InputError("is not an index of a checkpoint", (folder / kIndex).string());
  for (const auto& member : json["files"].GetObject()) {
    const fs::path name(member.name.GetString());
    const fs::path file = folder / name;
    // The index is data: it names files of its own folder and no others.
    if (name.has_parent_path() || !member.value.IsObject() || !member.value.HasMember("size") ||
        !member.value["size"].IsUint64() || !member.value.HasMember("sha256") ||
        !member.value["sha256"].IsString()) {
      throw InputError("is not an index of a checkpoint", (folder / kIndex).string());
    }
    auto bytes = MappedFile::open(file);
    if (bytes->bytes().size() != member.value["size"].GetUint64()) {
      throw InputError(
          cat("has ", bytes->bytes().size(), " bytes, expected ", member.value["size"].GetUint64()),
          file.string());
    }
    if (sha256(bytes->bytes()) != member.value["sha256"].GetString()) {
      throw InputError("has changed since it was written (SHA-256 differs)", file.string());
    }
  }
}

CheckpointStore::CheckpointStore(fs::path folder) : folder_(std::move(folder)) {}

CheckpointStore::~CheckpointStore() {
  if (lock_ >= 0) ::close(lock_);
}

void CheckpointStore::open_for_writing() {
  fs::create_directories(folder_);
  lock_ = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock_ < 0) fail(folder_, "cannot be opened", errno);
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    throw InputError("another process is training in this folder", folder_.string(),
                     "wait for it to end, or choose another --out");
  }
  for (const fs::path& entry : entries_of(folder_)) {
    if (entry.filename().string().starts_with(kUnfinished)) fs::remove_all(entry);
  }
}

fs::path CheckpointStore::write(int64_t step, const std::function<void(const fs::path&)>& fill) {
  const fs::path target = path(step);
  std::error_code ignored;
  if (fs::exists(target, ignored)) {
    try {
      verify_checkpoint(target);
      return target;
    } catch (const InputError&) {
      remove_checkpoint(target);
    }
  }
  Temporary temporary{folder_ / cat(kUnfinished, name(step))};
  fs::create_directory(temporary.path);
  fill(temporary.path);
  write_file(temporary.path / kIndex, index_of(temporary.path));
  synchronise(temporary.path);
  rename_to(temporary.path, target);
  synchronise(folder_);
  verify_checkpoint(target);
  return target;
}

void CheckpointStore::prune(int64_t keep, int64_t newest) {
  std::vector<int64_t> best;
  for (const fs::path& entry : entries_of(folder_)) {
    std::error_code failed;
    if (!entry.filename().string().starts_with(kBestPrefix)) continue;
    if (auto step = step_of(fs::read_symlink(entry, failed)); step && !failed) {
      best.push_back(*step);
    }
  }
  std::vector<int64_t> all = steps();
  const auto whole = std::count_if(all.begin(), all.end(), [&](int64_t s) { return s <= newest; });
  for (int64_t i = 0; i < static_cast<int64_t>(all.size()); ++i) {
    const int64_t step = all[static_cast<size_t>(i)];
    const bool is_best = std::find(best.begin(), best.end(), step) != best.end();
    if (step > newest || (i < whole - keep && !is_best)) remove_checkpoint(path(step));
  }
}

void CheckpointStore::set_best(const std::string& name, int64_t step) {
  const fs::path link = folder_ / cat(kUnfinished, "best");
  std::error_code ignored;
  fs::remove(link, ignored);
  fs::create_directory_symlink(CheckpointStore::name(step), link);
  rename_to(link, folder_ / cat(kBestPrefix, name));
  synchronise(folder_);
}

std::optional<int64_t> CheckpointStore::best(const std::string& name) const {
  std::error_code failed;
  const fs::path target = fs::read_symlink(folder_ / cat(kBestPrefix, name), failed);
  if (failed) return {};
  return step_of(target);
}

std::optional<int64_t> CheckpointStore::newest(std::vector<Skipped>* skipped) const {
  std::vector<int64_t> all = steps();
  for (auto step = all.rbegin(); step != all.rend(); ++step) {
    try {
      verify_checkpoint(path(*step));
      return *step;
    } catch (const InputError& error) {
      if (skipped) skipped->push_back({name(*step), error.what()});
    }
  }
  return {};
}

std::vector<int64_t> CheckpointStore::steps() const {
  std::vector<int64_t> all;
  for (const fs::path& entry : entries_of(folder_)) {
    if (auto step = step_of(entry)) all.push_back(*step);
  }
  std::sort(all.begin(), all.end());
  return all;
}

fs::path CheckpointStore::path(int64_t step) const { return folder_ / name(step); }

std::string CheckpointStore::name(int64_t step) { return cat(kStepPrefix, padded(step, 7)); }

}  // namespace clipwork
