#include "show/scalars.h"

#include <clipwork/error.h>
#include <clipwork/host/json_document.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <cmath>
#include <fstream>

namespace clipwork::runs {
namespace fs = std::filesystem;
namespace {

constexpr const char* kFile = "scalars.jsonl";

/// The step of a line; none where it has none.
const rapidjson::Value* step_of(const rapidjson::Document& line) {
  for (const char* key : {"iter", "step"}) {
    auto found = line.FindMember(key);
    if (found != line.MemberEnd() && found->value.IsNumber()) return &found->value;
  }
  return nullptr;
}

void add(Scalars& scalars, const rapidjson::Document& line) {
  const rapidjson::Value* step = step_of(line);
  if (!step) return;
  for (const auto& member : line.GetObject()) {
    const std::string key = member.name.GetString();
    if (key == "iter" || key == "step" || !member.value.IsNumber()) continue;
    Curve& curve = scalars.curves[key];
    if (curve.points.empty()) scalars.keys.push_back(key);
    const Curve::Point point = {step->GetDouble(), member.value.GetDouble()};
    auto behind = std::lower_bound(
        curve.points.begin(), curve.points.end(), point.step,
        [](const Curve::Point& known, double wanted) { return known.step < wanted; });
    if (behind != curve.points.end() && behind->step == point.step) {
      *behind = point;
    } else {
      curve.points.insert(behind, point);
    }
  }
}

std::string name_of(const fs::path& path) {
  fs::path folder = fs::absolute(path).lexically_normal();
  if (folder.filename() == kFile || !folder.has_filename()) folder = folder.parent_path();
  return folder.filename().string();
}

}  // namespace

Scalars read_scalars(const fs::path& path) {
  const fs::path file = fs::is_directory(path) ? path / kFile : path;
  std::ifstream stream(file);
  if (!stream) {
    throw InputError("cannot be read", file.string(),
                     "give the folder of a training, or its scalars.jsonl");
  }
  Scalars scalars;
  scalars.run = name_of(path);
  for (std::string text; std::getline(stream, text);) {
    rapidjson::Document line;
    // A killed program may leave half a line.
    if (!parse_json(text, line) && line.IsObject()) add(scalars, line);
  }
  if (scalars.keys.empty()) {
    throw InputError("contains no values yet", file.string(), "values are written during training");
  }
  return scalars;
}

Curve smoothed(const Curve& curve, double weight) {
  Curve smooth;
  double mean = 0, share = 0;
  for (const Curve::Point& point : curve.points) {
    if (!std::isfinite(point.value)) continue;
    mean = weight * mean + (1 - weight) * point.value;
    share = weight * share + (1 - weight);
    smooth.points.push_back({point.step, mean / share});
  }
  return smooth;
}

Curve thinned(const Curve& curve, size_t most) {
  const size_t count = curve.points.size();
  if (count <= most) return curve;
  Curve thin;
  for (size_t piece = 0; piece < most; ++piece) {
    const size_t first = piece * count / most, end = (piece + 1) * count / most;
    Curve::Point mean;
    for (size_t i = first; i < end; ++i) {
      mean.step += curve.points[i].step;
      mean.value += curve.points[i].value;
    }
    const auto number = static_cast<double>(end - first);
    thin.points.push_back({mean.step / number, mean.value / number});
  }
  return thin;
}

}  // namespace clipwork::runs
