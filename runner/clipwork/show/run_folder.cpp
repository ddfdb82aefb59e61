#include "show/run_folder.h"

#include <clipwork/error.h>
#include <clipwork/host/json.h>
#include <clipwork/host/json_document.h>
#include <clipwork/output_file.h>
#include <clipwork/read_file.h>
#include <clipwork/text.h>
#include <rapidjson/document.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <map>

namespace clipwork::runs {
namespace fs = std::filesystem;
namespace {

constexpr const char* kFiles[] = {"run.json",    "results.json", "overlay.mp4",  "report.html",
                                  "config.toml", "stats.json",   "metrics.json", "submission.zip"};

/// Numbered files, of which a folder has many.
struct Numbered {
  const char *folder, *extension;
};
constexpr Numbered kNumbered[] = {{"ids", ".png"}, {"pictures", ".jpg"}, {"videos", ".jsonl"}};
/// Folders of folders like that of a run.
constexpr const char* kNested[] = {"vis", "shards"};

bool is_numbered(const fs::path& file, const char* extension) {
  const std::string stem = file.stem().string();
  return file.extension() == extension && stem.size() >= 5 &&
         std::all_of(stem.begin(), stem.end(),
                     [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// The files of an earlier run, and nobody else's.
std::vector<fs::path> old_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code ignored;
  for (const char* name : kFiles) {
    if (fs::exists(folder / name, ignored)) files.push_back(folder / name);
  }
  for (const auto& [name, extension] : kNumbered) {
    for (const auto& entry : fs::directory_iterator(folder / name, ignored)) {
      if (is_numbered(entry.path(), extension)) files.push_back(entry.path());
    }
  }
  for (const char* name : kNested) {
    for (const auto& entry : fs::directory_iterator(folder / name, ignored)) {
      for (fs::path& file : old_files(entry.path())) files.push_back(std::move(file));
    }
  }
  return files;
}

/// True if the contents of a folder come from a single video, not from a data set.
bool is_of_a_video(const fs::path& folder) {
  std::error_code failed;
  if (!fs::exists(folder / "run.json", failed)) return false;
  rapidjson::Document json;
  if (parse_json(read_file(folder / "run.json"), json) || !json.IsObject()) return false;
  const auto input = json.FindMember("input");
  return input != json.MemberEnd() && input->value.IsString() &&
         !std::string_view(input->value.GetString()).starts_with("dataset:");
}

/// A folder that has become empty, and what was a run's.
void remove_empty(const fs::path& folder) {
  std::error_code ignored;
  for (const char* name : kNested) {
    for (const auto& entry : fs::directory_iterator(folder / name, ignored)) {
      remove_empty(entry.path());
      fs::remove(entry.path(), ignored);
    }
    fs::remove(folder / name, ignored);
  }
  for (const auto& [name, extension] : kNumbered) fs::remove(folder / name, ignored);
}

/// Throws InputError if the folder, or the nearest folder above it that is there, cannot be written
/// to.
void check_writable(const fs::path& folder) {
  std::error_code failed;
  fs::path there = fs::absolute(folder);
  while (!fs::exists(there, failed) && there.has_relative_path()) there = there.parent_path();
  if (!fs::is_directory(there, failed)) {
    throw InputError("is a file, not a folder", there.string(), "choose another --out");
  }
  if (::access(there.c_str(), W_OK | X_OK) != 0) {
    throw InputError(cat("cannot be written to: ", std::strerror(errno)), there.string(),
                     "choose another --out");
  }
}

/// Folders of this process that say "running".
std::map<fs::path, RunFolder>& running_folders() {
  static auto& folders = *new std::map<fs::path, RunFolder>;
  return folders;
}

/// "2026-01-31T12:00:00Z"
std::string time_now() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

}  // namespace

RunFolder::RunFolder(fs::path folder, Existing existing)
    : folder_(std::move(folder)), existing_(existing) {
  check_writable(folder_);
  if (existing_ == Existing::replace) return;
  if (existing_ == Existing::keep && !is_of_a_video(folder_)) return;
  if (const auto old = old_files(folder_); !old.empty()) {
    throw InputError(cat("already contains the results of a run (",
                         old.front().lexically_relative(folder_).string(), ")"),
                     folder_.string(), "choose another --out, or use --overwrite to replace them");
  }
}

void RunFolder::clear(const fs::path& folder) {
  for (const fs::path& file : old_files(folder)) fs::remove(file);
  remove_empty(folder);
}

void RunFolder::begin(std::vector<std::pair<std::string, std::string>> facts) {
  facts_ = std::move(facts);
  started_ = time_now();
  std::error_code failed;
  fs::create_directories(folder_, failed);
  if (failed) {
    throw InputError(cat("the folder cannot be created: ", failed.message()), folder_.string());
  }
  // The state goes first: a folder without it is never taken for a run that is complete.
  const auto old = existing_ == Existing::keep ? std::vector<fs::path>() : old_files(folder_);
  state("running", "", {}, {});
  for (const fs::path& file : old) {
    if (file != folder_ / "run.json") fs::remove(file);
  }
  if (!old.empty()) remove_empty(folder_);
}

void RunFolder::state(const std::string& state, const std::string& reason, const Counts& counts,
                      const std::vector<std::string>& remarks) const {
  JsonWriter json;
  json.begin_object();
  json.member("state", state);
  if (!reason.empty()) json.member("reason", reason);
  for (const auto& [name, value] : facts_) json.member(name, value);
  for (const auto& [name, count] : counts) {
    json.member(name, count);
  }
  json.member("started", started_);
  if (state != "running") json.member("ended", time_now());
  json.member("remarks", remarks);
  json.end_object();
  write_file(folder_ / "run.json", json.take() + "\n");
  if (state == "running") {
    running_folders().insert_or_assign(folder_, *this);
  } else {
    running_folders().erase(folder_);
  }
}

void RunFolder::abandon_all(const std::string& reason) {
  const std::map<fs::path, RunFolder> folders = running_folders();
  for (const auto& [path, folder] : folders) folder.state("incomplete", reason, {}, {});
}

fs::path ids_picture(const fs::path& folder, int64_t frame) {
  return folder / "ids" / (padded(frame, 6) + ".png");
}

}  // namespace clipwork::runs
