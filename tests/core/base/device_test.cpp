// Devices: their names, and that models and masks run where the config says, through LibTorch's
// operators alone.

#include <ATen/ops/allclose.h>
#include <clipwork/backbone.h>
#include <clipwork/host/config.h>
#include <clipwork/host/device.h>
#include <clipwork/host/pipeline.h>

#include <map>

#include "support.h"

using namespace clipwork;
using namespace clipwork::test;

namespace {

[[maybe_unused]] const bool kPluginsFound = (use_built_plugins(), true);

/// Keeps what the taps of a run give, brought to the CPU.
class Listener : public TapListener {
 public:
  bool wants(const std::string& name) override { return name.starts_with("tracks."); }
  Tensor hear(const std::string& name, Tensor value) override {
    heard[cat(name, " ", tap_place().frame)] = value.cpu().clone();
    devices.push_back(value.device().type());
    return value;
  }
  std::map<std::string, Tensor> heard;
  std::vector<at::DeviceType> devices;
};

struct Outcome {
  std::map<std::string, Tensor> heard;
  std::string memos;
  Result result;
};

Outcome run(const std::string& config, const std::string& device, std::vector<Override> more = {}) {
  std::vector<Override> overrides = {cat("run.device=", Value(device).toml()), "run.plain=true",
                                     "preprocess.short_edge=64"};
  overrides.insert(overrides.end(), more.begin(), more.end());
  Pipeline pipeline(load_config((source_dir() / "configs" / config).string(), overrides),
                    WeightRule());
  for (const PipelineComponent& part : pipeline.components()) {
    for (const NamedParameter& one : named_parameters(*part.component)) {
      EXPECT_EQ(one.value.device().is_cuda(), device != "cpu") << one.name;
    }
  }
  Listener listener;
  VideoInfo video;
  video.listener = &listener;
  Stream stream = pipeline.open(video);
  Tensor frames = picture_by_rule(3, 0, 3, 48, 64);
  for (int64_t t = 0; t < frames.size(0); ++t) stream.push({frames[t], t, 0, ""});
  Outcome outcome{{}, stream.memory().memos, stream.finish().result};
  outcome.heard = listener.heard;
  return outcome;
}

std::string refusal_of_device(const std::string& name) {
  try {
    open_device(parse_device(name));
  } catch (const InputError& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST(Device, HasTheNamesThatLibTorchGivesIt) {
  EXPECT_TRUE(parse_device("cpu").is_cpu());
  EXPECT_EQ(parse_device("cuda").index(), 0);
  EXPECT_EQ(parse_device("cuda:11").index(), 11);
  for (const char* wrong :
       {"", "gpu", "cuda:", "cuda:-1", "cuda:x", "cuda:1x", "cuda:1000", "CPU"}) {
    EXPECT_THROW(parse_device(wrong), InputError) << wrong;
  }
}

TEST(Device, RefusesAGpuThatIsNotThere) {
  EXPECT_EQ(refusal_of_device("cpu"), "");
  EXPECT_EQ(refusal_of_device("cuda:0"), "");
  EXPECT_EQ(refusal_of_device("cuda:1"),
            "device cuda:1: there is one GPU, numbered from 0; use cuda:0");
}

TEST(Device, AMethodOnAGpuGivesWhatItGivesOnTheProcessor) {
  for (const char* memos : {"memory", "spool", "recompute"}) {
    const Override place = cat("memory.memos=", memos);
    Outcome cpu = run("minvis/tiny.toml", "cpu", {place});
    Outcome gpu = run("minvis/tiny.toml", "cuda:0", {place});
    EXPECT_EQ(gpu.memos, memos);
    ASSERT_EQ(cpu.heard.size(), gpu.heard.size());
    EXPECT_GE(cpu.heard.size(), 4u);
    for (const auto& [name, value] : cpu.heard) {
      EXPECT_TRUE(at::allclose(gpu.heard.at(name), value, 1e-3, 1e-3)) << name;
    }
    ASSERT_EQ(cpu.result.rows.size(), gpu.result.rows.size());
    for (size_t i = 0; i < cpu.result.rows.size(); ++i) {
      EXPECT_EQ(cpu.result.rows[i].track, gpu.result.rows[i].track);
      EXPECT_NEAR(cpu.result.rows[i].score, gpu.result.rows[i].score, 1e-4);
    }
  }
}

TEST(Device, EveryMethodOfThisFamilyRunsOnAGpu) {
  for (const char* method : {"mask2former_vis", "novis", "vita", "genvis"}) {
    const std::string config = cat(method, "/tiny.toml");
    Outcome cpu = run(config, "cpu"), gpu = run(config, "cuda:0");
    EXPECT_GE(cpu.heard.size(), 4u) << method;
    for (const auto& [name, value] : cpu.heard) {
      EXPECT_TRUE(at::allclose(gpu.heard.at(name), value, 1e-3, 1e-3)) << method << " " << name;
    }
  }
}

TEST(Device, PackedOperatorsLeaveGpuTensorsAlone) {
  // Packing stays on: what is packed must still be asked only for tensors of the processor.
  Outcome cpu = run("minvis/tiny.toml", "cpu", {"run.plain=false"});
  Outcome gpu = run("minvis/tiny.toml", "cuda:0", {"run.plain=false"});
  for (const auto& [name, value] : cpu.heard) {
    EXPECT_TRUE(at::allclose(gpu.heard.at(name), value, 1e-3, 1e-3)) << name;
  }
}
