#pragma once
// The motion of boxes: a Kalman filter with constant velocity, as SORT, DeepSORT and ByteTrack have
// it (public code: `KalmanFilter` of yolox/tracker/kalman_filter.py).

#include <array>

namespace byte_track {

/// Left, top, right and bottom in pixels; the right and the bottom edge are behind the last pixel.
struct Corners {
  double left = 0, top = 0, right = 0, bottom = 0;
};

/// Intersection over union, with sides that count one pixel more than the difference of the edges:
/// the convention of the public code's `bbox_overlaps`.
double overlap(const Corners& a, const Corners& b);

/// A moving box: centre, aspect ratio (width over height) and height, and the velocity of each.
/// Neither the noise nor the measurement couples the four, so that the filter of eight dimensions
/// is four filters of two.
class BoxMotion {
 public:
  /// A box at rest where it was detected.
  explicit BoxMotion(const Corners& detected);
  /// One frame on. `keeps_height`: its height stops changing, for a track that was lost.
  void predict(bool keeps_height);
  void update(const Corners& detected);
  Corners corners() const;

 private:
  struct Coordinate {
    double position = 0, velocity = 0;
    /// Their variances and covariance.
    double of_position = 0, of_velocity = 0, of_both = 0;
    void predict(double position_deviation, double velocity_deviation);
    void update(double measured, double deviation);
  };
  static constexpr int kAspect = 2, kHeight = 3;
  std::array<Coordinate, 4> coordinates_;  // x and y of the centre, aspect ratio, height
};

}  // namespace byte_track
