#include "show/chart.h"

#include <clipwork/error.h>
#include <clipwork/text.h>
#include <algorithm>
#include <cmath>
#include <limits>

namespace clipwork::runs {
namespace {

constexpr double kWidth = 460, kHeight = 280;                       // of a chart
constexpr double kLeft = 62, kRight = 14, kTop = 36, kBottom = 38;  // round its axes
constexpr double kMargin = 12, kLegendLine = 20;
constexpr size_t kMostPoints = 1000;
constexpr size_t kFewPoints = 40;  ///< are shown by dots too: evaluations
constexpr Colour kInk = {29, 29, 27}, kSoft = {98, 98, 92}, kGrid = {226, 226, 222};

/// Colours that people who see colours otherwise tell apart too (Okabe and Ito).
Colour colour_of(size_t run) {
  constexpr Colour kColours[] = {{0, 114, 178},  {213, 94, 0},  {0, 158, 115},  {204, 121, 167},
                                 {86, 180, 233}, {230, 159, 0}, {120, 94, 240}, {90, 90, 90}};
  return kColours[run % std::size(kColours)];
}

std::string shown(double value) {
  const double size = std::abs(value);
  if (size >= 1e6 && std::fmod(size, 1e5) == 0) return significant(value / 1e6, 6) + "M";
  if (size >= 1e4 && std::fmod(size, 1e2) == 0) return significant(value / 1e3, 6) + "k";
  if (size > 0 && size < 1e-3) {
    const int power = static_cast<int>(std::floor(std::log10(size) + 1e-9));
    return cat(significant(value / std::pow(10, power), 3), "e", power);
  }
  return significant(value, 4);
}

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void take(double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  bool empty() const { return low > high; }
  /// Room round a value that all are the same as.
  void widen() {
    if (low != high) return;
    const double room = low == 0 ? 1 : std::abs(low) / 2;
    low -= room;
    high += room;
  }
};

/// One chart: where values lie in the figure.
class Axes {
 public:
  Axes(Figure& figure, Figure::Point corner, Range steps, Range values, bool logarithmic)
      : figure_(figure), corner_(corner), steps_(steps), values_(values), logs_(logarithmic) {
    steps_.widen();
    if (logs_) values_ = {std::log10(values.low), std::log10(values.high)};
    values_.widen();
    const double air = 0.04 * (values_.high - values_.low);
    values_.low -= air;
    values_.high += air;
  }

  void draw(const std::string& title, const std::string& axis) {
    for (double step : ticks(steps_.low, steps_.high, 5)) {
      line({{x(step), top()}, {x(step), bottom()}}, kGrid);
      text({x(step), bottom() + 16}, shown(step), Figure::Text::Anchor::middle);
    }
    for (double value : value_ticks()) {
      const double height = y(value);
      line({{left(), height}, {right(), height}}, kGrid);
      text({left() - 6, height + 4}, shown(value), Figure::Text::Anchor::end);
    }
    line({{left(), top()}, {left(), bottom()}, {right(), bottom()}}, kSoft);
    text({right(), bottom() + 31}, axis, Figure::Text::Anchor::end);
    figure_.texts.push_back(
        {{left(), top() - 10}, title, Figure::Text::Anchor::start, kInk, 14, true});
  }

  void add(const Curve& curve, Colour colour, double opacity) {
    Figure::Line line;
    line.colour = colour;
    line.width = 1.6;
    line.opacity = opacity;
    line.dots = opacity == 1 && curve.points.size() <= kFewPoints;
    for (const Curve::Point& point : thinned(curve, kMostPoints).points) {
      if (!std::isfinite(point.value)) continue;
      line.points.push_back({x(point.step), y(point.value)});
    }
    figure_.lines.push_back(std::move(line));
  }

 private:
  Figure& figure_;
  Figure::Point corner_;
  Range steps_, values_;
  bool logs_;

