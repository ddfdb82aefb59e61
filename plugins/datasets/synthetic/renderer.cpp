#include "renderer.h"

#include <algorithm>
#include <cmath>

#include "exact.h"
#include "polygon.h"

namespace clipwork::synthetic {
namespace {

std::vector<int> back_to_front(const Scene& scene, double t) {
  std::vector<std::pair<double, int>> order;
  for (int i = 0; i < static_cast<int>(scene.actors().size()); ++i) {
    order.emplace_back(scene.depth(scene.actors()[i], t), i);
  }
  std::sort(order.begin(), order.end());
  std::vector<int> indices;
  for (const auto& [depth, index] : order) indices.push_back(index);
  return indices;
}

std::vector<Point> scaled_outline(const Scene& scene, const Actor& actor, double t, int scale) {
  std::vector<Point> points = scene.outline(actor, t);
  for (Point& p : points) p = {p.x * scale, p.y * scale};
  return points;
}

Area united(const Area& a, const Area& b) {
  if (b.empty()) return a;
  return {std::min(a.left, b.left), std::min(a.top, b.top), std::max(a.right, b.right),
          std::max(a.bottom, b.bottom)};
}

/// A picture in the making: linear colours, row by row.
struct Canvas {
  int height, width, scale;
  std::vector<Colour> pixels;
  std::vector<float> cover;  // of the actor that is drawn; 0 between two

