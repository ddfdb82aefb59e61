#include "profile.h"

namespace clipwork::synthetic {

const std::vector<Profile>& profiles() {
  static const std::vector<Profile> all = {
      {
          .name = "ytvis_like",
          .train = 1000,
          .val = 200,
          .frames = {20, 34},
          .objects = {0.53, 0.28, 0.14, 0.05},
          .radius = {17, 32},
          .speed = {0.01, 0.04},
          .leg = 12,
          .leaves = 0.12,
          .meets = 0.06,
          .look_alike = 0.35,
          .turning = 0.004,
          .pan = 8,
          .drift = 0.9,
          .shake = 0.3,
          .zoom = 0.12,
          .roll = 0.02,
          .bend = 0.5,
          .light = 0.12,
          .noise = 0.025,
          .blur = 0.6,
          .shutter = 0.5,
          .pillars = 0.1,
      },
      {
          .name = "ovis_like",
          .train = 1000,
          .val = 200,
          .frames = {44, 76},
          .objects = {0, 0.02, 0.06, 0.12, 0.2, 0.22, 0.17, 0.12, 0.06, 0.03},
          .radius = {11, 20},
          .speed = {0.05, 0.15},
          .leg = 10,
          .leaves = 0.07,
          .meets = 0.2,
          .look_alike = 0.7,
          .turning = 0.008,
          .pan = 8,
          .drift = 0.9,
          .shake = 0.4,
          .zoom = 0.12,
          .roll = 0.025,
          .bend = 0.9,
          .light = 0.15,
          .noise = 0.03,
          .blur = 0.7,
          .shutter = 0.5,
          .pillars = 0.35,
      },
  };
  return all;
}

}  // namespace clipwork::synthetic
