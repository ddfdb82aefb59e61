#include "run_folder.h"

#include <clipwork/error.h>
#include <clipwork/output_file.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <ctime>

#include "json.h"

namespace clipwork::cli {
namespace fs = std::filesystem;
namespace {

constexpr const char* kFiles[] = {"run.json",    "results.json", "overlay.mp4",
                                  "report.html", "config.toml",  "stats.json"};

bool is_ids_name(const std::string& name) {
  return name.size() >= 10 && name.ends_with(".png") &&
         std::all_of(name.begin(), name.end() - 4,
                     [](unsigned char c) { return std::isdigit(c) != 0; });
}

}  // namespace

RunFolder::RunFolder(fs::path folder, bool overwrite) : folder_(std::move(folder)) {
  std::error_code ignored;
  if (fs::exists(folder_, ignored) && !fs::is_directory(folder_, ignored)) {
    throw InputError("is a file, not a folder to write to", folder_.string());
  }
  if (overwrite) return;
  if (const auto old = old_files(); !old.empty()) {
    throw InputError(cat("holds the results of a run already (",
                         old.front().lexically_relative(folder_).string(), ")"),
                     folder_.string(), "give another --out, or --overwrite to replace them");
  }
}

std::vector<fs::path> RunFolder::old_files() const {
  std::vector<fs::path> files;
  std::error_code ignored;
  for (const char* name : kFiles) {
    if (fs::exists(folder_ / name, ignored)) files.push_back(folder_ / name);
  }
  for (const auto& entry : fs::directory_iterator(folder_ / "ids", ignored)) {
    if (is_ids_name(entry.path().filename().string())) files.push_back(entry.path());
  }
  return files;
}

void RunFolder::begin(std::vector<std::pair<std::string, std::string>> facts) {
  facts_ = std::move(facts);
  started_ = time_now();
  std::error_code failed;
  fs::create_directories(folder_, failed);
  if (failed) {
    throw InputError(cat("the folder cannot be made: ", failed.message()), folder_.string());
  }
  // The state goes first: a folder without it is never taken for a run that is complete.
  const auto old = old_files();
  state("running", "", 0, {});
  for (const fs::path& file : old) {
    if (file != folder_ / "run.json") fs::remove(file);
  }
}

void RunFolder::state(const std::string& state, const std::string& reason, int64_t frames,
                      const std::vector<std::string>& remarks) const {
  Json json;
  auto put = [&](const std::string& name, const std::string& value) {
    json.Key(name.c_str());
    write(json, value);
  };
  json.StartObject();
  put("state", state);
  if (!reason.empty()) put("reason", reason);
  for (const auto& [name, value] : facts_) put(name, value);
  json.Key("frames");
  json.Int64(frames);
  put("started", started_);
  if (state != "running") put("ended", time_now());
  json.Key("remarks");
  json.StartArray();
  for (const std::string& remark : remarks) write(json, remark);
  json.EndArray();
  json.EndObject();
  write_file(folder_ / "run.json", json.text() + "\n");
}

fs::path RunFolder::ids(int64_t frame) const {
  char name[32];
  std::snprintf(name, sizeof name, "%06lld.png", static_cast<long long>(frame));
  return folder_ / "ids" / name;
}

std::string time_now() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

}  // namespace clipwork::cli