  double left() const { return corner_.x + kLeft; }
  double right() const { return corner_.x + kWidth - kRight; }
  double top() const { return corner_.y + kTop; }
  double bottom() const { return corner_.y + kHeight - kBottom; }
  double x(double step) const {
    return left() + (right() - left()) * (step - steps_.low) / (steps_.high - steps_.low);
  }
  double y(double value) const {
    const double place = logs_ ? std::log10(value) : value;
    return bottom() - (bottom() - top()) * (place - values_.low) / (values_.high - values_.low);
  }
  std::vector<double> value_ticks() const {
    if (!logs_) return ticks(values_.low, values_.high, 7);
    std::vector<double> values;
    constexpr double kFewDecades = 2.5;
    for (auto power = static_cast<int>(std::floor(values_.low)); power <= values_.high; ++power) {
      for (double digit : {1.0, 2.0, 5.0}) {
        const double value = digit * std::pow(10, power), place = std::log10(value);
        const bool wanted = digit == 1 || values_.high - values_.low < kFewDecades;
        if (wanted && place >= values_.low && place <= values_.high) values.push_back(value);
      }
    }
    return values;
  }
  void line(std::vector<Figure::Point> points, Colour colour) {
    figure_.lines.push_back({std::move(points), colour, 1, 1, false});
  }
  void text(Figure::Point at, const std::string& words, Figure::Text::Anchor anchor) {
    figure_.texts.push_back({at, words, anchor, kSoft, 11, false});
  }
};

void draw_chart(Figure& figure, Figure::Point corner, const std::vector<Scalars>& runs,
                const std::string& key, const ChartOptions& options) {
  Range steps, values;
  for (const Scalars& run : runs) {
    auto found = run.curves.find(key);
    if (found == run.curves.end()) continue;
    for (const Curve::Point& point : found->second.points) {
      steps.take(point.step);
      values.take(point.value);
    }
  }
  if (values.empty()) return;
  Axes axes(figure, corner, steps, values, options.logarithmic && values.low > 0);
  axes.draw(key, options.axis);
  for (size_t run = 0; run < runs.size(); ++run) {
    auto found = runs[run].curves.find(key);
    if (found == runs[run].curves.end()) continue;
    // Evaluations are few, and the rate is no measurement.
    const bool smooth =
        options.smooth > 0 && found->second.points.size() > kFewPoints && key != "lr";
    constexpr double kFaint = 0.3;
    axes.add(found->second, colour_of(run), smooth ? kFaint : 1);
    if (smooth) axes.add(smoothed(found->second, options.smooth), colour_of(run), 1);
  }
}

}  // namespace

std::vector<double> ticks(double low, double high, int wanted) {
  const double rough = (high - low) / wanted, power = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough) {
      step = factor * power;
      break;
    }
  }
  std::vector<double> values;
  for (auto i = static_cast<int64_t>(std::ceil(low / step - 1e-9));; ++i) {
    const double value = static_cast<double>(i) * step;
    if (value > high + 1e-9 * step) return values;
    values.push_back(value);
  }
}

Figure draw_charts(const std::vector<Scalars>& runs, const std::vector<std::string>& keys,
                   const ChartOptions& options) {
  Figure figure;
  const size_t columns = std::min<size_t>(2, keys.size()), rows = (keys.size() + 1) / 2;
  const double legend = static_cast<double>(runs.size()) * kLegendLine;
  figure.width = 2 * kMargin + static_cast<double>(columns) * kWidth;
  figure.height = 2 * kMargin + legend + static_cast<double>(rows) * kHeight;
  for (size_t run = 0; run < runs.size(); ++run) {
    const double y = kMargin + (static_cast<double>(run) + 0.5) * kLegendLine;
    figure.lines.push_back({{{kMargin + 4, y}, {kMargin + 28, y}}, colour_of(run), 3, 1, false});
    figure.texts.push_back({{kMargin + 36, y + 4}, runs[run].run, {}, kInk, 12, false});
  }
  for (size_t i = 0; i < keys.size(); ++i) {
    draw_chart(figure,
               {kMargin + static_cast<double>(i % columns) * kWidth,
                kMargin + legend + static_cast<double>(i / columns) * kHeight},
               runs, keys[i], options);
  }
  return figure;
}

}  // namespace clipwork::runs