  Canvas(int scale)
      : height(kHeight * scale),
        width(kWidth * scale),
        scale(scale),
        pixels(static_cast<size_t>(height) * width),
        cover(pixels.size()) {}
};

void draw_ground(const Scene& scene, double t, Canvas* canvas) {
  const View view = scene.view(t);
  const Texture& texture = scene.look().ground;
  const double step = 1.0 / canvas->scale;
  for (int i = 0; i < canvas->height; ++i) {
    const double y = ((i + 0.5) * step - 0.5 * kHeight) / view.zoom;
    for (int j = 0; j < canvas->width; ++j) {
      const double x = ((j + 0.5) * step - 0.5 * kWidth) / view.zoom;
      const double u = view.cosine * x + view.sine * y + view.pan.x + view.drift.x;
      const double v = view.cosine * y - view.sine * x + view.pan.y + view.drift.y;
      canvas->pixels[static_cast<size_t>(i) * canvas->width + j] =
          texture.at(static_cast<float>(u), static_cast<float>(v));
    }
  }
}

/// Darkens what lies behind an actor, down and to the right of it.
void draw_shadow(const Scene& scene, const Actor& actor, double t, Canvas* canvas) {
  constexpr int kSteps = 3;
  const double radius = canvas->scale * scene.pose(actor, t).radius;
  Area area{canvas->width, canvas->height, 0, 0};
  for (int k = 0; k < kSteps; ++k) {
    auto points = scaled_outline(scene, actor, t, canvas->scale);
    const double off = radius * (0.06 + 0.06 * k);
    for (Point& p : points) p = {p.x + 0.7 * off, p.y + off};
    area = united(area, bounds(points, canvas->height, canvas->width));
    add_cover(points, canvas->height, canvas->width, 1.0f / kSteps, canvas->cover.data());
  }
  for (int i = area.top; i < area.bottom; ++i) {
    for (int j = area.left; j < area.right; ++j) {
      const size_t at = static_cast<size_t>(i) * canvas->width + j;
      const float light = 1 - 0.35f * std::min(canvas->cover[at], 1.0f);
      canvas->cover[at] = 0;
      Colour& pixel = canvas->pixels[at];
      pixel = {pixel.red * light, pixel.green * light, pixel.blue * light};
    }
  }
}

/// A bright ring round a dark pupil, where there is an eye.
Colour with_eye(const std::optional<Point>& eye, double u, double v, const Colour& skin) {
  constexpr double kEye = 0.13, kPupil = 0.07;
  if (!eye) return skin;
  const double x = u - eye->x, y = v - eye->y, off = x * x + y * y;
  if (off > kEye * kEye) return skin;
  return off > kPupil * kPupil ? Colour{0.95f, 0.95f, 0.9f} : Colour{0.05f, 0.05f, 0.08f};
}

void draw_actor(const Scene& scene, const Actor& actor, double t, Canvas* canvas) {
  // The shutter is open for a while: edges smear along the way.
  const double open = scene.look().shutter;
  Area area{canvas->width, canvas->height, 0, 0};
  for (int k = -1; k <= 1; ++k) {
    const auto points = scaled_outline(scene, actor, t + k * open / 3, canvas->scale);
    area = united(area, bounds(points, canvas->height, canvas->width));
    add_cover(points, canvas->height, canvas->width, 1.0f / 3, canvas->cover.data());
  }
  const Pose pose = scene.pose(actor, t);
  const std::optional<Point> eye = scene.eye(actor, t);
  const double size = canvas->scale * pose.radius;
  for (int i = area.top; i < area.bottom; ++i) {
    for (int j = area.left; j < area.right; ++j) {
      const size_t at = static_cast<size_t>(i) * canvas->width + j;
      const float cover = std::min(canvas->cover[at], 1.0f);
      if (cover == 0) continue;
      canvas->cover[at] = 0;
      const double x = (j + 0.5 - canvas->scale * pose.centre.x) / size;
      const double y = (i + 0.5 - canvas->scale * pose.centre.y) / size;
      const double u = actor.facing * (pose.cosine * x + pose.sine * y);
      const double v = pose.cosine * y - pose.sine * x;
      Colour colour =
          with_eye(eye, u, v, actor.texture.at(static_cast<float>(u), static_cast<float>(v)));
      if (actor.kind >= 0) {
        // Lit from above left, darker where the surface turns away: it looks round.
        const auto round = static_cast<float>(1.08 - 0.22 * (x * x + y * y) - 0.1 * (x + y));
        // A dark rim keeps an object apart from what is behind it.
        const float light = std::clamp(round, 0.6f, 1.2f) * (0.55f + 0.45f * cover);
        colour = {colour.red * light, colour.green * light, colour.blue * light};
      }
      canvas->pixels[at] = mixed(canvas->pixels[at], colour, cover);
    }
  }
}

/// One pass of (w, 1 - 2 w, w) along rows and one along columns.
void soften(float share, Canvas* canvas) {
  const float side = 0.25f * share;
  auto pass = [&](int lines, int length, size_t line_step, size_t step) {
    std::vector<Colour> line(length);
    for (int i = 0; i < lines; ++i) {
      Colour* pixels = canvas->pixels.data() + i * line_step;
      for (int j = 0; j < length; ++j) line[j] = pixels[j * step];
      for (int j = 0; j < length; ++j) {
        const Colour &a = line[std::max(j - 1, 0)], &b = line[j],
                     &c = line[std::min(j + 1, length - 1)];
        auto blend = [&](float p, float q, float r) { return q + side * (p - 2 * q + r); };
        pixels[j * step] = {blend(a.red, b.red, c.red), blend(a.green, b.green, c.green),
                            blend(a.blue, b.blue, c.blue)};
      }
    }
  };
  pass(canvas->height, canvas->width, canvas->width, 1);
  pass(canvas->width, canvas->height, 1, canvas->width);
}

/// Light, then the sensor's noise, then eight bits.
void expose(const Scene& scene, int frame, const Canvas& canvas, uint8_t* planes) {
  const Scene::Look& look = scene.look();
  const auto light = static_cast<float>(1 + look.light.at(frame));
  const auto warmth = static_cast<float>(look.warmth.at(frame));
  const auto strength = static_cast<float>(look.noise);
  const size_t plane = canvas.pixels.size();
  for (int i = 0; i < canvas.height; ++i) {
    const auto down = static_cast<float>(look.slope.y) * (2.0f * i / canvas.height - 1);
    for (int j = 0; j < canvas.width; ++j) {
      const size_t at = static_cast<size_t>(i) * canvas.width + j;
      const auto across = static_cast<float>(look.slope.x) * (2.0f * j / canvas.width - 1);
      const float gain = light * (1 + down + across);
      const Colour& colour = canvas.pixels[at];
      const float values[] = {colour.red * gain * (1 + warmth), colour.green * gain,
                              colour.blue * gain * (1 - warmth)};
      const uint64_t bits = scrambled(look.seed + static_cast<uint64_t>(frame) * plane + at);
      // The sum of two numbers of ten bits for each channel: a triangle, close enough to a bell.
      for (int c = 0; c < 3; ++c) {
        const auto first = static_cast<float>(bits >> (20 * c) & 1023);
        const auto second = static_cast<float>(bits >> (20 * c + 10) & 1023);
        const float grain = strength * ((first + second) * (1.0f / 418) - 2.4474f);
        const float value = 255 * (values[c] + grain) + 0.5f;
        planes[c * plane + at] = static_cast<uint8_t>(std::clamp(value, 0.0f, 255.0f));
      }
    }
  }
}

}  // namespace

Owners owners(const Scene& scene, int frame, int scale) {
  Owners result;
  result.height = kHeight * scale;
  result.width = kWidth * scale;
  result.pixels.assign(static_cast<size_t>(result.height) * result.width, 0);
  result.whole.assign(scene.objects(), 0);
  result.seen.assign(scene.objects(), 0);
  for (int index : back_to_front(scene, frame)) {
    const Actor& actor = scene.actors()[index];
    const bool object = actor.kind >= 0;
    if (!object && actor.depth < 0) continue;
    fill(scaled_outline(scene, actor, frame, scale), result.height, result.width,
         [&](int y, int begin, int end) {
           std::fill(result.pixels.begin() + static_cast<int64_t>(y) * result.width + begin,
                     result.pixels.begin() + static_cast<int64_t>(y) * result.width + end,
                     static_cast<uint8_t>(object ? index + 1 : 0));
           if (object) result.whole[index] += end - begin;
         });
  }
  for (uint8_t owner : result.pixels) {
    if (owner) ++result.seen[owner - 1];
  }
  return result;
}

void draw(const Scene& scene, int frame, int scale, uint8_t* planes) {
  Canvas canvas(scale);
  draw_ground(scene, frame, &canvas);
  for (int index : back_to_front(scene, frame)) {
    draw_shadow(scene, scene.actors()[index], frame, &canvas);
    draw_actor(scene, scene.actors()[index], frame, &canvas);
  }
  // One pixel of the unscaled frame is `scale` pixels of this one.
  for (int i = 0; i < scale * scale; ++i) soften(static_cast<float>(scene.look().blur), &canvas);
  expose(scene, frame, canvas, planes);
}

}  // namespace clipwork::synthetic
