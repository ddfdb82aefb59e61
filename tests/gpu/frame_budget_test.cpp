// What a frame in the steady state asks of a GPU: a change that adds a kernel, a wait or bytes to
// it fails here.

#include <clipwork/host/config.h>
#include <clipwork/host/pipeline.h>

#include <cctype>

#include "gpu/counting_device.h"
#include "support.h"

using namespace clipwork;
using test::DeviceWork;

namespace {

[[maybe_unused]] const bool kPluginsFound = (test::use_built_plugins(), true);

struct Budget {
  const char* config;
  double kernels = 0, waits = 0;                ///< a frame
  double kilobytes_up = 0, kilobytes_down = 0;  ///< a frame, at the size of the test's pictures
};

/// Pictures of 96x160, output 192x320: counts of kernels and waits do not depend on the size, the
/// bytes are a fourteenth of those of 360x640 with output at 720x1280.
class FrameBudget : public testing::TestWithParam<Budget> {
 protected:
  static constexpr int64_t kHeight = 96, kWidth = 160;

  FrameBudget()
      : pipeline_(load_config((test::source_dir() / "configs" / GetParam().config).string(),
                              {"run.device=\"cuda:0\"", "preprocess.short_edge=96"}),
                  WeightRule()),
        pictures_(picture_by_rule(1, 0, 8, kHeight, kWidth)) {}

  Stream open() {
    VideoInfo video;
    video.name = "counted";
    video.output = Size{2 * kHeight, 2 * kWidth};
    return pipeline_.open(video);
  }

  void push(Stream& stream, int64_t frames) {
    for (int64_t i = 0; i < frames; ++i, ++pushed_) {
      stream.push({pictures_[pushed_ % pictures_.size(0)], pushed_, 0, "by rule"});
    }
  }

  /// Of `frames` frames: of a whole video for methods that see all of it at once, else of windows
  /// in the steady state.
  DeviceWork measure(int64_t& frames) {
    const std::optional<int64_t> length = pipeline_.window().length;
    if (!length) {
      frames = 4;
      {
        Stream first = open();
        push(first, frames);
        first.finish();
      }
      pushed_ = 0;
      return test::device_work_of([&] {
        Stream stream = open();
        push(stream, frames);
        stream.finish();
      });
    }
    const int64_t step = pipeline_.window().step();
    frames = 2 * step;
    Stream stream = open();
    push(stream, *length + step);
    return test::device_work_of([&] { push(stream, frames); });
  }

 private:
  Pipeline pipeline_;
  Tensor pictures_;
  int64_t pushed_ = 0;
};

}  // namespace

TEST_P(FrameBudget, Holds) {
  int64_t frames = 0;
  const DeviceWork work = measure(frames);
  const auto a_frame = static_cast<double>(frames);
  RecordProperty("kernels", std::to_string(static_cast<double>(work.kernels) / a_frame));
  RecordProperty("waits", std::to_string(static_cast<double>(work.waits) / a_frame));
  EXPECT_LE(static_cast<double>(work.kernels) / a_frame, GetParam().kernels);
  EXPECT_LE(static_cast<double>(work.waits) / a_frame, GetParam().waits);
  EXPECT_LE(static_cast<double>(work.bytes_up) / 1024 / a_frame, GetParam().kilobytes_up);
  EXPECT_LE(static_cast<double>(work.bytes_down) / 1024 / a_frame, GetParam().kilobytes_down);
  if (HasFailure()) ADD_FAILURE() << frames << " frames:\n" << test::details(work);
}

INSTANTIATE_TEST_SUITE_P(
    Configs, FrameBudget,
    testing::Values(Budget{"minvis/ytvis2019_r50.toml", 537, 3, 181, 492},
                    Budget{"mask2former_vis/ytvis2019_r50.toml", 302, 1.25, 190, 42},
                    Budget{"novis/ytvis2019_r50.toml", 455, 2.5, 184, 484},
                    Budget{"vita/ytvis2019_r50.toml", 602, 1.25, 181, 42},
                    Budget{"genvis/online_ytvis2019_r50.toml", 747, 2, 181, 392},
                    Budget{"genvis/semi_online_ytvis2019_r50.toml", 611, 1.34, 181, 381},
                    Budget{"iai/ytvis2019_r50.toml", 766, 5, 181, 14}),
    [](const auto& info) {
      std::string name = info.param.config;
      for (char& c : name) {
        if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
      }
      return name;
    });
