#include "scene.h"

#include <algorithm>
#include <cmath>

#include "crossings.h"
#include "exact.h"

namespace clipwork::synthetic {
namespace {

Swing swing(Random& random, double size, Range rate) {
  return {size * random.between(0.4, 1), random.between(rate.low, rate.high), random.between(0, 1)};
}

double within(Random& random, Range range) { return random.between(range.low, range.high); }

int drawn(Random& random, const std::array<double, 10>& weights) {
  double rest = random.between(0, 1);
  for (int i = 0; i < 10; ++i) {
    rest -= weights[i];
    if (rest < 0) return i + 1;
  }
  return 1;
}

/// Two colours that differ in brightness, so that the pattern shows.
void colour(Random& random, Texture* texture) {
  const double hue = random.between(0, 1);
  const bool dark_first = random.chance(0.5);
  // One draw a statement: the order in which arguments are evaluated is the compiler's.
  const double bright_saturation = random.between(0.25, 0.9),
               bright_value = random.between(0.75, 1);
  const double dark_hue = hue + random.between(-0.3, 0.3);
  const double dark_saturation = random.between(0.4, 0.95), dark_value = random.between(0.15, 0.45);
  const Colour bright = hsv(hue, bright_saturation, bright_value);
  const Colour dark = hsv(dark_hue, dark_saturation, dark_value);
  texture->first = dark_first ? dark : bright;
  texture->second = dark_first ? bright : dark;
}

Texture coat(Random& random, Pattern pattern) {
  Texture texture;
  texture.pattern = pattern;
  texture.frequency = static_cast<float>(random.between(1.35, 1.85));
  texture.phase = static_cast<float>(random.between(0, 1));
  if (pattern == Pattern::checks) texture.frequency *= 1.4f;
  texture.seed = static_cast<uint32_t>(random.next());
  texture.warp = 0.25f;
  colour(random, &texture);
  return texture;
}

/// Surfaces that are no object's: muted.
Texture ground(Random& random, double frequency) {
  const Pattern patterns[] = {Pattern::clouds, Pattern::grass,  Pattern::clouds, Pattern::checks,
                              Pattern::grass,  Pattern::clouds, Pattern::stripes};
  Texture texture;
  texture.pattern = patterns[random.below(7)];
  const bool regular = texture.pattern == Pattern::checks || texture.pattern == Pattern::stripes;
  texture.frequency = static_cast<float>(frequency * random.between(0.7, 1.4));
  texture.phase = static_cast<float>(random.between(0, 1));
  texture.seed = static_cast<uint32_t>(random.next());
  if (regular) texture.warp = static_cast<float>(random.between(0.6, 1.8));
  // Clay, sand, moss, grass, lagoon, sea, dusk, stone.
  const double hues[] = {0.04, 0.11, 0.2, 0.31, 0.47, 0.56, 0.7, 0.1};
  const int land = random.below(8);
  const double hue = hues[land] + random.between(-0.03, 0.03);
  const double saturation = land == 7 ? random.between(0.02, 0.1) : random.between(0.15, 0.45);
  const double value = random.between(0.35, 0.75),
               contrast = regular ? random.between(0.05, 0.12) : random.between(0.1, 0.2);
  texture.first = hsv(hue, saturation, value - contrast);
  texture.second = hsv(hue + random.between(-0.08, 0.08), saturation, value + contrast);
  return texture;
}

/// A colour close to another.
Colour near(Random& random, const Colour& colour) {
  auto moved = [&](float value) {
    return std::clamp(value + static_cast<float>(random.between(-0.06, 0.06)), 0.0f, 1.0f);
  };
  return {moved(colour.red), moved(colour.green), moved(colour.blue)};
}

/// Places that an actor is sent to, one a leg. They lie within the frame or well outside it.
class Planner {
 public:
  Planner(const Profile& profile, int count) : profile_(profile), count_(count) {}

  std::vector<Point> path(Random& random, double radius, double reach) {
    std::vector<Point> path;
    for (int k = 0; k < count_; ++k) {
      Point place = roomy(random, k, k == 0 ? nullptr : &path.back(), reach);
      // One object is there from the start: no video is empty.
      if (random.chance(profile_.leaves) && (k > 0 || !paths_.empty())) {
        place = outside(k == 0 ? place : path.back(), 1.7 * radius);
      } else if (!paths_.empty() && random.chance(profile_.meets)) {
        const Point other = paths_[random.below(static_cast<int>(paths_.size()))][k];
        if (k == 0 || distance(other, path.back()) < 1.6 * reach) {
          place = {other.x + random.between(-4, 4), other.y + random.between(-4, 4)};
        }
      }
      path.push_back(place);
    }
    paths_.push_back(path);
    return path;
  }

