#include "run/run_facts.h"

#include <ATen/Parallel.h>
#include <clipwork/host/registry.h>
#include <clipwork/output_file.h>
#include <clipwork/painter.h>
#include <clipwork/version.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <set>

#include "cli/json.h"

namespace clipwork::cli {
namespace {

int64_t peak_memory_bytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss * int64_t{1024};
}

std::string fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

/// Where the decoders' data of frames was kept, and the cost of a longer video.
void write_memory(Json& json, const RunFacts& facts) {
  const MemoryUse& use = facts.memory;
  json.Key("memory");
  json.StartObject();
  auto integer = [&](const char* name, int64_t value) {
    json.Key(name);
    json.Int64(value);
  };
  integer("peak_anonymous_bytes", facts.peak_anonymous_bytes);
  // Still pictures have no stream that lasts.
  if (!use.memos.empty()) {
    json.Key("memos");
    write(json, use.memos);
    json.Key("memos_precision");
    write(json, use.precision);
    integer("bytes_per_frame", use.bytes_per_frame);
    integer("peak_memo_bytes", use.peak_held_bytes);
    integer("memo_file_bytes", use.memo_file_bytes);
    integer("recomputed_frames", use.recomputed);
    integer("mask_bytes", use.mask_bytes);
    integer("mask_file_bytes", use.mask_file_bytes);
  }
  json.EndObject();
}

/// The plugins that the components of a run came from.
std::vector<PluginInfo> plugins_used(const Pipeline& pipeline) {
  std::set<std::string> names;
  for (const PipelineComponent& component : pipeline.components()) names.insert(component.plugin);
  // Reading and drawing have plugins too: all that were loaded only because they were asked for.
  std::vector<PluginInfo> used;
  for (const PluginInfo& plugin : Registry::instance().plugins()) {
    const bool media = plugin.loaded && !plugin.kinds.empty();
    if (plugin.loaded && (media || names.count(plugin.name))) used.push_back(plugin);
  }
  return used;
}

std::string memory_for_people(const RunFacts& facts) {
  const MemoryUse& use = facts.memory;
  std::string text = cat(peak_memory_bytes() >> 20, " MB, ", facts.peak_anonymous_bytes >> 20,
                         " MB of it not backed by files");
  if (use.memo_file_bytes > 0) {
    text += cat("; frame memos in a temporary file of ", use.memo_file_bytes >> 20, " MB");
  }
  return text;
}

}  // namespace

std::string note_of(const Pipeline& pipeline) {
  return pipeline.weights_by_rule() ? "weights by rule: the results are meaningless" : "";
}

void add_times(StageTimes& times, const StageTimes& more) {
  for (const StageTimes::Stage& stage : more.stages) {
    auto found = std::find_if(times.stages.begin(), times.stages.end(),
                              [&](const StageTimes::Stage& s) { return s.name == stage.name; });
    if (found == times.stages.end()) {
      times.stages.push_back(stage);
    } else {
      found->wall_seconds += stage.wall_seconds;
      found->cpu_seconds += stage.cpu_seconds;
      found->calls += stage.calls;
    }
  }
}

