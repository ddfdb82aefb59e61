#include "train/scalar_log.h"

#include <clipwork/host/json.h>
#include <clipwork/host/json_document.h>
#include <clipwork/output_file.h>
#include <rapidjson/document.h>

#include <string>

namespace clipwork::runs {
namespace fs = std::filesystem;
namespace {

/// Calls `use` for every whole line; a killed program may leave half of one at the end.
template <class Use>
void read_lines(const fs::path& file, Use use) {
  std::ifstream stream(file, std::ios::binary);
  for (std::string line; std::getline(stream, line);) {
    if (stream.eof()) break;
    rapidjson::Document json;
    if (parse_json(line, json) || !json.IsObject() || !json.HasMember("iter") ||
        !json["iter"].IsInt64()) {
      continue;
    }
    use(line, json);
  }
}

}  // namespace

ScalarLog::ScalarLog(fs::path file, int64_t step) : file_(std::move(file)) {
  std::string kept;
  read_lines(file_, [&](const std::string& line, const rapidjson::Document& json) {
    if (json["iter"].GetInt64() <= step) kept += line + "\n";
  });
  write_file(file_, kept);
  stream_.open(file_, std::ios::binary | std::ios::app);
}

void ScalarLog::add(int64_t step, const Values& values) {
  JsonWriter json(JsonWriter::Form::line);
  json.begin_object();
  json.member("iter", step);
  for (const auto& [name, value] : values) {
    json.member(name, value);
  }
  json.end_object();
  stream_ << json.take() << "\n" << std::flush;
  if (!stream_) throw Error("cannot be written", file_.string(), "is the disk full?");
}

ScalarLog::Values scalars_of(const StepReport& report, double memory_mb, double eta_seconds) {
  ScalarLog::Values values = {{"lr", report.rate}, {"loss", report.loss}};
  values.insert(values.end(), report.terms.begin(), report.terms.end());
  values.emplace_back("grad_norm", report.gradient_norm);
  values.emplace_back("time", report.seconds);
  values.emplace_back("data_time", report.data_seconds);
  values.emplace_back("memory", memory_mb);
  values.emplace_back("eta", eta_seconds);
  return values;
}

ScalarLog::Values scalars_of(const Measures& measures) {
  ScalarLog::Values values;
  for (const auto& [name, value] : measures) {
    if (value >= 0) values.emplace_back(name, 100 * value);
  }
  return values;
}

bool ScalarLog::has_evaluation(const fs::path& file, int64_t step) {
  bool found = false;
  read_lines(file, [&](const std::string&, const rapidjson::Document& json) {
    found = found || (json["iter"].GetInt64() == step && !json.HasMember("lr"));
  });
  return found;
}

}  // namespace clipwork::runs