 private:
  static Point inside(Random& random) {
    return {random.between(10, kWidth - 10), random.between(10, kHeight - 10)};
  }
  /// Among some suitable positions, the one farthest from the other objects at that time.
  Point roomy(Random& random, int k, const Point* from, double reach) const {
    Point best{};
    double most = -1;
    for (int i = 0; i < 4; ++i) {
      const Point place = from ? onward(random, *from, reach) : inside(random);
      double room = 1e9;
      for (const auto& path : paths_) room = std::min(room, distance(place, path[k]));
      if (room > most) most = room, best = place;
    }
    return best;
  }
  /// A place in the frame about `reach` away.
  static Point onward(Random& random, Point from, double reach) {
    Point best{};
    double least = 1e9;
    for (int i = 0; i < 6; ++i) {
      const Point place = inside(random);
      const double off = std::abs(distance(place, from) - reach);
      if (off < least) least = off, best = place;
    }
    // A move that would be too far is shortened.
    const double far = distance(best, from), most = 1.5 * reach;
    if (far <= most) return best;
    return {from.x + (best.x - from.x) * most / far, from.y + (best.y - from.y) * most / far};
  }
  /// Over the nearest edge.
  static Point outside(Point from, double margin) {
    const double left = from.x, right = kWidth - from.x, top = from.y, bottom = kHeight - from.y;
    const double least = std::min({left, right, top, bottom});
    if (least == left) return {-margin, from.y};
    if (least == right) return {kWidth + margin, from.y};
    if (least == top) return {from.x, -margin};
    return {from.x, kHeight + margin};
  }

  const Profile& profile_;
  int count_;
  std::vector<std::vector<Point>> paths_;
};

/// Indices into kinds(): classes behind which objects can hide, gears most often, since they hide
/// objects of any class; and those that gears hide, without thin ones, which are hard to detect.
constexpr int kScreens[] = {0, 1, 4, 5, 8, 6, 6, 6};
constexpr int kBehindGears[] = {0, 1, 4, 5, 7, 8};

/// The radius of an object that is hidden by one of radius 1.
double hidden_radius(Shape screen) {
  if (screen == Shape::gear) return 0.72;
  return screen == Shape::fish ? 0.62 : 0.76;
}

uint64_t seed_of(const std::string& text) {
  uint64_t seed = 0;
  for (unsigned char c : text) seed = scrambled(seed + c + 1);
  return seed;
}

}  // namespace

const char* split_name(Split split) { return split == Split::train ? "train" : "val"; }

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = {
      {"striped_fish", Shape::fish, Pattern::stripes},
      {"dotted_fish", Shape::fish, Pattern::dots},
      {"striped_beast", Shape::beast, Pattern::stripes},
      {"dotted_beast", Shape::beast, Pattern::dots},
      {"ringed_star", Shape::star, Pattern::rings},
      {"checked_star", Shape::star, Pattern::checks},
      {"ringed_gear", Shape::gear, Pattern::rings},
      {"checked_worm", Shape::worm, Pattern::checks},
      {"marbled_leaf", Shape::leaf, Pattern::marble},
      {"marbled_crescent", Shape::crescent, Pattern::marble},
  };
  return all;
}

double Swing::at(double t) const { return size * synthetic::sine(start + rate * t); }

