// Figures as pictures.

#include <clipwork/figure.h>

#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "overlay.h"

namespace clipwork::media {
namespace {

/// Coordinates are given in 1/16 pixels, so that lines lie where SVG puts them.
constexpr int kShift = 4;

cv::Point place(const Figure::Point& point) {
  return {static_cast<int>(std::lround(point.x * (1 << kShift))),
          static_cast<int>(std::lround(point.y * (1 << kShift)))};
}

cv::Scalar bgr(const Colour& colour) {
  return {double(colour[2]), double(colour[1]), double(colour[0])};
}

void draw(cv::Mat& picture, const Figure::Line& line) {
  std::vector<cv::Point> points;
  for (const Figure::Point& point : line.points) points.push_back(place(point));
  cv::Mat drawn = line.opacity < 1 ? picture.clone() : picture;
  const int width = std::max(1, static_cast<int>(std::lround(line.width)));
  cv::polylines(drawn, points, /*closed=*/false, bgr(line.colour), width, cv::LINE_AA, kShift);
  if (line.dots) {
    const int radius = static_cast<int>(std::lround(1.5 * line.width * (1 << kShift)));
    for (const cv::Point& point : points) {
      cv::circle(drawn, point, radius, bgr(line.colour), cv::FILLED, cv::LINE_AA, kShift);
    }
  }
  if (line.opacity < 1) {
    cv::addWeighted(drawn, line.opacity, picture, 1 - line.opacity, 0, picture);
  }
}

void draw(cv::Mat& picture, const Figure::Text& text) {
  constexpr double kHeight = 30;  // of a line at scale 1
  const int font = text.bold ? cv::FONT_HERSHEY_DUPLEX : cv::FONT_HERSHEY_SIMPLEX;
  const double scale = text.size / kHeight;
  int below = 0;
  const int width = cv::getTextSize(text.text, font, scale, /*thickness=*/1, &below).width;
  constexpr double kParts[] = {0, 0.5, 1};
  const double left = text.at.x - kParts[static_cast<size_t>(text.anchor)] * width;
  cv::putText(picture, text.text,
              {static_cast<int>(std::lround(left)), static_cast<int>(std::lround(text.at.y))}, font,
              scale, bgr(text.colour), /*thickness=*/1, cv::LINE_AA);
}

}  // namespace

std::string Overlay::encode_png(const Figure& figure) {
  cv::Mat picture(static_cast<int>(std::ceil(figure.height)),
                  static_cast<int>(std::ceil(figure.width)), CV_8UC3, cv::Scalar::all(255));
  for (const Figure::Line& line : figure.lines) draw(picture, line);
  for (const Figure::Text& text : figure.texts) draw(picture, text);
  std::vector<uint8_t> bytes;
  cv::imencode(".png", picture, bytes);
  return {bytes.begin(), bytes.end()};
}

}  // namespace clipwork::media
