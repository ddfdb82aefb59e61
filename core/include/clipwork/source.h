#pragma once
// Sources of frames: video files, folders of pictures, cameras, standard input.

#include <clipwork/api.h>
#include <clipwork/component.h>
#include <clipwork/frame.h>

#include <optional>

namespace clipwork {

/// A source of frames: a video file, a folder of pictures, a camera, standard input.
class CLIPWORK_API Source : public Component {
 public:
  static constexpr const char* kKind = "source";
  ~Source() override;
  /// The next frame, or nothing at the end. Throws InputError naming file and frame where one
  /// cannot be read.
  virtual std::optional<Frame> next() = 0;
  /// Frames in all, where known beforehand. Damaged files may give fewer.
  virtual std::optional<int64_t> count() const;
  /// Frames a second, about: a frame's own time counts. 0 where there is no clock.
  virtual double rate() const;
  /// When the frame that `next` returned last ends, on the clock of the frames' times; nothing
  /// where that is not known.
  virtual std::optional<double> end_seconds() const;
  /// Notes for the end of the run: "44 of 80 frames could be read".
  virtual std::vector<std::string> remarks() const;
  /// Makes a `next` that waits for its input return nothing, soon. The one function that another
  /// thread may call meanwhile.
  virtual void cancel();
};

}  // namespace clipwork
