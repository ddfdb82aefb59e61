#include "table/job_record.h"

#include <clipwork/error.h>
#include <clipwork/host/json.h>
#include <clipwork/host/json_document.h>
#include <clipwork/host/platform.h>
#include <clipwork/output_file.h>
#include <clipwork/read_file.h>
#include <clipwork/version.h>
#include <rapidjson/document.h>

#include <array>
#include <utility>

#include "show/scalars.h"

namespace clipwork::table {
namespace fs = std::filesystem;
namespace {

/// The document in a file; null where there is none.
rapidjson::Document read_json(const fs::path& file) {
  rapidjson::Document json;
  std::error_code failed;
  if (!fs::exists(file, failed) || parse_json(read_file(file), json) || !json.IsObject()) {
    json.SetNull();
  }
  return json;
}

/// The text of a member, empty where there is none.
std::string text_in(const rapidjson::Document& json, const char* key) {
  const bool there = json.IsObject() && json.HasMember(key) && json[key].IsString();
  return there ? json[key].GetString() : "";
}

}  // namespace

bool is_complete(const fs::path& folder) {
  return text_in(read_json(folder / "run.json"), "state") == "complete";
}

std::vector<std::string> measured_options(const fs::path& folder) {
  constexpr std::array<std::pair<const char*, const char*>, 4> kParts = {
      {{"--boxes", "boxes"},
       {"--frames", "frames"},
       {"--tracking", "tracking"},
       {"--costs", "speed"}}};
  const rapidjson::Document json = read_json(folder / "metrics.json");
  std::vector<std::string> options;
  if (!json.IsObject()) return options;
  for (const auto& [option, part] : kParts) {
    if (json.HasMember(part)) options.emplace_back(option);
  }
  const bool memory = json.HasMember("memory") && json["memory"].IsObject();
  if (memory && json["memory"].HasMember("longest_video"))
    options.emplace_back(kLongestVideoOption);
  return options;
}

std::optional<double> measured(const fs::path& folder, const ColumnKind& column) {
  const rapidjson::Document json = read_json(folder / "metrics.json");
  const rapidjson::Value* at = &json;
  for (const std::string& key : column.path) {
    if (!at->IsObject()) return {};
    const auto found = at->FindMember(key.c_str());
    if (found == at->MemberEnd()) return {};
    at = &found->value;
  }
  // -1 stands for nothing to measure in fractions.
  if (!at->IsNumber() || (at->GetDouble() == -1 && column.scale != 1)) return {};
  return column.scale * at->GetDouble();
}

double seconds_of(const Job& job, const fs::path& folder) {
  if (!job.trains) {
    const rapidjson::Document json = read_json(folder / "stats.json");
    const bool there = json.IsObject() && json.HasMember("seconds") && json["seconds"].IsNumber();
    return there ? json["seconds"].GetDouble() : 0;
  }
  std::error_code failed;
  if (!fs::exists(folder / "scalars.jsonl", failed)) return 0;
  const runs::Scalars scalars = runs::read_scalars(folder);
  const auto times = scalars.curves.find("time");
  if (times == scalars.curves.end()) return 0;
  double sum = 0;
  for (const runs::Curve::Point& point : times->second.points) sum += point.value;
  return sum / static_cast<double>(times->second.points.size()) * static_cast<double>(job.steps);
}

void write_record(const Job& job, const fs::path& folder) {
  JsonWriter json;
  json.begin_object();
  json.member("job", job.label);
  json.member("clipwork", CLIPWORK_VERSION);
  json.member("machine", processor_name());
  json.end_object();
  write_file(folder / "job.json", json.take() + "\n");
}

std::string machine_of(const fs::path& folder) {
  return text_in(read_json(folder / "job.json"), "machine");
}

}  // namespace clipwork::table
