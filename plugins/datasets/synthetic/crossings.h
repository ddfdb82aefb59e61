#pragma once
// Paths of objects that hide behind one of their own, inside the frame, and change sides there.

#include <vector>

#include "exact.h"
#include "outline.h"
#include "profile.h"

namespace clipwork::synthetic {

/// The first object is the screen: it stays near the middle and in front of the others. Now and
/// then one or two of the others go behind it, stay there for profile.hidden legs, and come out on
/// the far side; two of them come from opposite sides, so that each returns where the other one
/// vanished. Otherwise they keep out of each other's way.
class Crossings {
 public:
  /// `radii` of all objects as they are seen; `behind` leads from the screen's place to the one at
  /// which it hides others best.
  Crossings(const Profile& profile, std::vector<double> radii, Point behind, int frames);
  /// An object's places, one a leg.
  std::vector<std::vector<Point>> paths(Random& random);

 private:
  const Profile& profile_;
  std::vector<double> radii_;
  Point behind_;
  int last_;  ///< the last leg that begins within the video
  std::vector<std::vector<Point>> paths_;
  std::vector<std::vector<bool>> set_;  ///< the places that are decided

  int objects() const { return static_cast<int>(radii_.size()); }
  int legs() const { return last_ + 4; }
  void place_screen(Random& random);
  void plan_crossings(Random& random);
  void cross(Random& random, const std::vector<int>& who, int leg, int hidden);
  void wander(Random& random, int object);
  void set(int object, int leg, Point place);
  /// The space round an object at a place, in pixels: to the next object's edge.
  double room(int object, int leg, Point place) const;
};

}  // namespace clipwork::synthetic