Scene::Scene(const Profile& profile, Split split, int64_t index) {
  const uint64_t seed =
      seed_of(profile.name + "/" + split_name(split)) + static_cast<uint64_t>(index);
  Random random(seed);
  frames_ = static_cast<int>(within(random, {profile.frames.low, profile.frames.high + 1}));
  objects_ = drawn(random, profile.objects);
  leg_ = profile.leg;

  Planner planner(profile, (frames_ + leg_ - 1) / leg_ + 3);
  for (int i = 0; i < objects_; ++i) {
    Actor actor;
    const int first = first_alike(profile, i);
    actor.kind = drawn_kind(random, profile, i);
    actor.radius = within(random, profile.radius);
    actor.texture = coat(random, kinds()[actor.kind].pattern);
    if (i > first && random.chance(profile.look_alike)) {
      const Actor& other = actors_[first + random.below(i - first)];
      actor.kind = other.kind;
      actor.radius = other.radius * random.between(0.85, 1.15);
      actor.texture = other.texture;
      actor.texture.phase = static_cast<float>(random.between(0, 1));
      actor.texture.first = near(random, other.texture.first);
      actor.texture.second = near(random, other.texture.second);
    }
    actor.shape = kinds()[actor.kind].shape;
    actor.build = random.between(0, 1);
    actor.angle = random.between(-0.1, 0.1);
    // Shapes with a head keep it up; the others may roll over.
    if (actor.shape != Shape::fish && actor.shape != Shape::beast) {
      actor.angle = random.between(0, 1);
      actor.turning = profile.turning * random.between(-1, 1);
    }
    actor.wobble = swing(random, 2.5 * profile.turning, {0.02, 0.05});
    actor.stride = random.between(0.03, 0.1);
    actor.bend = profile.bend * random.between(0.4, 1);
    actor.start = random.between(0, 1);
    actor.depth = random.between(-0.6, 0.6);
    actor.depth_swing = swing(random, 0.4, {0.008, 0.025});
    if (!profile.crosses()) {
      actor.path =
          planner.path(random, actor.radius, leg_ * actor.radius * within(random, profile.speed));
      // Shapes with a head move in the direction in which they look.
      if (actor.path.back().x < actor.path.front().x) actor.facing = -1;
    }
    actors_.push_back(std::move(actor));
  }
  if (profile.crosses()) stage_crossings(random, profile);

  drift_ = {profile.drift * random.between(-1, 1), 0.3 * profile.drift * random.between(-1, 1)};
  pan_x_ = swing(random, profile.pan, {0.008, 0.02});
  pan_y_ = swing(random, 0.6 * profile.pan, {0.008, 0.02});
  sway_x_ = swing(random, profile.shake, {0.13, 0.23});
  sway_y_ = swing(random, profile.shake, {0.13, 0.23});
  zoom_ = swing(random, profile.zoom, {0.008, 0.025});
  roll_ = swing(random, profile.roll, {0.008, 0.025});

  // Scenery lies all along the way of the camera.
  const double far_x = drift_.x * frames_, far_y = drift_.y * frames_;
  auto place = [&] {
    return Point{random.between(std::min(0.0, far_x) - 30, kWidth + std::max(0.0, far_x) + 30),
                 random.between(std::min(0.0, far_y) - 30, kHeight + std::max(0.0, far_y) + 30)};
  };
  const int rocks = 3 + random.below(7) + static_cast<int>(std::abs(far_x) / 20);
  for (int i = 0; i < rocks; ++i) {
    Actor rock;
    rock.shape = Shape::rock;
    rock.texture = ground(random, 1.5);
    rock.build = random.between(0, 1);
    rock.radius = random.between(6, 26);
    rock.angle = random.between(0, 1);
    rock.depth = -2 - 0.001 * i;
    rock.path = {place()};
    rock.with_camera = false;
    actors_.push_back(std::move(rock));
  }
  int pillars = static_cast<int>(profile.pillars);
  if (random.chance(profile.pillars - pillars)) ++pillars;
  for (int i = 0; i < pillars; ++i) {
    Actor pillar;
    pillar.shape = Shape::pillar;
    pillar.texture = ground(random, 0.8);
    pillar.build = random.between(0, 1);
    pillar.radius = random.between(4, 9);
    pillar.angle = random.between(-0.03, 0.03);
    pillar.depth = 2 + 0.001 * i;
    const double when = random.between(0, 1);
    pillar.path = {{random.between(20, kWidth - 20) + when * far_x, kHeight / 2 + when * far_y}};
    pillar.with_camera = false;
    actors_.push_back(std::move(pillar));
  }

  look_.ground = ground(random, random.between(0.06, 0.14));
  look_.light = swing(random, profile.light, {0.01, 0.04});
  look_.warmth = swing(random, 0.5 * profile.light, {0.005, 0.02});
  look_.slope = {random.between(-0.15, 0.15), random.between(-0.15, 0.15)};
  look_.noise = profile.noise * random.between(0.4, 1.4);
  look_.blur = profile.blur * random.between(0.2, 1);
  look_.shutter = profile.shutter * random.between(0.3, 1);
  look_.seed = random.next();
}

/// The first of the objects that object i may look like. Crossings behind a gear have two classes,
/// of two objects each.
int Scene::first_alike(const Profile& profile, int i) const {
  const bool second_class =
      profile.crosses() && objects_ > 3 && i > 1 && actors_[0].shape == Shape::gear;
  return second_class ? 2 : 0;
}

