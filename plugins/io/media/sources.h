#pragma once
// Sources other than video files: folders of pictures, cameras, standard input.

#include <clipwork/parameters.h>
#include <clipwork/source.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <opencv2/videoio.hpp>
#include <optional>
#include <string>
#include <vector>

#include "picture_file.h"

namespace clipwork::media {

/// Frames that cannot be read: they stop the program, or are left out.
class BadFrames {
 public:
  enum class Policy { stop, skip };
  explicit BadFrames(Policy policy) : policy_(policy) {}
  /// Throws `error`, or notes it.
  void add(const Error& error);
  std::vector<std::string> remarks() const;

 private:
  Policy policy_;
  std::vector<std::string> skipped_;
};

/// The frames of a video are of one size: throws InputError naming the first that is not.
class OneSize {
 public:
  void check(const Frame& frame);

 private:
  std::optional<Size> size_;
};

class ImagesSource final : public Source {
 public:
  struct Parameters {
    std::string path;
    BadFrames::Policy bad_frames = BadFrames::Policy::stop;
    double rate = 10;
    void describe(Describer& d);
  };
  static Contract contract(const Parameters&, const Given&) { return {}; }
  ImagesSource(const Parameters& parameters, const Given&);
  std::optional<Frame> next() override;
  std::optional<int64_t> count() const override { return static_cast<int64_t>(files_.size()); }
  double rate() const override { return rate_; }
  std::vector<std::string> remarks() const override { return bad_frames_.remarks(); }

 private:
  std::filesystem::path folder_;  // empty: one picture, wherever it is
  std::vector<std::filesystem::path> files_;
  size_t position_ = 0;
  int64_t index_ = 0;
  double rate_;
  BadFrames bad_frames_;
  OneSize one_size_;
};

class StdinSource final : public Source {
 public:
  struct Parameters {
    BadFrames::Policy bad_frames = BadFrames::Policy::stop;
    double rate = 10;
    void describe(Describer& d);
  };
  static Contract contract(const Parameters&, const Given&) { return {}; }
  StdinSource(const Parameters& parameters, const Given&);
  ~StdinSource() override;
  std::optional<Frame> next() override;
  double rate() const override { return rate_; }
  std::vector<std::string> remarks() const override { return bad_frames_.remarks(); }
  void cancel() override;

 private:
  int wake_;
  std::atomic<bool> cancelled_ = false;
  ByteStream stream_;
  int64_t index_ = 0, picture_ = 0;
  double rate_;
  BadFrames bad_frames_;
  OneSize one_size_;
};

class CameraSource final : public Source {
 public:
  struct Parameters {
    int64_t index = 0;
    void describe(Describer& d) {
      d("index", index, "number of the camera: N in /dev/videoN").range(0, 1000);
    }
  };
  static Contract contract(const Parameters&, const Given&) { return {}; }
  CameraSource(const Parameters& parameters, const Given&);
  std::optional<Frame> next() override;
  double rate() const override { return rate_; }
  std::vector<std::string> remarks() const override;
  void cancel() override { cancelled_ = true; }

 private:
  int64_t camera_, index_ = 0;
  cv::VideoCapture capture_;
  double rate_ = 0;
  std::chrono::steady_clock::time_point start_;
  std::atomic<bool> cancelled_ = false;
  OneSize one_size_;
};

}  // namespace clipwork::media
