#include "crossings.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace clipwork::synthetic {
namespace {

Point between(Point a, Point b, double share) {
  return {a.x + share * (b.x - a.x), a.y + share * (b.y - a.y)};
}

int whole(Random& random, Range range) {
  return static_cast<int>(random.between(range.low, range.high + 1));
}

/// How far a place lies outside of the part of the frame in which an object is well in view.
double outside(Point place, double radius) {
  const double margin = 0.7 * radius;
  return std::max({0.0, margin - place.x, place.x - (kWidth - margin)}) +
         std::max({0.0, margin - place.y, place.y - (kHeight - margin)});
}

}  // namespace

Crossings::Crossings(const Profile& profile, std::vector<double> radii, Point behind, int frames)
    : profile_(profile),
      radii_(std::move(radii)),
      behind_(behind),
      last_((frames - 1) / profile.leg),
      paths_(radii_.size(), std::vector<Point>(static_cast<size_t>(legs()))),
      set_(radii_.size(), std::vector<bool>(static_cast<size_t>(legs()))) {}

std::vector<std::vector<Point>> Crossings::paths(Random& random) {
  place_screen(random);
  plan_crossings(random);
  for (int object = 1; object < objects(); ++object) wander(random, object);
  return paths_;
}

void Crossings::set(int object, int leg, Point place) {
  paths_[object][leg] = place;
  set_[object][leg] = true;
}

void Crossings::place_screen(Random& random) {
  const double reach = profile_.leg * radii_[0] * profile_.speed.low;
  Point place{0.5 * kWidth + random.between(-12, 12), 0.5 * kHeight + random.between(-8, 8)};
  for (int leg = 0; leg < legs(); ++leg) {
    set(0, leg, place);
    place.x = std::clamp(place.x + reach * random.between(-1, 1), 0.4 * kWidth, 0.6 * kWidth);
    place.y = std::clamp(place.y + reach * random.between(-1, 1), 0.4 * kHeight, 0.6 * kHeight);
  }
}

void Crossings::plan_crossings(Random& random) {
  int leg = 2 + random.below(2);
  while (true) {
    const int hidden = whole(random, profile_.hidden);
    // A leg to come out again, and one to be seen.
    if (leg + hidden + 2 > last_) return;
    std::vector<int> who = {1 + random.below(objects() - 1)};
    if (objects() > 2 && random.chance(profile_.pairs)) {
      const int other = 1 + random.below(objects() - 2);
      who.push_back(other < who[0] ? other : other + 1);
    }
    cross(random, who, leg, hidden);
    leg += hidden + 3 + whole(random, profile_.apart);
  }
}

/// Behind the screen from `leg` on, for `hidden` legs; one leg leads there and one away.
void Crossings::cross(Random& random, const std::vector<int>& who, int leg, int hidden) {
  double far = 0;
  for (const int object : who) far = std::max(far, 0.95 * (radii_[0] + radii_[object]) + 2);
  const int before = leg - 1, after = leg + hidden + 1;
  auto beside = [&](int at, double turn) {
    const Point screen = paths_[0][at];
    return Point{screen.x + far * cosine(turn), screen.y + far * sine(turn)};
  };
  // Of some directions the one in which most of it is in view.
  double turn = 0, least = 1e9;
  for (int i = 0; i < 8; ++i) {
    const double tried = random.between(-0.15, 0.15) + (random.chance(0.5) ? 0.5 : 0);
    double out = 0;
    for (const int at : {before, after}) {
      for (const double side : {0.0, 0.5}) out += outside(beside(at, tried + side), radii_[who[0]]);
    }
    if (out < least) least = out, turn = tried;
  }
  double side = 0;
  for (const int object : who) {
    set(object, before, beside(before, turn + side));
    for (int at = leg; at <= leg + hidden; ++at) {
      // The curve through the places swings beyond the first and the last of these.
      const double ahead = 0.04 * far * ((at == leg + hidden) - (at == leg));
      set(object, at,
          {paths_[0][at].x + behind_.x - ahead * cosine(turn + side),
           paths_[0][at].y + behind_.y - ahead * sine(turn + side)});
    }
    set(object, after, beside(after, turn + side + 0.5));
    side += 0.5;
  }
}

double Crossings::room(int object, int leg, Point place) const {
  double room = 1e9;
  for (int other = 0; other < objects(); ++other) {
    if (other == object || !set_[other][leg]) continue;
    room = std::min(room, distance(place, paths_[other][leg]) - radii_[other] - radii_[object]);
  }
  return room;
}

/// Decides the places that are left: in view, with room, and no further than a leg's way from those
/// before and behind.
void Crossings::wander(Random& random, int object) {
  constexpr int kTries = 24;
  const double radius = radii_[object], reach = profile_.leg * radius * profile_.speed.high;
  for (int leg = 0; leg < legs(); ++leg) {
    if (set_[object][leg]) continue;
    int next = leg + 1;
    while (next < legs() && !set_[object][next]) ++next;
    Point best{};
    double most = -1e9;
    for (int i = 0; i < kTries; ++i) {
      Point place{random.between(0, kWidth), random.between(0, kHeight)};
      const double share = random.between(0, 1);
      if (leg > 0) {
        const Point from = paths_[object][leg - 1];
        const double way = distance(from, place);
        place = between(from, place, way > reach ? share * reach / way : share);
      }
      double score = std::min(room(object, leg, place), 0.5 * radius) - 3 * outside(place, radius);
      if (next < legs()) {
        score -= std::max(0.0, distance(place, paths_[object][next]) - reach * (next - leg));
      }
      if (score > most) most = score, best = place;
    }
    set(object, leg, best);
  }
}

}  // namespace clipwork::synthetic