int Scene::drawn_kind(Random& random, const Profile& profile, int i) const {
  if (!profile.crosses()) return random.below(static_cast<int>(kinds().size()));
  const int first = first_alike(profile, i);
  if (i > first) return actors_[first].kind;
  return i == 0 ? kScreens[random.below(8)] : kBehindGears[random.below(6)];
}

/// The first object is large and in front; the others fit behind it. Those of a shape with notches
/// do so only in the same pose.
void Scene::stage_crossings(Random& random, const Profile& profile) {
  constexpr double kDepth = 0.9, kSwing = 0.15;
  const double front = 1 + 0.25 * kDepth;
  Actor& screen = actors_[0];
  screen.radius = within(random, profile.radius);
  screen.facing = random.chance(0.5) ? 1 : -1;
  screen.depth = kDepth;
  screen.depth_swing.size *= kSwing;
  std::vector<double> radii = {front * screen.radius};
  for (int i = 1; i < objects_; ++i) {
    Actor& actor = actors_[i];
    actor.radius = front * screen.radius * hidden_radius(screen.shape) * random.between(0.92, 1);
    actor.depth = random.between(-0.1, 0);
    actor.depth_swing.size *= kSwing;
    radii.push_back(actor.radius);
    if (screen.shape == Shape::gear) continue;
    actor.facing = screen.facing;
    actor.build = screen.build;
    actor.angle = screen.angle;
    actor.turning = screen.turning;
    actor.wobble = screen.wobble;
    actor.stride = screen.stride;
    actor.bend = screen.bend;
    actor.start = screen.start;
  }
  // A fish is broad in front and narrow before its tail.
  const double ahead =
      screen.shape == Shape::fish ? 0.2 * screen.facing * front * screen.radius : 0;
  std::vector<std::vector<Point>> paths =
      Crossings(profile, std::move(radii), {ahead, 0}, frames_).paths(random);
  for (size_t i = 0; i < paths.size(); ++i) actors_[i].path = std::move(paths[i]);
}

View Scene::view(double t) const {
  const double roll = roll_.at(t);
  return {1 + zoom_.at(t),
          cosine(roll),
          sine(roll),
          {pan_x_.at(t) + sway_x_.at(t), pan_y_.at(t) + sway_y_.at(t)},
          {drift_.x * t, drift_.y * t}};
}

double Scene::depth(const Actor& actor, double t) const {
  return actor.depth + actor.depth_swing.at(t);
}

Pose Scene::pose(const Actor& actor, double t) const {
  Point place = actor.path[0];
  if (actor.path.size() > 1) {
    // Catmull-Rom through the places; the first is repeated before the start.
    const double leg = (t < 0 ? 0 : t) / leg_;
    const int k = static_cast<int>(leg);
    const double u = leg - k;
    const Point &a = actor.path[k == 0 ? 0 : k - 1], &b = actor.path[k], &c = actor.path[k + 1],
                &d = actor.path[k + 2];
    place = {through(a.x, b.x, c.x, d.x, u), through(a.y, b.y, c.y, d.y, u)};
  }
  const View camera = view(t);
  if (!actor.with_camera) place = {place.x - camera.drift.x, place.y - camera.drift.y};
  const double x = place.x - camera.pan.x - 0.5 * kWidth,
               y = place.y - camera.pan.y - 0.5 * kHeight;
  const double near = actor.with_camera ? 1 + 0.25 * depth(actor, t) : 1;
  const double angle = actor.angle + actor.turning * t + actor.wobble.at(t);
  const double turned_cosine = cosine(angle), turned_sine = sine(angle);
  return {{0.5 * kWidth + camera.zoom * (camera.cosine * x - camera.sine * y),
           0.5 * kHeight + camera.zoom * (camera.sine * x + camera.cosine * y)},
          actor.radius * near * camera.zoom,
          camera.cosine * turned_cosine - camera.sine * turned_sine,
          camera.sine * turned_cosine + camera.cosine * turned_sine};
}

std::optional<Point> Scene::eye(const Actor& actor, double t) const {
  return synthetic::eye(actor.shape, actor.build, actor.start + actor.stride * t, actor.bend);
}

std::vector<Point> Scene::outline(const Actor& actor, double t) const {
  const Pose at = pose(actor, t);
  std::vector<Point> points =
      synthetic::outline(actor.shape, actor.build, actor.start + actor.stride * t, actor.bend);
  for (Point& p : points) {
    p.x *= actor.facing;
    p = {at.centre.x + at.radius * (at.cosine * p.x - at.sine * p.y),
         at.centre.y + at.radius * (at.sine * p.x + at.cosine * p.y)};
  }
  return points;
}

}  // namespace clipwork::synthetic
