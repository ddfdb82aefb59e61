#pragma once
// The objects of a video and their positions over time. Everything is decided when the scene is
// made; a moment can then be asked for in any order.

#include <cstdint>
#include <vector>

#include "exact.h"
#include "outline.h"
#include "profile.h"
#include "texture.h"

namespace clipwork::synthetic {

struct Kind {
  const char* name;
  Shape shape;
  Pattern pattern;
};

/// The classes: some share a shape and differ in pattern, some share a pattern and differ in shape.
const std::vector<Kind>& kinds();

enum class Split { train, val };
/// "train", "val".
const char* split_name(Split split);

/// A value that swings round 0.
struct Swing {
  double size = 0, rate = 0, start = 0;  ///< rate: turns a frame
  double at(double t) const;
};

/// Something that is drawn: an object, or a piece of scenery.
struct Actor {
  Shape shape = Shape::rock;
  int kind = -1;  ///< index into kinds(); -1: scenery
  Texture texture;
  double build = 0, radius = 0;
  double facing = 1;  ///< -1: mirrored, left and right
  double angle = 0, turning = 0;
  Swing wobble;                            ///< of the angle
  double stride = 0, bend = 0, start = 0;  ///< of its deformation: turns a frame, size, phase
  double depth = 0;  ///< greater is nearer; scenery behind: below -1, before: above 1
  Swing depth_swing;
  std::vector<Point> path;  ///< places every `leg` frames
  bool with_camera = true;  ///< objects; scenery stays behind as the camera travels
};

/// An actor at a moment: what is needed to draw it. Screen = centre + radius * turned (facing * x,
/// y).
struct Pose {
  Point centre;
  double radius = 0, cosine = 1, sine = 0;
};

/// From the screen to the ground behind everything.
struct View {
  double zoom = 1, cosine = 1, sine = 0;
  Point pan, drift;
};

class Scene {
 public:
  /// Video `index` of a split.
  Scene(const Profile& profile, Split split, int64_t index);

  int frames() const { return frames_; }
  /// Objects first, then scenery.
  const std::vector<Actor>& actors() const { return actors_; }
  int objects() const { return objects_; }
  /// `t` in frames; need not be whole.
  Pose pose(const Actor& actor, double t) const;
  std::vector<Point> outline(const Actor& actor, double t) const;
  /// In the actor's own coordinates, as its texture is.
  std::optional<Point> eye(const Actor& actor, double t) const;
  double depth(const Actor& actor, double t) const;
  View view(double t) const;

  struct Look {
    Texture ground;
    Swing light, warmth;  ///< over time
    Point slope;          ///< light across the frame
    double noise = 0, blur = 0, shutter = 0;
    uint64_t seed = 0;
  };
  const Look& look() const { return look_; }

 private:
  int frames_ = 0, objects_ = 0, leg_ = 1;
  std::vector<Actor> actors_;
  Swing pan_x_, pan_y_, sway_x_, sway_y_, zoom_, roll_;
  Point drift_;
  Look look_;

  int first_alike(const Profile& profile, int i) const;
  int drawn_kind(Random& random, const Profile& profile, int i) const;
  void stage_crossings(Random& random, const Profile& profile);
};

}  // namespace clipwork::synthetic
