#include "scalar_log.h"

#include <clipwork/output_file.h>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <string>

namespace clipwork::cli {
namespace fs = std::filesystem;
namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

/// Calls `use` for every whole line; a killed program may leave half of one at the end.
template <class Use>
void read_lines(const fs::path& file, Use use) {
  std::ifstream stream(file, std::ios::binary);
  for (std::string line; std::getline(stream, line);) {
    if (stream.eof()) break;
    rapidjson::Document json;
    json.Parse<rapidjson::kParseIterativeFlag>(line.c_str());
    if (json.HasParseError() || !json.IsObject() || !json.HasMember("iter") ||
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

void ScalarLog::add(const StepReport& report, double memory_mb, double eta_seconds) {
  rapidjson::StringBuffer text;
  Writer json(text);
  auto put_number = [&](const std::string& name, double value) {
    json.Key(name.c_str());
    json.Double(value);
  };
  json.StartObject();
  json.Key("iter");
  json.Int64(report.step);
  put_number("lr", report.rate);
  put_number("loss", report.loss);
  for (const auto& [name, value] : report.terms) put_number(name, value);
  put_number("grad_norm", report.gradient_norm);
  put_number("time", report.seconds);
  put_number("data_time", report.data_seconds);
  put_number("memory", memory_mb);
  put_number("eta", eta_seconds);
  json.EndObject();
  put(text.GetString());
}

void ScalarLog::add(int64_t step, const Measures& measures) {
  rapidjson::StringBuffer text;
  Writer json(text);
  json.StartObject();
  json.Key("iter");
  json.Int64(step);
  for (const auto& [name, value] : measures) {
    if (value < 0) continue;
    json.Key(name.c_str());
    json.Double(100 * value);
  }
  json.EndObject();
  put(text.GetString());
}

bool ScalarLog::has_evaluation(const fs::path& file, int64_t step) {
  bool found = false;
  read_lines(file, [&](const std::string&, const rapidjson::Document& json) {
    found = found || (json["iter"].GetInt64() == step && !json.HasMember("lr"));
  });
  return found;
}

void ScalarLog::put(const char* line) {
  stream_ << line << "\n" << std::flush;
  if (!stream_) throw Error("cannot be written", file_.string(), "is the disk full?");
}

}  // namespace clipwork::cli