void write_stats(const std::filesystem::path& file, const RunFacts& facts,
                 const Pipeline& pipeline) {
  Json json;
  auto text = [&](const char* name, const std::string& value) {
    json.Key(name);
    write(json, value);
  };
  auto number = [&](const char* name, double value) {
    json.Key(name);
    json.Double(value);
  };
  auto integer = [&](const char* name, int64_t value) {
    json.Key(name);
    json.Int64(value);
  };
  json.StartObject();
  if (!facts.note.empty()) text("note", facts.note);
  text("clipwork", CLIPWORK_VERSION);
  text("libtorch", CLIPWORK_TORCH_VERSION);
  text("config", facts.config);
  text("input", facts.input);
  integer("frames", facts.frames);
  if (facts.videos.empty()) {
    integer("height", facts.size.height);
    integer("width", facts.size.width);
    number("input_frames_per_second", facts.rate);
  }
  number("seconds", facts.seconds);
  number("frames_per_second", static_cast<double>(facts.frames) / std::max(facts.seconds, 1e-9));
  text("device", pipeline.run().device);
  integer("peak_memory_bytes", peak_memory_bytes());
  write_memory(json, facts);
  integer("threads", at::get_num_threads());
  json.Key("stages");
  json.StartArray();
  for (const StageTimes::Stage& stage : facts.times.stages) {
    json.StartObject();
    text("name", stage.name);
    number("wall_seconds", stage.wall_seconds);
    number("cpu_seconds", stage.cpu_seconds);
    integer("calls", stage.calls);
    json.EndObject();
  }
  json.EndArray();
  json.Key("weights");
  json.StartObject();
  text("origin", pipeline.weights_origin());
  json.Key("by_rule");
  json.Bool(pipeline.weights_by_rule());
  integer("loaded", static_cast<int64_t>(pipeline.load_report().loaded.size()));
  integer("missing", static_cast<int64_t>(pipeline.load_report().missing.size()));
  integer("unexpected", static_cast<int64_t>(pipeline.load_report().unexpected.size()));
  json.EndObject();
  json.Key("components");
  json.StartArray();
  for (const PipelineComponent& component : pipeline.components()) {
    json.StartObject();
    text("place", component.place);
    text("kind", component.kind);
    text("type", cat(component.plugin, "/", component.type));
    json.EndObject();
  }
  json.EndArray();
  json.Key("plugins");
  json.StartArray();
  for (const PluginInfo& plugin : plugins_used(pipeline)) {
    json.StartObject();
    text("name", plugin.name);
    text("version", plugin.version);
    text("file", plugin.file);
    text("sha256", plugin.sha256);
    json.EndObject();
  }
  json.EndArray();
  json.Key("videos");
  json.StartArray();
  for (const FinishedVideo& video : facts.videos) {
    json.StartObject();
    integer("video_id", video.id);
    text("name", video.name);
    integer("frames", video.frames);
    number("seconds", video.seconds);
    json.EndObject();
  }
  json.EndArray();
  json.Key("tracks");
  json.StartArray();
  for (const ResultRow& row : facts.tracks) {
    json.StartObject();
    integer("track_id", row.track + 1);
    text("class", pipeline.classes().names.at(static_cast<size_t>(row.category)));
    integer("category_id", pipeline.classes().id(row.category));
    number("score", row.score);
    text("colour", hex(track_colour(row.track)));
    json.EndObject();
  }
  json.EndArray();
  json.Key("remarks");
  json.StartArray();
  for (const std::string& remark : facts.remarks) write(json, remark);
  json.EndArray();
  json.EndObject();
  write_file(file, json.text() + "\n");
}

std::vector<std::pair<std::string, std::string>> facts_for_people(const RunFacts& facts,
                                                                  const Pipeline& pipeline) {
  std::string parts, plugins;
  for (const PipelineComponent& component : pipeline.components()) {
    parts += cat(parts.empty() ? "" : ", ", component.kind, " ", component.type);
  }
  for (const PluginInfo& plugin : plugins_used(pipeline)) {
    plugins += cat(plugins.empty() ? "" : ", ", plugin.name, " ", plugin.version);
  }
  const double speed = static_cast<double>(facts.frames) / std::max(facts.seconds, 1e-9);
  std::string input =
      cat(facts.input, ": ", facts.frames, " frames of ", facts.size.width, "x", facts.size.height);
  if (facts.rate > 0) input += cat(", ", fixed(facts.rate, 2), " per second");
  return {{"input", input},
          {"config", facts.config},
          {"weights", pipeline.weights_origin()},
          {"parts", parts},
          {"plugins", plugins},
          {"speed", cat(fixed(speed, 2), " frames per second on ", at::get_num_threads(),
                        at::get_num_threads() == 1 ? " thread, " : " threads, ",
                        fixed(facts.seconds, 1), " s in all")},
          {"peak memory", memory_for_people(facts)},
          {"versions", cat("Clipwork " CLIPWORK_VERSION ", LibTorch " CLIPWORK_TORCH_VERSION)}};
}

}  // namespace clipwork::cli
