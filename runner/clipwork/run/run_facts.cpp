#include "run/run_facts.h"

#include <ATen/Parallel.h>
#include <clipwork/host/json.h>
#include <clipwork/host/registry.h>
#include <clipwork/output_file.h>
#include <clipwork/painter.h>
#include <clipwork/text.h>
#include <clipwork/version.h>
#include <sys/resource.h>

#include <algorithm>
#include <set>

namespace clipwork::runs {
namespace {

int64_t peak_memory_bytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss * int64_t{1024};
}

/// The places where the decoders' data of frames was kept, and the cost of a longer video.
void write_memory(JsonWriter& json, const RunFacts& facts) {
  const MemoryUse& use = facts.memory;
  json.begin_object("memory");
  json.member("peak_anonymous_bytes", facts.peak_anonymous_bytes);
  // Of still pictures and of videos that an earlier run finished, no stream is left to ask.
  if (use.bytes_per_frame > 0) json.member("bytes_per_frame", use.bytes_per_frame);
  if (!use.memos.empty()) {
    json.member("memos", use.memos);
    json.member("memos_precision", use.precision);
    json.member("peak_memo_bytes", use.peak_held_bytes);
    json.member("memo_file_bytes", use.memo_file_bytes);
    json.member("recomputed_frames", use.recomputed);
    json.member("mask_bytes", use.mask_bytes);
    json.member("mask_file_bytes", use.mask_file_bytes);
  }
  json.end_object();
}

/// The plugins that the components of a run came from.
std::vector<PluginInfo> plugins_used(const Pipeline& pipeline) {
  std::set<std::string> names;
  for (const PipelineComponent& component : pipeline.components()) names.insert(component.plugin);
  // Reading and drawing have plugins too: all that were loaded only because they were asked for.
  std::vector<PluginInfo> used;
  for (const PluginInfo& plugin : Registry::instance().plugins()) {
    const bool media = !plugin.kinds.empty();
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
  if (pipeline.weights_by_rule()) return "weights by rule: the results are meaningless";
  const LoadReport& report = pipeline.load_report();
  const size_t untrained = report.missing.size() + report.wrong_shape.size();
  if (untrained == 0) return "";
  return cat(counted(static_cast<int64_t>(untrained), "parameter"), " of the model ",
             untrained == 1 ? "is" : "are", " not in the weights (",
             report.missing.empty() ? report.wrong_shape.front().name : report.missing.front(),
             untrained == 1 ? "" : ", ...", "): the results are meaningless");
}

void write_stats(const std::filesystem::path& file, const RunFacts& facts,
                 const Pipeline& pipeline) {
  JsonWriter json;
  json.begin_object();
  if (!facts.note.empty()) json.member("note", facts.note);
  json.member("clipwork", CLIPWORK_VERSION);
  json.member("libtorch", CLIPWORK_TORCH_VERSION);
  json.member("config", facts.config);
  json.member("input", facts.input);
  json.member("frames", facts.frames);
  if (facts.videos.empty()) {
    json.member("height", facts.size.height);
    json.member("width", facts.size.width);
    json.member("input_frames_per_second", facts.rate);
  }
  json.member("seconds", facts.seconds);
  json.member("frames_per_second",
              static_cast<double>(facts.frames) / std::max(facts.seconds, 1e-9));
  json.member("device", pipeline.run().device);
  json.member("peak_memory_bytes", peak_memory_bytes());
  write_memory(json, facts);
  json.member("threads", at::get_num_threads());
  write_stages(json, facts.times);
  json.begin_object("weights");
  json.member("origin", pipeline.weights_origin());
  json.member("by_rule", pipeline.weights_by_rule());
  json.member("loaded", static_cast<int64_t>(pipeline.load_report().loaded.size()));
  json.member("missing", static_cast<int64_t>(pipeline.load_report().missing.size()));
  json.member("unexpected", static_cast<int64_t>(pipeline.load_report().unexpected.size()));
  json.end_object();
  json.begin_array("components");
  for (const PipelineComponent& component : pipeline.components()) {
    json.begin_object();
    json.member("place", component.place);
    json.member("kind", component.kind);
    json.member("type", cat(component.plugin, "/", component.type));
    json.end_object();
  }
  json.end_array();
  json.begin_array("plugins");
  for (const PluginInfo& plugin : plugins_used(pipeline)) {
    json.begin_object();
    json.member("name", plugin.name);
    json.member("version", plugin.version);
    json.member("file", plugin.file);
    json.member("sha256", plugin.sha256);
    json.end_object();
  }
  json.end_array();
  json.begin_array("classes");
  for (int64_t category = 0; category < pipeline.classes().count(); ++category) {
    json.begin_object();
    json.member("id", pipeline.classes().id(category));
    json.member("name", pipeline.classes().names[static_cast<size_t>(category)]);
    json.end_object();
  }
  json.end_array();
  json.begin_array("videos");
  for (const FinishedVideo& video : facts.videos) {
    json.begin_object();
    json.member("video_id", video.id);
    json.member("name", video.name);
    json.member("frames", video.frames);
    json.member("seconds", video.seconds);
    json.end_object();
  }
  json.end_array();
  json.begin_array("tracks");
  for (const ResultRow& row : facts.tracks) {
    json.begin_object();
    json.member("track_id", row.track);
    json.member("class", pipeline.classes().names.at(static_cast<size_t>(row.category)));
    json.member("category_id", pipeline.classes().id(row.category));
    json.member("score", row.score);
    json.member("colour", hex(track_colour(row.track)));
    json.end_object();
  }
  json.end_array();
  json.member("remarks", facts.remarks);
  json.end_object();
  write_file(file, json.take() + "\n");
}

std::vector<std::pair<std::string, std::string>> facts_for_people(const RunFacts& facts,
                                                                  const Pipeline& pipeline) {
  const std::string parts = join(pipeline.components(), [](const PipelineComponent& component) {
    return cat(component.kind, " ", component.type);
  });
  const std::string plugins = join(plugins_used(pipeline), [](const PluginInfo& plugin) {
    return cat(plugin.name, " ", plugin.version);
  });
  const double speed = static_cast<double>(facts.frames) / std::max(facts.seconds, 1e-9);
  std::string input =
      cat(facts.input, ": ", facts.frames, " frames of ", facts.size.width, "x", facts.size.height);
  if (facts.rate > 0) input += cat(", ", fixed(facts.rate, 2), " per second");
  return {{"input", input},
          {"config", facts.config},
          {"weights", pipeline.weights_origin()},
          {"parts", parts},
          {"plugins", plugins},
          {"speed",
           cat(fixed(speed, 2), " frames per second on ", counted(at::get_num_threads(), "thread"),
               ", ", fixed(facts.seconds, 1), " s in all")},
          {"peak memory", memory_for_people(facts)},
          {"versions", cat("Clipwork " CLIPWORK_VERSION ", LibTorch " CLIPWORK_TORCH_VERSION)}};
}

}  // namespace clipwork::runs
