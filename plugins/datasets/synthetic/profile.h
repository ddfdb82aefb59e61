#pragma once
// The properties of a benchmark's videos. A profile is frozen once something was trained on it: a
// revised one gets another name.

#include <array>
#include <string>
#include <vector>

namespace clipwork::synthetic {

/// Frames are drawn for this size; a scale multiplies it.
constexpr int kHeight = 96, kWidth = 160;

struct Range {
  double low = 0, high = 0;
};

/// Lengths are in pixels of the unscaled frame.
struct Profile {
  std::string name;
  int train = 0, val = 0;                 ///< videos
  Range frames;                           ///< of a video
  std::array<double, 10> objects{};       ///< how probable 1, 2, ... 10 of them are
  Range radius;                           ///< of an object, before depth and zoom
  Range speed;                            ///< of an object, in radii a frame
  int leg = 0;                            ///< frames between two places that an object is sent to
  double leaves = 0;                      ///< probability that such a place is outside the frame
  double meets = 0;                       ///< probability that it is another object's place
  double look_alike = 0;                  ///< probability that an object repeats an earlier one
  double turning = 0;                     ///< turns a frame, at most
  double pan = 0, drift = 0, shake = 0;   ///< camera: slow way, way a frame, jitter
  double zoom = 0, roll = 0;              ///< camera: share, turns
  double bend = 0;                        ///< deformation, 0 to 1
  double light = 0, noise = 0, blur = 0;  ///< changes of brightness; of a pixel; share of blur
  double shutter = 0;                     ///< open time in frames
  double pillars = 0;                     ///< expected foreground pieces that are no objects

  // Of profiles whose objects hide behind one of their own (crossings.h).
  Range hidden = {};  ///< legs that an object stays behind it
  Range apart = {};   ///< further legs between two such crossings
  double pairs = 0;   ///< probability that two objects cross at once
  bool crosses() const { return hidden.high > 0; }
};

/// `ytvis_like`, `ovis_like`, `crossing_like`, `long_like`.
const std::vector<Profile>& profiles();

}  // namespace clipwork::synthetic
