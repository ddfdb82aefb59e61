#include "run/finished_videos.h"

#include <clipwork/error.h>
#include <clipwork/host/json.h>
#include <clipwork/host/json_document.h>
#include <clipwork/host/log.h>
#include <clipwork/output_file.h>
#include <clipwork/text.h>
#include <rapidjson/document.h>

#include <fstream>
#include <optional>

#include "run/stage_times.h"

namespace clipwork::runs {
namespace fs = std::filesystem;
namespace {

std::string head_line(const FinishedVideo& video, const RunIdentity& identity, size_t rows) {
  JsonWriter json(JsonWriter::Form::line);
  json.begin_object();
  json.member("video_id", video.id);
  json.member("name", video.name);
  json.member("frames", video.frames);
  json.member("rows", rows);
  json.member("seconds", video.seconds);
  json.member("bytes_per_frame", video.bytes_per_frame);
  json.member("config", identity.config);
  json.member("weights", identity.weights);
  json.member("data", identity.data);
  json.begin_object("plugins");
  for (const auto& [name, sha256] : identity.plugins) json.member(name, sha256);
  json.end_object();
  write_stages(json, video.times);
  json.end_object();
  return json.take();
}

struct Head {
  FinishedVideo video;
  RunIdentity identity;
  uint64_t rows = 0;
};

/// None where the line is not what `head_line` writes.
std::optional<Head> parse_head(const std::string& line) {
  rapidjson::Document json;
  if (parse_json(line, json) || !json.IsObject()) return {};
  for (const char* key : {"name", "config", "weights", "data"}) {
    if (!json.HasMember(key) || !json[key].IsString()) return {};
  }
  for (const char* key : {"video_id", "frames", "rows", "bytes_per_frame"}) {
    if (!json.HasMember(key) || !json[key].IsInt64()) return {};
  }
  if (!json.HasMember("seconds") || !json["seconds"].IsNumber()) return {};
  if (!json.HasMember("stages") || !json["stages"].IsArray()) return {};
  if (!json.HasMember("plugins") || !json["plugins"].IsObject()) return {};
  Head head;
  head.video.id = json["video_id"].GetInt64();
  head.video.name = json["name"].GetString();
  head.video.frames = json["frames"].GetInt64();
  head.video.seconds = json["seconds"].GetDouble();
  head.video.bytes_per_frame = json["bytes_per_frame"].GetInt64();
  head.rows = static_cast<uint64_t>(json["rows"].GetInt64());
  head.identity = {json["config"].GetString(), json["weights"].GetString(),
                   json["data"].GetString()};
  for (const auto& plugin : json["plugins"].GetObject()) {
    if (!plugin.value.IsString()) return {};
    head.identity.plugins[plugin.name.GetString()] = plugin.value.GetString();
  }
  for (const auto& stage : json["stages"].GetArray()) {
    if (!stage.IsObject()) return {};
    const auto name = stage.FindMember("name"), wall = stage.FindMember("wall_seconds"),
               cpu = stage.FindMember("cpu_seconds"), calls = stage.FindMember("calls");
    const auto end = stage.MemberEnd();
    if (name == end || !name->value.IsString() || wall == end || !wall->value.IsNumber() ||
        cpu == end || !cpu->value.IsNumber() || calls == end || !calls->value.IsInt64()) {
      return {};
    }
    head.video.times.stages.push_back({name->value.GetString(), wall->value.GetDouble(),
                                       cpu->value.GetDouble(), calls->value.GetInt64()});
  }
  return head;
}

/// The difference between what made a video and what makes those of this run, as the end of a
/// sentence; empty where there is none.
std::string difference(const RunIdentity& then, const RunIdentity& now) {
  if (then.data != now.data) return "on other data";
  if (then.weights != now.weights) return "with other weights";
  if (then.config != now.config) return "with another config";
  for (const auto& [name, sha256] : now.plugins) {
    const auto before = then.plugins.find(name);
    if (before == then.plugins.end()) return cat("without plugin '", name, "'");
    if (before->second == sha256) continue;
    return cat("with another build of plugin '", name, "' (SHA-256 ", before->second, ", now ",
               sha256, ")");
  }
  return {};
}

/// The first line, where as many rows follow as it says, each of them whole.
std::optional<Head> read_head(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string line;
  std::optional<Head> head;
  if (std::getline(stream, line)) head = parse_head(line);
  if (!head) return {};
  uint64_t rows = 0;
  while (std::getline(stream, line)) {
    const bool whole = !stream.eof() && line.starts_with('{') && line.ends_with('}');
    if (!whole) return {};
    ++rows;
  }
  return rows == head->rows ? head : std::nullopt;
}

}  // namespace

FinishedVideos::FinishedVideos(fs::path folder, RunIdentity identity)
    : folder_(std::move(folder)), identity_(std::move(identity)) {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder_, none)) {
    if (entry.path().extension() != ".jsonl") continue;
    const std::optional<Head> head = read_head(entry.path());
    if (!head || file(head->video.id).filename() != entry.path().filename()) {
      log_warn(entry.path().string(), ": is damaged; the video will be run again");
      continue;
    }
    const std::string other = difference(head->identity, identity_);
    if (!other.empty()) {
      throw InputError(cat("the video '", head->video.name, "' was finished ", other),
                       entry.path().string(),
                       "choose another --out, or use --overwrite to run all videos again");
    }
    videos_.emplace(head->video.id, head->video);
  }
}

fs::path FinishedVideos::file(int64_t id) const { return folder_ / (padded(id, 6) + ".jsonl"); }

void FinishedVideos::add(const FinishedVideo& video, const Result& result,
                         const ClassesSection& classes, const std::string& note, ResultForm form) {
  fs::create_directories(folder_);
  OutputFile out(file(video.id));
  out.write(head_line(video, identity_, result.rows.size()) + "\n");
  for (const ResultRow& row : result.rows) {
    out.write(result_line(video.id, result, row, classes, note, form) + "\n");
  }
  out.commit();
  videos_.emplace(video.id, video);
}

void FinishedVideos::copy_rows(int64_t id, ResultsFile& to) const {
  std::ifstream stream(file(id), std::ios::binary);
  std::string line;
  std::getline(stream, line);
  while (std::getline(stream, line)) to.add_line(line);
  if (stream.bad()) throw Error("cannot be read back", file(id).string());
}

}  // namespace clipwork::runs
