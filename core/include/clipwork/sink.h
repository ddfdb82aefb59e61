#pragma once
// Sinks of pictures: video files and folders.

#include <clipwork/api.h>
#include <clipwork/component.h>

namespace clipwork {

/// A destination of a video's pictures: a video file, a folder.
class CLIPWORK_API Sink : public Component {
 public:
  static constexpr const char* kKind = "sink";
  ~Sink() override;
  /// Takes the next picture, uint8 RGB [3, H, W], which is shown from `seconds` on. All are of one
  /// size, and their times ascend.
  virtual void write(const Tensor& picture, double seconds) = 0;
  /// Ends the file, whose last picture is shown until `seconds`, and gives it its name. Without it
  /// nothing is left behind.
  virtual void finish(double seconds) = 0;
  /// Deviations from the request: "641x361 pictures were padded to 642x362".
  virtual std::vector<std::string> remarks() const;
};

}  // namespace clipwork
